/** @file smmap's cursor: a movable position in one file. Its RegionCursor knows the region. */
import { inspect, type InspectOptions } from 'node:util'
import {
  fdOf,
  type PathOrFd,
  pathOf,
  type Target,
  toBoolean,
  toFlags,
  toInteger,
  toOffset,
  toSize,
} from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { show, staysInItsThread } from '../arguments/identity.js'
import { ClosedError, invalidArgType, NotAssociatedError, NotMappedError } from '../errors/smmap-errors.js'
import { faults } from '../native.js'
import { isMoved, View } from '../panes/pane.js'
import { MapRegion } from '../region/map-region.js'
import type { NativeRegion } from '../panes/native-region.js'
import type { NativeManager } from '../panes/native-manager.js'
import { ANY, RegionCursor } from '../panes/region-cursor.js'

/** What `check()` accepts. */
export interface CheckOptions {
  /**
   * Whether the file may have grown since it was opened, like a log that is still written to. Default:
   * `false`.
   */
  mayGrow?: boolean | undefined
}

const CHECK: Names<CheckOptions> = { mayGrow: true }

/** A cursor's region cursor. This and what follows is for our own modules; members would be public. */
export let regionCursorOf: (cursor: WindowCursor) => RegionCursor | null
/** Throws when the cursor was closed. */
export let checkOpen: (cursor: WindowCursor) => void
/** Whether neither the cursor nor its manager was closed. */
export let isOpen: (cursor: WindowCursor) => boolean
/** The cursor's file. Throws if it has none. */
export let targetOf: (cursor: WindowCursor) => Target
/** Moves the cursor to the region at `offset`, wherever it ends; `flags` as in `useRegion`. */
export let usePiece: (cursor: WindowCursor, offset: number, flags: number) => void

/**
 * A position in one file that can be moved, made by a manager's `makeCursor`. {@link useRegion} moves it;
 * {@link buffer} gives the bytes there. The region it is on stays mapped until the cursor moves on, lets it
 * go or is closed.
 *
 * A move inside the region costs some 10 ns and no native call; a move to another mapped region some 100 ns;
 * mapping a new region some microseconds, whatever its size. A cursor that is dropped without `close()` is
 * closed by garbage collection.
 *
 * @example
 * ```ts
 * using cursor = manager.makeCursor('huge.log')
 * for (let at = 0; cursor.useRegion(at).isValid; at = cursor.ofsEnd) consume(cursor.buffer())
 * ```
 */
export class WindowCursor {
  #cursor: RegionCursor | null
  #offset = 0
  /** 0 where the cursor is on no region. */
  #size = 0
  #isClosed = false

  /** A cursor without a file, for {@link assign} to fill in. */
  constructor()
  /** @internal */
  constructor(regions: NativeManager, target: Target)
  constructor(regions?: NativeManager, target?: Target) {
    this.#cursor = regions === undefined || target === undefined ? null : new RegionCursor(regions, target)
    staysInItsThread(this)
  }

  /** Whether it is a cursor, and not only looks like one. @internal */
  static isCursor(value: unknown): value is WindowCursor {
    return typeof value === 'object' && value !== null && #cursor in value
  }

