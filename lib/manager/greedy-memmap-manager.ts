/** @file The fork's manager of whole files. Knows which cursor it gives, and what does not fit. */
import { type ManagerOptions, type PathOrFd, toTarget } from '../arguments/arguments.js'
import { FixedCursor, type SpanOptions } from '../cursor/fixed-cursor.js'
import { UnsupportedError, WindowTooLargeError } from '../errors/smmap-errors.js'
import { MapManager } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'
import { isSliding } from './tiling-memmap-manager.js'

/**
 * Maps each file whole, as one region, or not at all.
 *
 * @example
 * ```ts
 * using manager = new GreedyMemmapManager()
 * manager.makeCursor('table.bin').buffer() // all of it
 * ```
 */
export class GreedyMemmapManager extends MapManager {
  /**
   * @param options - `windowSize`: the largest file that is mapped; 0, the default: any.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` · `RangeError` `ERR_OUT_OF_RANGE`
   */
  constructor(options?: ManagerOptions) {
    super(options, { windowSize: 0, mapsWhole: true })
  }

  /**
   * The manager that `share()` made known, in this thread: see `share()`.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for a manager of a kind that maps
   * otherwise · `ERR_SMMAP_UNSUPPORTED` in another process · `ERR_SMMAP_CLOSED` when it is closed, or no
   * thread has it any more.
   */
  static from(shared: SharedManager): GreedyMemmapManager {
    return new GreedyMemmapManager(attachmentOf(shared))
  }

  /**
   * A cursor on a span of a file, which is mapped whole now.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` when the file is larger than `windowSize` · `ERR_SMMAP_UNSUPPORTED`
   * for a sliding cursor, which takes a `TilingMemmapManager` · and as `TilingMemmapManager.makeCursor`.
   */
  makeCursor(pathOrFd: PathOrFd, options: SpanOptions & { sliding?: false | undefined } = {}): FixedCursor {
    if (isSliding(options)) {
      throw new UnsupportedError('a GreedyMemmapManager has no sliding cursors: use a TilingMemmapManager')
    }
    return FixedCursor.open(this.regions, toTarget(pathOrFd), options, (fileSize) =>
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
