/** @file smmap's manager of whole files. Knows which cursor it gives, and that a file is one region. */
import { type ManagerOptions, type PathOrFd, toTarget } from '../arguments/arguments.js'
import { WindowCursor } from '../cursor/window-cursor.js'
import { MapManager, regionsOf } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'

/**
 * Maps each file whole, as one region: the simplest choice for files that fit the address space and the
 * limit. Its cursors move.
 *
 * @example
 * ```ts
 * using manager = new StaticWindowMapManager()
 * manager.makeCursor('table.bin').useRegion().buffer().length // 1048576
 * ```
 */
export class StaticWindowMapManager extends MapManager {
  /**
   * Makes a manager; nothing is mapped yet.
   *
   * @param options - `windowSize` limits how much a cursor spans, not what is mapped. Default: 0, no limit.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for an unknown option · `RangeError`
   * `ERR_OUT_OF_RANGE`
   */
  constructor(options?: ManagerOptions) {
    // Files are mapped whole even with a `windowSize`, as in smmap.
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
  static from(shared: SharedManager): StaticWindowMapManager {
    return new StaticWindowMapManager(attachmentOf(shared))
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
