/**
 * @file smmap's buffer: a long buffer that reads with a cursor of the program's. Knows when it reads which
 * part; LongBuffer knows how.
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
 * A file, or a part of it, as one long buffer that reads with a cursor of yours. Only what the cursor holds
 * is kept mapped.
 *
 * The buffer moves its cursor whenever it needs another region. You may use the cursor in between. Once you
 * close it, or `assign()` it another file, the next read that needs it throws `ERR_SMMAP_CLOSED`.
 *
 * {@link close} closes that cursor too; {@link endAccess} only makes it let its region go.
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
   * Without a cursor the buffer is empty until {@link beginAccess}. An empty file makes a buffer of `length`
   * 0.
   *
   * @param cursor - What it reads with. {@link close} closes it; garbage collection of the buffer does not.
   * @param offset - Where in the file index 0 is, in bytes. Default: 0.
   * @param size - How many bytes at most; the end of the file always ends it. Default: no limit.
   * @param flags - Added to those the file is opened with, such as `fs.constants.O_NOATIME`.
   * @throws `ERR_SMMAP_NOT_ASSOCIATED` when the cursor has no file.
   * @throws `RangeError` `ERR_SMMAP_OFFSET_BEYOND_END` when `offset` is at or past the end of the file,
   * unless it is 0 in an empty file.
   * @throws The system's error when the file cannot be opened (`ENOENT`, `EACCES` …) ·
   * `ERR_SMMAP_NOT_REGULAR_FILE` · `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_CLOSED`
   */
  constructor(
    cursor?: WindowCursor | null,
    offset: number | bigint = 0,
    size: number | bigint = Infinity,
    flags: number = 0,
  ) {
    super()
    // smmap's constructor is `beginAccess`, but it throws where that returns false.
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

  /** The cursor that the buffer was last given (the same object), or `null` if there was none. */
  get cursor(): WindowCursor | null {
    return this.#cursor
  }

  /**
   * Starts reading at `offset`, or restarts there. This maps the region at `offset`.
   *
   * @param cursor - What to read with from now on; the previous cursor lets its region go. Default: the
   * previous one.
   * @param offset - Where in the file index 0 is, in bytes. Default: 0.
   * @param size - How many bytes at most; the end of the file always ends it. Default: no limit.
   * @param flags - Added to those the file is opened with, such as `fs.constants.O_NOATIME`.
   * @returns `true` if there is something to read, or the file is empty and `offset` is 0. `false`, and
   * `length` is 0, without a cursor, with one that has no file, or when `offset` is at or past the end.
   * @throws `ERR_SMMAP_CLOSED` when the buffer, cursor or manager is closed · the system's error ·
   * `ERR_SMMAP_NOT_REGULAR_FILE` · `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_HANDLE_LIMIT`. The buffer then stays
   * as it was.
   *
   * @example
   * ```ts
   * buffer.beginAccess(null, 64) // true
   * buffer.ofs // 64
   * ```
   */
  beginAccess(
    cursor?: WindowCursor | null,
    offset: number | bigint = 0,
    size: number | bigint = Infinity,
    flags: number = 0,
  ): boolean {
    if (this.#isClosed) throw new ClosedError('the buffer is closed: make a new one')
    const start = toOffset(offset)
    const wanted = size === Infinity ? Infinity : toSize(size, 'size', start)
    const checked = toFlags(flags)
    // Everything is checked, and the region mapped, before anything of the buffer is changed.
    const next = checkCursor(cursor) ?? this.#cursor
    const file = next === null ? null : regionCursorOf(next)
    if (next !== null && file !== null) {
      // A buffer longer than a window starts with whatever region is at its offset.
      if (wanted === Infinity || wanted > file.windowSize) usePiece(next, start, checked)
      else next.useRegion(start, wanted, checked)
    }

    // The old cursor lets its region go; it stays open, because it is the program's.
    if (next !== this.#cursor) this.endAccess()
    this.#cursor = next
    attach(this, null, 0, 0)
    if (next === null || file === null) return false
    const rest = file.fileSize - start
    // Offset 0 of an empty file is valid; there is just nothing to read.
    if (rest <= 0 && start > 0) return false
    attach(this, file, start, Math.min(wanted, rest), ownerOf(next, file))
    return true
  }

  /**
   * Stops reading: `length` becomes 0, and the cursor lets its region go, which stays cached. The cursor is
   * kept for the next {@link beginAccess}. A second call does nothing.
   */
  endAccess(): void {
    attach(this, null, 0, 0)
    this.#cursor?.unuseRegion()
  }

  /**
   * Stops reading for good and closes the {@link cursor}, so that `new
   * SlidingWindowMapBuffer(manager.makeCursor(path))` leaves nothing open. To go on with the cursor, call
   * {@link endAccess} instead. A second call does nothing.
   */
  close(): void {
    this.#isClosed = true
    attach(this, null, 0, 0)
    this.#cursor?.close()
  }

  /** Whether this buffer, its cursor or its manager was closed. */
  get closed(): boolean {
    // The cursor is the program's, and may have been closed by it.
    return this.#isClosed || (this.#cursor !== null && !isOpen(this.#cursor))
  }

  /**
   * The size of the whole file in bytes, as of when its cursor opened it.
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
 * Moves the public cursor, not only its region cursor, so that both are always on the same region. The
 * program may close or assign it between two reads, so each read checks.
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
