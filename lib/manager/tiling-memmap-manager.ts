/** @file The fork's manager of windows. Knows which cursors it gives, and that files are cut into windows. */
import { type ManagerOptions, type PathOrFd, toBoolean, toTarget } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { FixedCursor, SPAN, type SpanOptions, toSpan } from '../cursor/fixed-cursor.js'
import { SlidingCursor } from '../buffer/sliding-cursor.js'
import { MapManager } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'

/** What a cursor of the fork's managers shows, and how. */
export interface CursorOptions extends SpanOptions {
  /** Whether it is a `SlidingCursor`: any span at all, as one long buffer, `size` 0 up to the file's end. */
  sliding?: boolean | undefined
}

const CURSOR: Names<CursorOptions> = { ...SPAN, sliding: true }

/**
 * Maps files in windows, as `SlidingWindowMapManager` does; its cursors are mapped when they are made.
 *
 * @example
 * ```ts
 * using manager = new TilingMemmapManager({ windowSize: 2 ** 20 })
 * using header = manager.makeCursor('huge.log', { size: 64 })
 * using log = manager.makeCursor('huge.log', { sliding: true })
 * log.lastIndexOf('\n')
 * ```
 */
export class TilingMemmapManager extends MapManager {
  /**
   * @param options - `windowSize` −1, the default, is 1 GiB (64 MiB in a 32-bit process); 0 maps whole files.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` · `RangeError` `ERR_OUT_OF_RANGE`
   */
  constructor(options?: ManagerOptions) {
    super(options, { windowSize: -1, mapsWhole: false })
  }

  /**
   * The manager that `share()` made known, in this thread: see `share()`.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for a manager of a kind that maps
   * otherwise · `ERR_SMMAP_UNSUPPORTED` in another process · `ERR_SMMAP_CLOSED` when it is closed, or no
   * thread has it any more.
   */
  static from(shared: SharedManager): TilingMemmapManager {
    return new TilingMemmapManager(attachmentOf(shared))
  }

  /**
   * A cursor on a span of a file, mapped now; with `sliding` one that maps as it reads.
   *
   * @throws `RangeError` `ERR_SMMAP_OFFSET_BEYOND_END` at or past the end of the file; in an empty file any
   * offset is, but a sliding cursor at 0 has length 0.
   * @throws What the system says · `ERR_SMMAP_NOT_REGULAR_FILE` · `ERR_SMMAP_HANDLE_LIMIT` ·
   * `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_CLOSED` · `TypeError` · `RangeError`.
   */
  makeCursor(pathOrFd: PathOrFd, options?: CursorOptions & { sliding?: false | undefined }): FixedCursor
  makeCursor(pathOrFd: PathOrFd, options: CursorOptions & { sliding: true }): SlidingCursor
  makeCursor(pathOrFd: PathOrFd, options?: CursorOptions): FixedCursor | SlidingCursor
  makeCursor(pathOrFd: PathOrFd, options: CursorOptions = {}): FixedCursor | SlidingCursor {
    const { regions } = this
    if (!isSliding(options)) return FixedCursor.open(regions, toTarget(pathOrFd), options)
    const target = toTarget(pathOrFd)
    const { offset, size, flags } = toSpan(options)
    return new SlidingCursor(regions, target, offset, size || Infinity, flags)
  }
}

/** Checks the options as far as they say which kind of cursor is wanted. */
export function isSliding(options: CursorOptions): boolean {
  return toBoolean(toOptions(options, CURSOR).sliding, 'options.sliding', false)
}
