/** @file The fork's manager of whole files. Knows which cursor it gives, and what does not fit. */
import { type ManagerOptions, type PathOrFd, toTarget } from '../arguments/arguments.js'
import { FixedCursor, type SpanOptions } from '../cursor/fixed-cursor.js'
import { UnsupportedError, WindowTooLargeError } from '../errors/smmap-errors.js'
import { MapManager, regionsOf } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'
import { isSliding } from './tiling-memmap-manager.js'

/**
 * Maps each file whole, as one region, or refuses it. Its cursors are mapped when they are made and do not
 * move. The greedy manager of smmap's tiling fork.
 *
 * @example
 * ```ts
 * using manager = new GreedyMemmapManager()
 * manager.makeCursor('table.bin').buffer().length // 1048576
 * ```
 */
export class GreedyMemmapManager extends MapManager {
  /**
   * Makes a manager; nothing is mapped yet.
   *
   * @param options - `windowSize` is the size of the largest file that is mapped. Default: 0, any size.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for an unknown option · `RangeError`
   * `ERR_OUT_OF_RANGE`
   */
  constructor(options?: ManagerOptions) {
    super(options, { windowSize: 0, mapsWhole: true })
  }

  /**
   * Attaches this thread to a manager that another thread made known with `share()`: same cache, same limits.
   * {@link close} then lets go of what this thread has.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` when a class that maps differently
   * shared it · `ERR_SMMAP_UNSUPPORTED` in another process · `ERR_SMMAP_CLOSED` when the manager is closed,
   * or no thread has it any more.
   */
  static from(shared: SharedManager): GreedyMemmapManager {
    return new GreedyMemmapManager(attachmentOf(shared))
  }

  /**
   * A cursor on a part of a file; the whole file is opened and mapped now.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` when the file is larger than `windowSize` · `ERR_SMMAP_UNSUPPORTED`
   * for `sliding: true`, for which there is `TilingMemmapManager` · `RangeError`
   * `ERR_SMMAP_OFFSET_BEYOND_END` at or past the end of the file · `ERR_OUT_OF_RANGE` · `TypeError`
   * `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` · the system's error · `ERR_SMMAP_NOT_REGULAR_FILE` ·
   * `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_CLOSED`
   */
  makeCursor(pathOrFd: PathOrFd, options: SpanOptions & { sliding?: false | undefined } = {}): FixedCursor {
    if (isSliding(options)) {
      throw new UnsupportedError('a GreedyMemmapManager has no sliding cursors: use a TilingMemmapManager')
    }
    // Checked once the file is open and its size known, before anything is mapped.
    return FixedCursor.open(regionsOf(this), toTarget(pathOrFd), options, (fileSize) =>
      this.#checkSize(fileSize),
    )
  }

  #checkSize(fileSize: number): void {
    if (this.windowSize === 0 || fileSize <= this.windowSize) return
    throw new WindowTooLargeError(
      `the file of ${fileSize} bytes is larger than the windowSize of ${this.windowSize}: ` +
        'raise it, or use a TilingMemmapManager',
    )
  }
}