  static {
    regionCursorOf = (cursor) => cursor.#cursor
    checkOpen = (cursor) => {
      if (cursor.#isClosed) throw new ClosedError('the cursor is closed: make a new one by makeCursor()')
    }
    isOpen = (cursor) => !cursor.#isClosed && cursor.#cursor?.regions.isClosed !== true
    targetOf = (cursor) => cursor.#target()
    usePiece = (cursor, offset, flags) => {
      cursor.#move(offset, ANY, flags)
    }
  }

  /** Whether the cursor has a file. Every cursor that a manager made has one. */
  get isAssociated(): boolean {
    return this.#cursor !== null
  }

  /**
   * Whether the cursor is on a region, so that {@link buffer} gives bytes. `false` past the end of the file.
   */
  get isValid(): boolean {
    return this.#size > 0 && this.#cursor !== null && this.#cursor.isHeld
  }

  /**
   * Moves the cursor to `size` bytes at `offset`, and lets its region go if they lie in another one. The
   * first call opens the file.
   *
   * Up to `windowSize` bytes are given whole, fewer only where the file ends. A `size` of 0, or of more than
   * a window, means a whole window from `offset` on. Past the end of the file the cursor becomes invalid;
   * nothing is thrown.
   *
   * @param offset - In bytes from the start of the file, aligned or not. Default: 0.
   * @param size - In bytes. Default: 0.
   * @param flags - Added to those the file is opened with, such as `fs.constants.O_NOATIME`. Default: 0.
   * @returns This cursor.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`; the cursor stays where it
   * was.
   * @throws The system's error (`ENOENT`, `EACCES`, `EISDIR`, `ENOMEM` …) · `ERR_SMMAP_NOT_REGULAR_FILE` ·
   * `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT` (with `strict`) · `ERR_SMMAP_CLOSED` ·
   * `ERR_SMMAP_NOT_ASSOCIATED`; the cursor is invalid afterwards.
   */
  useRegion(offset: number | bigint = 0, size: number | bigint = 0, flags: number = 0): this {
    const at = this.#cursor
    // The usual request is checked by one condition; everything else (bigints, flags, wrong arguments) goes
    // the long way.
    if (at === null || !isPlain(offset, size, flags)) return this.#checkAndMove(offset, size, flags)
    const { regions, region } = at
    const window = regions.windowSize
    const wanted = size === 0 || (size as number) > window ? window : (size as number)
    const rest = at.end - offset
    if (
      rest > 0 &&
      offset >= at.offset &&
      (wanted <= rest || at.endsFile) &&
      (region as NativeRegion).isCached &&
      regions.faults === faults[0]
    ) {
      // Adding 0 makes 0 of −0, which `ofsBegin` would show.
      this.#offset = offset + 0
      this.#size = wanted < rest ? wanted : rest
      regions.countHit()
      return this
    }
    // Another region that this thread has seen: still no native call.
    if (at.moveInSight(offset, wanted)) return this.#stand(offset, wanted)
    return this.#move(offset, size as number, 0)
  }

  #checkAndMove(offset: number | bigint, size: number | bigint, flags: number): this {
    const start = toOffset(offset)
    return this.#move(start, toSize(size, 'size', start), toFlags(flags))
  }

