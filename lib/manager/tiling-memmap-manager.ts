/** @file The fork's manager of windows. Knows which cursors it gives, and that files are cut into windows. */
import { type ManagerOptions, type PathOrFd, toBoolean, toTarget } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { FixedCursor, SPAN, type SpanOptions, toSpan } from '../cursor/fixed-cursor.js'
import { SlidingCursor } from '../buffer/sliding-cursor.js'
import { MapManager, regionsOf } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'

/** Which part of a file a cursor of a tiling manager shows, and whether it slides. */
export interface CursorOptions extends SpanOptions {
  /**
   * `true`: a `SlidingCursor`, which reads a part of any length as one long buffer; its `size` 0 means up to
   * the end of the file. Default: `false`, a `FixedCursor`.
   */
  sliding?: boolean | undefined
}

const CURSOR: Names<CursorOptions> = { ...SPAN, sliding: true }

/**
 * Maps files in windows, as `SlidingWindowMapManager` does, but its cursors are mapped when they are made and
 * do not move. The manager of smmap's tiling fork.
 *
 * @example
 * ```ts
 * using manager = new TilingMemmapManager({ windowSize: 2 ** 20 })
 * using header = manager.makeCursor('huge.log', { size: 64 })
 * using log = manager.makeCursor('huge.log', { sliding: true })
 * log.lastIndexOf('\n') // 1048575
 * ```
 */
export class TilingMemmapManager extends MapManager {
  /**
   * Makes a manager; nothing is mapped yet.
   *
   * @param options - `windowSize` is by default a quarter of the memory limit or less, at most 1 GiB (64 MiB
   * in a 32-bit process); 0 maps whole files.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for an unknown option · `RangeError`
   * `ERR_OUT_OF_RANGE`
   */
  constructor(options?: ManagerOptions) {
    super(options, { windowSize: -1, mapsWhole: false })
  }

  /**
   * Attaches this thread to a manager that another thread made known with `share()`: same cache, same limits.
   * {@link close} then lets go of what this thread has.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` when a class that maps differently
   * shared it · `ERR_SMMAP_UNSUPPORTED` in another process · `ERR_SMMAP_CLOSED` when the manager is closed,
   * or no thread has it any more.
   */
  static from(shared: SharedManager): TilingMemmapManager {
    return new TilingMemmapManager(attachmentOf(shared))
  }

  /**
   * A cursor on a part of a file, which is opened and mapped now.
   *
   * @throws `RangeError` `ERR_SMMAP_OFFSET_BEYOND_END` at or past the end of the file, so always in an empty
   * one · `ERR_OUT_OF_RANGE` · `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for an unknown
   * option · the system's error (`ENOENT` …) · `ERR_SMMAP_NOT_REGULAR_FILE` · `ERR_SMMAP_HANDLE_LIMIT` ·
   * `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_CLOSED`
   */
  makeCursor(pathOrFd: PathOrFd, options?: CursorOptions & { sliding?: false | undefined }): FixedCursor
  /**
   * A long buffer over a part of a file, which is opened now and mapped as it is read. Unlike a fixed cursor,
   * it may begin at offset 0 of an empty file; its length is 0 then.
   */
  makeCursor(pathOrFd: PathOrFd, options: CursorOptions & { sliding: true }): SlidingCursor
  /** A fixed cursor or a long buffer, as `options.sliding` says. */
  makeCursor(pathOrFd: PathOrFd, options?: CursorOptions): FixedCursor | SlidingCursor
  makeCursor(pathOrFd: PathOrFd, options: CursorOptions = {}): FixedCursor | SlidingCursor {
    const regions = regionsOf(this)
    if (!isSliding(options)) return FixedCursor.open(regions, toTarget(pathOrFd), options)
    const target = toTarget(pathOrFd)
    const { offset, size, flags } = toSpan(options)
    // For a fixed cursor a size of 0 means a window; here it means all the rest.
    return new SlidingCursor(regions, target, offset, size || Infinity, flags)
  }
}

/** Checks the options as far as they say which kind of cursor is wanted. */
export function isSliding(options: CursorOptions): boolean {
  return toBoolean(toOptions(options, CURSOR).sliding, 'options.sliding', false)
}
