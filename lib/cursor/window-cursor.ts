/**
 * @file smmap's cursor: a movable view of one file. Knows its place in the file; the region is its
 * RegionCursor's.
 */
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

/** What of a file's changes is none. */
export interface CheckOptions {
  /**
   * Whether the file may be longer than when it was opened, as a log that is written to. Default: `false`.
   */
  mayGrow?: boolean | undefined
}

const CHECK: Names<CheckOptions> = { mayGrow: true }

/**
 * What a cursor stands on. This and what follows is for our own modules: as members they would be every
 * program's.
 */
export let regionCursorOf: (cursor: WindowCursor) => RegionCursor | null
/** Throws when the cursor was closed. */
export let checkOpen: (cursor: WindowCursor) => void
/** Whether neither the cursor nor its manager was closed. */
export let isOpen: (cursor: WindowCursor) => boolean
/** The cursor's file. Throws where there is none. */
export let targetOf: (cursor: WindowCursor) => Target
/** Moves the cursor to the region at `offset`, wherever it ends; `flags` as in `useRegion`. */
export let usePiece: (cursor: WindowCursor, offset: number, flags: number) => void

/**
 * A movable view of a file, made by a manager's `makeCursor`. {@link useRegion} moves it, {@link buffer}
 * shows the bytes; the region it is on stays mapped until it moves on, lets go or is closed.
 *
 * Moving inside the region held costs no native call (some 10 ns); to another mapped region one (some 100
 * ns); mapping a new one some microseconds, whatever its size. A cursor that is dropped without `close()` is
 * let go by garbage collection.
 *
 * @example
 * ```ts
 * using cursor = manager.makeCursor('huge.log')
 * for (let at = 0; cursor.useRegion(at).isValid; at = cursor.ofsEnd) consume(cursor.buffer())
 * ```
 */
export class WindowCursor {
  #at: RegionCursor | null
  #begin = 0
  /** 0 where the cursor is on no region. */
  #size = 0
  #isClosed = false

  /** A cursor without a file, to be given one by {@link assign}. */
  constructor()
  /** @internal */
  constructor(regions: NativeManager, target: Target)
  constructor(regions?: NativeManager, target?: Target) {
    this.#at = regions === undefined || target === undefined ? null : new RegionCursor(regions, target)
    staysInItsThread(this)
  }

  /** Whether it is a cursor, and not only looks like one. @internal */
  static isCursor(value: unknown): value is WindowCursor {
    return typeof value === 'object' && value !== null && #at in value
  }

  static {
    regionCursorOf = (cursor) => cursor.#at
    checkOpen = (cursor) => {
      if (cursor.#isClosed) throw new ClosedError('the cursor is closed: make a new one by makeCursor()')
    }
    isOpen = (cursor) => !cursor.#isClosed && cursor.#at?.regions.isClosed !== true
    targetOf = (cursor) => cursor.#target()
    usePiece = (cursor, offset, flags) => {
      cursor.#move(offset, ANY, flags)
    }
  }

  /** Whether the cursor has a file: all have that a manager made. */
  get isAssociated(): boolean {
    return this.#at !== null
  }

  /** Whether the cursor is on a region, and {@link buffer} shows its bytes. */
  get isValid(): boolean {
    return this.#size > 0 && this.#at !== null && this.#at.isHeld
  }

  /**
   * Moves the cursor to `size` bytes at `offset`, and lets the region it was on go if they lie in another
   * one.
   *
   * A request of at most `windowSize` bytes is served whole, unless the file ends first. `size` 0, or more
   * than a window, is a whole window from `offset` on. At or past the end of the file the cursor is on no
   * region afterwards; nothing is thrown.
   *
   * @param offset - In bytes from the file's begin; need not be aligned.
   * @param size - In bytes.
   * @param flags - Added to those the file is opened with, at first use: `fs.constants.O_NOATIME`, for
   * example.
   * @returns This cursor.
   * @throws What the system says (`ENOENT`, `EACCES`, `EISDIR`, `ENOMEM` …) · `ERR_SMMAP_NOT_REGULAR_FILE` ·
   * `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT` (with `strict`) · `ERR_SMMAP_CLOSED` when the manager
   * or the cursor is · `ERR_SMMAP_NOT_ASSOCIATED`: the cursor is then on no region.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`: the cursor stays where it
   * was.
   */
  useRegion(offset: number | bigint = 0, size: number | bigint = 0, flags: number = 0): this {
    const at = this.#at
    if (at === null || !isPlain(offset, size, flags)) return this.#checkAndMove(offset, size, flags)
    const { regions, region } = at
    const window = regions.windowSize
    const wanted = size === 0 || (size as number) > window ? window : (size as number)
    const rest = at.end - offset
    if (
      rest > 0 &&
      offset >= at.begin &&
      (wanted <= rest || at.endsFile) &&
      (region as NativeRegion).isCached &&
      regions.faults === faults[0]
    ) {
      this.#begin = offset + 0
      this.#size = wanted < rest ? wanted : rest
      regions.countHit()
      return this
    }
    if (at.moveInSight(offset, wanted)) return this.#stand(offset, wanted)
    return this.#move(offset, size as number, 0)
  }

  #checkAndMove(offset: number | bigint, size: number | bigint, flags: number): this {
    const begin = toOffset(offset)
    return this.#move(begin, toSize(size, 'size', begin), toFlags(flags))
  }

