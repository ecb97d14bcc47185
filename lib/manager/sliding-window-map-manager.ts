/** @file smmap's manager of windows. Knows which cursor it gives, and that windows slide. */
import { type ManagerOptions, type PathOrFd, toTarget } from '../arguments/arguments.js'
import { WindowCursor } from '../cursor/window-cursor.js'
import { MapManager, regionsOf } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'

/**
 * Maps files in windows, so that files of any size are read in bounded memory. Its cursors move.
 *
 * @example
 * ```ts
 * using manager = new SlidingWindowMapManager({ windowSize: 64 * 2 ** 20, maxMemorySize: 256 * 2 ** 20 })
 * const cursor = manager.makeCursor('huge.bin').useRegion(5 * 2 ** 30, 4096)
 * cursor.buffer().length // 4096
 * ```
 */
export class SlidingWindowMapManager extends MapManager {
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
  static from(shared: SharedManager): SlidingWindowMapManager {
    return new SlidingWindowMapManager(attachmentOf(shared))
  }

  /**
   * A cursor on a file, on no region yet. The file is opened at the cursor's first use, so a missing file is
   * no error here.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` · `RangeError` `ERR_OUT_OF_RANGE` ·
   * `ERR_SMMAP_CLOSED` when the manager is closed.
   */
  makeCursor(pathOrFd: PathOrFd): WindowCursor {
    return new WindowCursor(regionsOf(this), toTarget(pathOrFd))
  }
}
