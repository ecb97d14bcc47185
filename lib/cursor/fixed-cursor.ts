/** @file The fork's cursor that never moves: mapped when it is made, until it is closed. Knows no manager. */
import { inspect, type InspectOptions } from 'node:util'
import {
  fdOf,
  type PathOrFd,
  pathOf,
  type Target,
  toFlags,
  toInteger,
  toOffset,
  toSize,
} from '../arguments/arguments.js'
import type { Names } from '../arguments/options.js'
import { show, staysInItsThread } from '../arguments/identity.js'
import { ClosedError, OffsetBeyondEndError, ReleasedError } from '../errors/smmap-errors.js'
import { MapRegion } from '../region/map-region.js'
import type { NativeManager } from '../panes/native-manager.js'
import { RegionCursor } from '../panes/region-cursor.js'

// In smmap's fork a cursor is a value: it is mapped when it is made, it does not move, and whoever has it may
// read until it is released. So there is no invalid state to ask about, and going on in the file means
// another cursor. It uses the same region cursor as all others below.

/** Which part of a file a cursor shows. */
export interface SpanOptions {
  /** Where it begins, in bytes, aligned or not. Default: 0. */
  offset?: number | bigint | undefined
  /**
   * How many bytes. 0 (the default), or more than a window: as many as the region at `offset` has, at most a
   * window.
   */
  size?: number | bigint | undefined
  /** Added to those the file is opened with, such as `fs.constants.O_NOATIME`. Default: 0. */
  flags?: number | undefined
}

/** Its names, to be spread into those of options that have more. */
export const SPAN: Names<SpanOptions> = { offset: true, size: true, flags: true }

/** A cursor's region cursor, for our own modules; throws when it is closed. */
export let fixedRegionCursorOf: (cursor: FixedCursor) => RegionCursor

/**
 * A part of a file, mapped from when the cursor is made until it is closed. It does not move; {@link
 * nextCursor} makes one for the bytes after it. The managers of smmap's tiling fork make these.
 *
 * @example
 * ```ts
 * using tiling = new TilingMemmapManager()
 * using cursor = tiling.makeCursor('huge.log', { offset: 4096, size: 100 })
 * cursor.buffer().length // 100
 * ```
 */
export class FixedCursor {
  readonly #cursor: RegionCursor
  readonly #offset: number
  readonly #size: number
  readonly #checkSize: (fileSize: number) => void
  #isClosed = false

  /** @internal */
  constructor(at: RegionCursor, offset: number, size: number, checkSize: (fileSize: number) => void) {
    staysInItsThread(this)
    this.#cursor = at
    this.#offset = offset
    this.#checkSize = checkSize
    try {
      // A greedy manager refuses files that are larger than its window before it maps anything.
      checkSize(at.fileSize)
      if (!at.move(offset, size)) throw beyondEnd(at, offset)
    } catch (error) {
      at.close()
      throw error
    }
    // `end` is the region's, which ends where the file does or where the window does.
    this.#size = Math.min(size || Infinity, at.windowSize, at.end - offset)
  }

  /** @internal */
  static open(
    regions: NativeManager,
    target: Target,
    span: SpanOptions,
    checkSize: (fileSize: number) => void = () => {},
  ): FixedCursor {
    const { offset, size, flags } = toSpan(span)
    const at = new RegionCursor(regions, target)
    at.open(flags)
    return new FixedCursor(at, offset, size, checkSize)
  }

  /** Whether it is a fixed cursor, and not only looks like one. @internal */
  static isCursor(value: unknown): value is FixedCursor {
    return typeof value === 'object' && value !== null && #cursor in value
  }

  static {
    fixedRegionCursorOf = (cursor) => {
      if (!cursor.closed) return cursor.#cursor
      throw new ClosedError('the cursor is closed: make a new one by makeCursor()')
    }
  }

  /** Where in the file the first byte is, in bytes. Also of a closed cursor. */
  get ofs(): number {
    return this.#offset
  }

  /** How many bytes the cursor shows; fewer than asked for where the file ends. Also of a closed cursor. */
  get size(): number {
    return this.#size
  }

  /** Where in the file the bytes end, exclusive: `ofs + size`. */
  get ofsEnd(): number {
    return this.#offset + this.#size
  }