  #move(offset: number, size: number, flags: number): this {
    const at = this.#require()
    this.#size = 0
    const isFresh = at.open(flags)
    try {
      const isThere = size === ANY ? at.reach(offset) : at.move(offset, size)
      return isThere ? this.#stand(offset, size > 0 ? size : Infinity) : this
    } catch (error) {
      if (isFresh) at.close()
      throw error
    }
  }

  /** Shows what the region has from `offset` on, at most `most` bytes and a window. */
  #stand(offset: number, most: number): this {
    const at = this.#at as RegionCursor
    this.#begin = offset + 0
    this.#size = Math.min(most, at.regions.windowSize, at.end - offset)
    return this
  }

  /** Lets the region go. It stays cached until its place is needed; a second call does nothing. */
  unuseRegion(): void {
    this.#size = 0
    this.#at?.unuse()
  }

  /**
   * The bytes from {@link ofsBegin}, {@link size} of them: a view of the mapped file, not a copy. Where the
   * runtime allows no such views (`manager.zeroCopy` is `false`), or where very many regions linger because
   * views of them are still held in one turn of the event loop, it is a copy of exactly these bytes.
   *
   * The view stays right for as long as it is reachable, wherever the cursor goes. Writing to it changes
   * memory of this process only, never the file. A change of the file by others may show through.
   *
   * @throws `ERR_SMMAP_NOT_MAPPED` when the cursor is on no region · `ERR_SMMAP_WINDOW_TOO_LARGE` when a
   * Buffer cannot be that long (4 GiB in Node 20).
   */
  buffer(): Buffer {
    const at = this.#at
    if (this.#size > 0 && at !== null && at.region?.isCached === true && at.regions.faults === faults[0]) {
      const { exposed } = at
      const begin = this.#begin
      if (begin >= exposed.begin && begin + this.#size <= exposed.end && !isMoved(exposed)) {
        return new View(exposed.memory, begin - exposed.begin, this.#size)
      }
    }
    return this.#requireRegion().buffer(this.#begin, this.#begin + this.#size)
  }

  /**
   * The bytes of the whole region, as {@link buffer} shows them.
   *
   * @throws As {@link buffer}.
   */
  map(): Buffer {
    const at = this.#requireRegion()
    return at.buffer(at.begin, at.end)
  }

  /**
   * Offset in the file of the first byte shown.
   *
   * @throws `ERR_SMMAP_NOT_MAPPED` when the cursor is on no region.
   */
  get ofsBegin(): number {
    this.#requireRegion()
    return this.#begin
  }

  /**
   * Offset in the file behind the last byte shown.
   *
   * @throws `ERR_SMMAP_NOT_MAPPED` when the cursor is on no region.
   */
  get ofsEnd(): number {
    this.#requireRegion()
    return this.#begin + this.#size
  }

  /** How many bytes are shown; 0 when the cursor is on no region. */
  get size(): number {
    return this.isValid ? this.#size : 0
  }

  /**
   * Whether the byte at that offset in the file is shown; `false` when the cursor is on no region.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`: no integer.
   */
  includesOfs(ofs: number | bigint): boolean {
    const at = toInteger(ofs, 'ofs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    return this.isValid && at >= this.#begin && at < this.#begin + this.#size
  }

  /** The region the cursor is on; `null` for none. Cursors on the same region give the same object. */
  get region(): MapRegion | null {
    const pages = this.isValid ? this.#at?.region : undefined
    return pages ? MapRegion.of(pages) : null
  }

  /**
   * The file's size in bytes when this cursor opened it, which this does if need be.
   *
   * @throws `ERR_SMMAP_NOT_ASSOCIATED`, and as {@link useRegion} when the file cannot be opened.
   */
  get fileSize(): number {
    return this.#require().fileSize
  }

  /**
   * The file as it was given to `makeCursor`.
   *
   * @throws `ERR_SMMAP_NOT_ASSOCIATED`
   */
  get pathOrFd(): PathOrFd {
    return this.#target().original
  }

  /**
   * The path as it was given to `makeCursor`; one given as Buffer or URL is decoded as UTF-8.
   *
   * @throws `ERR_SMMAP_NOT_ASSOCIATED` · `TypeError` `ERR_INVALID_ARG_TYPE` when it was a descriptor.
   */
  get path(): string {
    return pathOf(this.#target())
  }

  /**
   * The descriptor as it was given to `makeCursor`. The manager uses a duplicate of it.
   *
   * @throws `ERR_SMMAP_NOT_ASSOCIATED` · `TypeError` `ERR_INVALID_ARG_TYPE` when it was a path.
   */
  get fd(): number {
    return fdOf(this.#target())
  }

  /** Another cursor on the same file, in the same place, with a life of its own. */
  copy(): WindowCursor {
    const copy = new WindowCursor()
    copy.assign(this)
    return copy
  }

  /**
   * Makes this cursor a copy of another; what it held before is let go. Assigning a cursor to itself does
   * nothing.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_SMMAP_CLOSED` when the manager is.
   */
  assign(other: WindowCursor): void {
    if (other === this) return
    if (!WindowCursor.isCursor(other)) throw invalidArgType('other', 'an instance of WindowCursor', other)
    const { isValid } = other
    const at = other.#at?.copy() ?? null
    this.#at?.close()
    this.#at = at
    this.#begin = other.#begin
    this.#size = isValid ? other.#size : 0
    this.#isClosed = other.#isClosed
  }

  /**
   * Compares the file, and what its path leads to now, with what this cursor opened (which it does if need
   * be).
   *
   * @throws `ERR_SMMAP_FILE_TRUNCATED` when it is shorter · `ERR_SMMAP_FILE_CHANGED` when it was replaced,
   * removed, grown or written to · `ERR_SMMAP_NOT_ASSOCIATED` · `ERR_SMMAP_CLOSED` · what the system says.
   */
  check(options: CheckOptions = {}): void {
    const mayGrow = toBoolean(toOptions(options, CHECK).mayGrow, 'options.mayGrow', false)
    this.#require().check(mayGrow)
  }

  /** Lets the region and the file go for good. A second call does nothing; views live on. */
  close(): void {
    this.#size = 0
    this.#isClosed = true
    this.#at?.close()
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const file = this.#at === null ? {} : { pathOrFd: this.#at.target.original }
    const place = this.isValid ? { ofsBegin: this.#begin, size: this.#size } : { isValid: false }
    return show(this, { ...file, ...place, ...(isOpen(this) ? {} : { closed: true }) }, depth, options)
  }

  /** As {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  #require(): RegionCursor {
    checkOpen(this)
    if (this.#at === null) throw notAssociated()
    return this.#at
  }

  #requireRegion(): RegionCursor {
    if (this.isValid && this.#at !== null) return this.#at
    if (this.#at?.damage) throw this.#at.damage
    throw new NotMappedError(
      'the cursor is on no region: call useRegion() with an offset inside the file first',
    )
  }

  #target(): Target {
    if (this.#at === null) throw notAssociated()
    return this.#at.target
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
    Number.isSafeInteger((offset as number) + (size as number)) &&
    flags === 0
  )
}
