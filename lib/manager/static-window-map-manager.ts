/** @file smmap's manager of whole files. Knows which cursor it gives, and that a file is one region. */
import { type ManagerOptions, type PathOrFd, toTarget } from '../arguments/arguments.js'
import { WindowCursor } from '../cursor/window-cursor.js'
import { MapManager } from './map-manager.js'
import { attachmentOf, type SharedManager } from './sharing.js'

/**
 * Maps each file whole, as one region: least work for files that fit the address space and the limit.
 *
 * @example
 * ```ts
 * using manager = new StaticWindowMapManager()
 * manager.makeCursor('table.bin').useRegion().buffer() // all of it
 * ```
 */
export class StaticWindowMapManager extends MapManager {
  /**
   * @param options - `windowSize` limits what a cursor spans, not what is mapped; 0, the default: no limit.
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
  static from(shared: SharedManager): StaticWindowMapManager {
    return new StaticWindowMapManager(attachmentOf(shared))
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