  /**
   * Whether the cursor shows the byte at offset `ofs` of the file.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` unless it is a safe integer.
   */
  includesOfs(ofs: number | bigint): boolean {
    const at = toInteger(ofs, 'ofs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    return at >= this.#offset && at < this.ofsEnd
  }

  /**
   * The bytes as a view of the mapped file: nothing is copied (unless `manager.zeroCopy` is `false`). It
   * stays right for as long as you can reach it, also after `close()`.
   *
   * @throws `ERR_SMMAP_CLOSED` when the cursor or its manager is closed, or `forceUnmap` took its region ·
   * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_WINDOW_TOO_LARGE` when a Buffer cannot be that long.
   */
  buffer(): Buffer {
    if (!this.closed && this.#cursor.isHeld) return this.#cursor.buffer(this.#offset, this.ofsEnd)
    // `forceUnmap` takes the region too, and looks like a close from here.
    throw this.#cursor.damage ?? new ClosedError('the cursor is closed: make a new one by makeCursor()')
  }

  /** Whether the cursor was closed or released, or its manager closed. */
  get closed(): boolean {
    return this.#isClosed || this.#cursor.regions.isClosed
  }

  /**
   * Closes the cursor: its region may be evicted, and its file is closed when nothing else uses it. Views
   * stay right. A second call does nothing.
   */
  close(): void {
    this.#isClosed = true
    this.#cursor.close()
  }

  /**
   * Closes the cursor, and throws if it was closed already: for programs that want to know that nobody did.
   *
   * @throws `ERR_SMMAP_RELEASED` when it was closed or released before.
   */
  release(): void {
    // `close()` is the one that may be called twice.
    if (this.closed) throw new ReleasedError('the cursor has been released or closed before')
    this.close()
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const { pathOrFd, ofs, size, closed } = this
    return show(this, { pathOrFd, ofs, size, ...(closed ? { closed } : {}) }, depth, options)
  }

  /**
   * Closes the cursor at the end of a `using` block: the same as {@link close}. A cursor may be in several
   * such blocks.
   */
  [Symbol.dispose](): void {
    this.close()
  }

  /** The region the cursor is on, or `null` when it is closed. */
  get region(): MapRegion | null {
    // One object for each region: cursors on the same region give the same one.
    const pages = !this.closed && this.#cursor.isHeld ? this.#cursor.region : null
    return pages && MapRegion.of(pages)
  }

  /**
   * The size of the file in bytes, as of when it was opened. A closed cursor asks again, and gives today's
   * size.
   *
   * @throws (a closed cursor) the system's error · `ERR_SMMAP_CLOSED` when the manager is closed.
   */
  get fileSize(): number {
    if (!this.closed) return this.#cursor.fileSize
    // A cursor of its own, so that asking does not open this one again.
    const own = this.#cursor.copy()
    try {
      return own.fileSize
    } finally {
      own.close()
    }
  }

  /** The file, as it was given to `makeCursor`. */
  get pathOrFd(): PathOrFd {
    return this.#cursor.target.original
  }

  /**
   * The path that `makeCursor` was given. A path given as Buffer or URL is decoded as UTF-8.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was given a descriptor.
   */
  get path(): string {
    return pathOf(this.#cursor.target)
  }

  /**
   * The descriptor that `makeCursor` was given. The manager uses a duplicate, so you may close it.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was given a path.
   */
  get fd(): number {
    return fdOf(this.#cursor.target)
  }

  /**
   * Another cursor on the same file, at another offset. A closed cursor opens the file again.
   *
   * @param offset - In bytes. Default: 0.
   * @param size - In bytes; 0, the default: as many as the region there has, at most a window.
   * @throws `RangeError` `ERR_SMMAP_OFFSET_BEYOND_END` at or past the end of the file · `ERR_OUT_OF_RANGE` ·
   * `TypeError` `ERR_INVALID_ARG_TYPE` · the system's error · `ERR_SMMAP_HANDLE_LIMIT` ·
   * `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_CLOSED` when the manager is closed.
   */
  makeCursor(offset: number | bigint = 0, size: number | bigint = 0): FixedCursor {
    // Checked before the copy, which would have to be closed again.
    const span = toSpan({ offset, size })
    const at = this.#cursor.copy()
    at.open(0)
    return new FixedCursor(at, span.offset, span.size, this.#checkSize)
  }

  /**
   * A cursor on the bytes after this one's, as many as this one has; fewer where the file ends.
   *
   * @throws `RangeError` `ERR_SMMAP_OFFSET_BEYOND_END` when nothing follows · the system's error ·
   * `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_CLOSED` when the manager is closed.
   *
   * @example
   * ```ts
   * using tiling = new TilingMemmapManager()
   * using first = tiling.makeCursor('huge.log', { size: 64 })
   * first.nextCursor().ofs // 64
   * ```
   */
  nextCursor(offset: number | bigint = this.ofsEnd, size: number | bigint = this.#size): FixedCursor {
    return this.makeCursor(offset, size)
  }
}

/** @internal */
export function toSpan(options: SpanOptions): {
  offset: number
  size: number
  flags: number
} {
  const { offset = 0, size = 0, flags = 0 } = options
  const start = toOffset(offset)
  return { offset: start, size: toSize(size, 'size', start), flags: toFlags(flags) }
}

/** The error for an offset at or past the end of the file. */
export function beyondEnd({ fileSize, target }: RegionCursor, offset: number): OffsetBeyondEndError {
  return new OffsetBeyondEndError(
    `offset ${offset} is beyond the end of the file (${fileSize} bytes): ${target.name}`,
  )
}