  #move(offset: number, size: number, flags: number): this {
    const at = this.#require()
    // Invalid until the move has worked: if it throws, the cursor is on no region.
    this.#size = 0
    // Opening the file is part of the first move; if that move fails, the file is closed again.
    const isFresh = at.open(flags)
    try {
      const isThere = size === ANY ? at.reach(offset) : at.move(offset, size)
      return isThere ? this.#stand(offset, size > 0 ? size : Infinity) : this
    } catch (error) {
      if (isFresh) at.close()
      throw error
    }
  }

  /** Spans what the region has from `offset` on, at most `most` bytes and a window. */
  #stand(offset: number, most: number): this {
    const at = this.#cursor as RegionCursor
    this.#offset = offset + 0
    this.#size = Math.min(most, at.regions.windowSize, at.end - offset)
    return this
  }

  /**
   * Lets the region go: it stays cached until another one needs the room, and the cursor is invalid until its
   * next {@link useRegion}. A second call does nothing.
   */
  unuseRegion(): void {
    this.#size = 0
    this.#cursor?.unuse()
  }

  /**
   * The {@link size} bytes from {@link ofsBegin} on, as a view of the mapped file: nothing is copied. It is a
   * copy of exactly these bytes where the runtime forbids such views (`manager.zeroCopy` is `false`), or
   * while very many regions linger in one turn of the event loop.
   *
   * The view stays right for as long as you can reach it, wherever the cursor goes. Writing to it changes
   * memory of this process only, never the file. Other programs' changes of the file show in it.
   *
   * @throws `ERR_SMMAP_NOT_MAPPED` when the cursor is invalid · `ERR_SMMAP_FILE_TRUNCATED` ·
   * `ERR_SMMAP_WINDOW_TOO_LARGE` when a Buffer cannot be that long (4 GiB in Node 20).
   */
  buffer(): Buffer {
    const at = this.#cursor
    // The pane shown last holds the bytes already: the view is all that is made, some 16 ns. A fault
    // anywhere, or a region out of the cache, takes the careful way.
    if (this.#size > 0 && at !== null && at.region?.isCached === true && at.regions.faults === faults[0]) {
      const { exposed } = at
      const offset = this.#offset
      // A pane whose memory was moved away by `transfer()` shows nothing any more.
      if (offset >= exposed.offset && offset + this.#size <= exposed.end && !isMoved(exposed)) {
        return new View(exposed.memory, offset - exposed.offset, this.#size)
      }
    }
    return this.#requireRegion().buffer(this.#offset, this.#offset + this.#size)
  }

  /**
   * A view of the whole region that the cursor is on, which may begin before {@link ofsBegin} and end after
   * {@link ofsEnd}. It lives as long as a view of {@link buffer} does.
   *
   * @throws `ERR_SMMAP_NOT_MAPPED` when the cursor is invalid · `ERR_SMMAP_FILE_TRUNCATED` ·
   * `ERR_SMMAP_WINDOW_TOO_LARGE` when a Buffer cannot be that long.
   */
  map(): Buffer {
    const at = this.#requireRegion()
    return at.buffer(at.offset, at.end)
  }

  /**
   * Where in the file the cursor is, in bytes.
   * @throws `ERR_SMMAP_NOT_MAPPED` when the cursor is invalid · `ERR_SMMAP_FILE_TRUNCATED`
   */
  get ofsBegin(): number {
    this.#requireRegion()
    return this.#offset
  }

  /**
   * Where in the file its bytes end, exclusive: `ofsBegin + size`.
   * @throws `ERR_SMMAP_NOT_MAPPED` when the cursor is invalid · `ERR_SMMAP_FILE_TRUNCATED`
   */
  get ofsEnd(): number {
    this.#requireRegion()
    return this.#offset + this.#size
  }

  /** How many bytes {@link buffer} gives; 0 when the cursor is invalid. */
  get size(): number {
    return this.isValid ? this.#size : 0
  }

  /**
   * Whether {@link buffer} has the byte at offset `ofs` of the file; `false` when the cursor is invalid.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` unless it is a safe integer.
   */
  includesOfs(ofs: number | bigint): boolean {
    const at = toInteger(ofs, 'ofs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    return this.isValid && at >= this.#offset && at < this.#offset + this.#size
  }

  /**
   * The region the cursor is on, or `null` when it is invalid. Cursors on the same region give the same
   * object.
   */
  get region(): MapRegion | null {
    const pages = this.isValid ? this.#cursor?.region : undefined
    return pages ? MapRegion.of(pages) : null
  }

  /**
   * The size of the file in bytes, as of when this cursor opened it. Opens the file if it is not open yet.
   *
   * @throws The system's error (`ENOENT` …) · `ERR_SMMAP_NOT_REGULAR_FILE` · `ERR_SMMAP_HANDLE_LIMIT` ·
   * `ERR_SMMAP_CLOSED` · `ERR_SMMAP_NOT_ASSOCIATED`
   */
  get fileSize(): number {
    return this.#require().fileSize
  }

  /** The file, as `makeCursor` was given it. Throws `ERR_SMMAP_NOT_ASSOCIATED` when there is none. */
  get pathOrFd(): PathOrFd {
    return this.#target().original
  }

  /**
   * The path that `makeCursor` was given. A path given as Buffer or URL is decoded as UTF-8.
   * @throws `ERR_SMMAP_NOT_ASSOCIATED` · `TypeError` `ERR_INVALID_ARG_TYPE` when it was given a descriptor.
   */
  get path(): string {
    return pathOf(this.#target())
  }

  /**
   * The descriptor that `makeCursor` was given. The manager uses a duplicate, so you may close it.
   * @throws `ERR_SMMAP_NOT_ASSOCIATED` · `TypeError` `ERR_INVALID_ARG_TYPE` when it was given a path.
   */
  get fd(): number {
    return fdOf(this.#target())
  }

  /**
   * A second cursor on the same file, at the same offset. Moving or closing one does not affect the other.
   */
  copy(): WindowCursor {
    const copy = new WindowCursor()
    copy.assign(this)
    return copy
  }

  /**
   * Makes this cursor a copy of another one: same file, same offset. It lets go of what it held before.
   * Assigning a cursor to itself does nothing.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `other` is no cursor · `ERR_SMMAP_CLOSED` when its
   * manager is closed.
   */
  assign(other: WindowCursor): void {
    if (other === this) return
    if (!WindowCursor.isCursor(other)) throw invalidArgType('other', 'an instance of WindowCursor', other)
    const { isValid } = other
    const at = other.#cursor?.copy() ?? null
    this.#cursor?.close()
    this.#cursor = at
    this.#offset = other.#offset
    this.#size = isValid ? other.#size : 0
    this.#isClosed = other.#isClosed
  }

  /**
   * Compares the file that this cursor opened with what its path leads to now. Costs two or three system
   * calls. Opens the file if it is not open yet.
   *
   * @throws `ERR_SMMAP_FILE_TRUNCATED` when it is shorter · `ERR_SMMAP_FILE_CHANGED` when it was replaced,
   * removed, written to or (without `mayGrow`) has grown · `ERR_SMMAP_NOT_ASSOCIATED` · `ERR_SMMAP_CLOSED` ·
   * the system's error.
   */
  check(options: CheckOptions = {}): void {
    const mayGrow = toBoolean(toOptions(options, CHECK).mayGrow, 'options.mayGrow', false)
    this.#require().check(mayGrow)
  }

  /**
   * Closes the cursor for good: its region may be evicted, and its file is closed when nothing else uses it.
   * Views stay right. A second call does nothing.
   */
  close(): void {
    this.#size = 0
    this.#isClosed = true
    this.#cursor?.close()
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const file = this.#cursor === null ? {} : { pathOrFd: this.#cursor.target.original }
    const position = this.isValid ? { ofsBegin: this.#offset, size: this.#size } : { isValid: false }
    return show(this, { ...file, ...position, ...(isOpen(this) ? {} : { closed: true }) }, depth, options)
  }

  /** Closes the cursor at the end of a `using` block: the same as {@link close}. */
  [Symbol.dispose](): void {
    this.close()
  }

  #require(): RegionCursor {
    checkOpen(this)
    if (this.#cursor === null) throw notAssociated()
    return this.#cursor
  }

  #requireRegion(): RegionCursor {
    if (this.isValid && this.#cursor !== null) return this.#cursor
    // The region was lost with its bytes, and not left by the program: say which.
    if (this.#cursor?.damage) throw this.#cursor.damage
    throw new NotMappedError(
      'the cursor is on no region: call useRegion() with an offset inside the file first',
    )
  }

  #target(): Target {
    if (this.#cursor === null) throw notAssociated()
    return this.#cursor.target
  }
}

function notAssociated(): NotAssociatedError {
  return new NotAssociatedError(
    'the cursor has no file: make it by makeCursor(), or assign() it another cursor',
  )
}

/** Whether nothing needs checking or converting, as for nearly every request. */
function isPlain(offset: unknown, size: unknown, flags: unknown): offset is number {
  return (
    Number.isSafeInteger(offset) &&
    Number.isSafeInteger(size) &&
    (offset as number) >= 0 &&
    (size as number) >= 0 &&
    // An end beyond 2^53 is refused by the long way.
    Number.isSafeInteger((offset as number) + (size as number)) &&
    flags === 0
  )
}
