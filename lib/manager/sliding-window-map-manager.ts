/** @file smmap's manager of windows. Knows which cursor it gives, and that windows slide. */
import { type ManagerOptions, type PathOrFd, toTarget } from '../arguments/arguments.js'
import { WindowCursor } from '../cursor/window-cursor.js'
import { MapManager } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'

/**
 * Maps files in windows: files of any size can be read in bounded memory.
 *
 * @example
 * ```ts
 * using manager = new SlidingWindowMapManager({ windowSize: 64 * 2 ** 20, maxMemorySize: 256 * 2 ** 20 })
 * const cursor = manager.makeCursor('huge.bin').useRegion(5 * 2 ** 30, 4096)
 * cursor.buffer() // 4096 bytes at 5 GiB
 * ```
 */
export class SlidingWindowMapManager extends MapManager {
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
  static from(shared: SharedManager): SlidingWindowMapManager {
    return new SlidingWindowMapManager(attachmentOf(shared))
  }

  /**
   * A cursor on a file, on no region yet. The file is not touched before the cursor is used.
   *
   * @throws `ERR_SMMAP_CLOSED` · `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` · `RangeError`
   * `ERR_OUT_OF_RANGE`
   */
  makeCursor(pathOrFd: PathOrFd): WindowCursor {
    return new WindowCursor(this.regions, toTarget(pathOrFd))
  }
}
