/**
 * @file smmap's buffer: knows when its cursor's file is read, and from where; how it is read is the
 * LongBuffer's.
 */
import { type Target, toFlags, toOffset, toSize } from '../arguments/arguments.js'
import type { Owner } from '../panes/file-reader.js'
import { ANY, type RegionCursor } from '../panes/region-cursor.js'
import {
  checkOpen,
  isOpen,
  regionCursorOf,
  targetOf,
  usePiece,
  WindowCursor,
} from '../cursor/window-cursor.js'
import {
  ClosedError,
  invalidArgType,
  NotAssociatedError,
  OffsetBeyondEndError,
} from '../errors/smmap-errors.js'
import { attach } from './byte-reader.js'
import { LongBuffer } from './long-buffer.js'

/**
 * A file, or a part of it, as one long buffer: what a `Buffer` with the same bytes would answer, with as much
 * mapped as one cursor holds.
 *
 * The buffer reads by the cursor it is given, and moves it whenever it needs a region that it has not seen
 * before: the cursor is then there. Using that cursor yourself in between does no harm; closing it, or giving
 * it another file by `assign`, ends what the buffer can read: the next read that needs the cursor throws
 * `ERR_SMMAP_CLOSED`.
 *
 * `close()`, also by `using`, closes that cursor; `endAccess()` only makes it let its region go.
 *
 * @example
 * ```ts
 * using log = new SlidingWindowMapBuffer(manager.makeCursor('huge.log'))
 * const at = log.lastIndexOf('ERROR')
 * if (at !== -1) console.log(log.toString('utf8', at, at + 80))
 * ```
 */
export class SlidingWindowMapBuffer extends LongBuffer {
  #cursor: WindowCursor | null = null
  #isClosed = false

  /**
   * Without a cursor the buffer is empty until {@link beginAccess}; with one it begins at once. An empty file
   * makes a buffer with `length` 0.
   *
   * @param cursor - Closed by {@link close}; neither by {@link endAccess} nor by garbage collection of the
   * buffer.
   * @param offset - Where in the file the byte with index 0 is.
   * @param size - The most bytes the buffer has; the file's end is an end in any case.
   * @param flags - As in `WindowCursor.useRegion`.
   * @throws `ERR_SMMAP_NOT_ASSOCIATED` when the cursor has no file.
   * @throws `RangeError` `ERR_SMMAP_OFFSET_BEYOND_END` when `offset` is at or past the end of the file, other
   * than 0 in an empty one.
   * @throws As `WindowCursor.useRegion`.
   */
  constructor(
    cursor?: WindowCursor | null,
    offset: number | bigint = 0,
    size: number | bigint = Infinity,
    flags: number = 0,
  ) {
    super()
    if (this.beginAccess(cursor, offset, size, flags) || this.#cursor === null) return
    const file = regionCursorOf(this.#cursor)
    if (file === null) {
      throw new NotAssociatedError(
        'the cursor has no file: make it by makeCursor(), or assign() it another cursor',
      )
    }
    throw new OffsetBeyondEndError(
      `offset ${offset} is beyond the end of the file (${file.fileSize} bytes): ${file.target.name}`,
    )
  }

  /** The very cursor the buffer was given last; `null` when there was none yet. */
  get cursor(): WindowCursor | null {
    return this.#cursor
  }

  /**
   * Begins to read at `offset`, anew if it had begun before.
   *
   * @param cursor - The one to read by from now on; the one before lets its region go. If not given, the one
   * before.
   * @param offset - Where in the file the byte with index 0 is.
   * @param size - The most bytes the buffer has; the file's end is an end in any case.
   * @param flags - As in `WindowCursor.useRegion`.
   * @returns Whether it began. `false`, and `length` 0, when there is no cursor, when it has no file, or when
   * `offset` is at or past the end; but 0 in an empty file is `true`.
   * @throws `ERR_SMMAP_CLOSED` when the buffer is closed, and as `WindowCursor.useRegion`. The buffer is then
   * what it was before.
   */
  beginAccess(
    cursor?: WindowCursor | null,
    offset: number | bigint = 0,
    size: number | bigint = Infinity,
    flags: number = 0,
  ): boolean {
    if (this.#isClosed) throw new ClosedError('the buffer is closed: make a new one')
    const begin = toOffset(offset)
    const wanted = size === Infinity ? Infinity : toSize(size, 'size', begin)
    const checked = toFlags(flags)
    const next = checkCursor(cursor) ?? this.#cursor
    const file = next === null ? null : regionCursorOf(next)
    if (next !== null && file !== null) {
      if (wanted === Infinity || wanted > file.windowSize) usePiece(next, begin, checked)
      else next.useRegion(begin, wanted, checked)
    }

    if (next !== this.#cursor) this.endAccess()
    this.#cursor = next
    attach(this, null, 0, 0)
    if (next === null || file === null) return false
    const rest = file.fileSize - begin
    if (rest <= 0 && begin > 0) return false
    attach(this, file, begin, Math.min(wanted, rest), ownerOf(next, file))
    return true
  }

  /**
   * Ends reading: `length` is 0, and the cursor lets its region go, which stays cached. The cursor is kept
   * for the next {@link beginAccess}. A second call does nothing.
   */
  endAccess(): void {
    attach(this, null, 0, 0)
    this.#cursor?.unuseRegion()
  }

  /**
   * As {@link endAccess}, and closes the {@link cursor} too, so that
   * `new SlidingWindowMapBuffer(manager.makeCursor(path))` leaves nothing open. To go on with a cursor of
   * your own, call {@link endAccess} instead.
   */
  close(): void {
    this.#isClosed = true
    attach(this, null, 0, 0)
    this.#cursor?.close()
  }

  /** Whether it was closed, or its cursor or manager. */
  get closed(): boolean {
    return this.#isClosed || (this.#cursor !== null && !isOpen(this.#cursor))
  }

  /**
   * The file's size in bytes when its cursor opened it.
   *
   * @throws `ERR_SMMAP_CLOSED` · `ERR_SMMAP_NOT_ASSOCIATED` when there is no cursor, or it has no file.
   */
  get fileSize(): number {
    return this.#requireCursor().fileSize
  }

  /** @internal */
  protected override target(): Target {
    return targetOf(this.#requireCursor())
  }

  #requireCursor(): WindowCursor {
    if (this.#cursor !== null) return this.#cursor
    throw new NotAssociatedError('the buffer has no cursor: give it one by beginAccess(cursor)')
  }
}

/**
 * The public cursor is moved, so that it never stands where its region is not; it may be closed or assigned
 * meanwhile.
 */
function ownerOf(cursor: WindowCursor, file: RegionCursor): Owner {
  return {
    check: () => {
      if (regionCursorOf(cursor) !== file)
        throw new ClosedError("the buffer's cursor was given another file: call beginAccess() again")
      checkOpen(cursor)
    },
    lead: (offset, size) => {
      if (size === ANY) usePiece(cursor, offset, 0)
      else cursor.useRegion(offset, size)
    },
    stays: true,
  }
}

function checkCursor(cursor: unknown): WindowCursor | null {
  if (cursor === undefined || cursor === null) return null
  if (!WindowCursor.isCursor(cursor)) throw invalidArgType('cursor', 'an instance of WindowCursor', cursor)
  return cursor
}
