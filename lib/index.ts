/** @file The API, by name. Holds no code. */
export { ALLOCATIONGRANULARITY, alignToMmap, is64Bit } from './constants.js'
export { open } from './open.js'
export { SlidingWindowMapManager } from './manager/sliding-window-map-manager.js'
export { StaticWindowMapManager } from './manager/static-window-map-manager.js'
export { TilingMemmapManager } from './manager/tiling-memmap-manager.js'
export { GreedyMemmapManager } from './manager/greedy-memmap-manager.js'
export { WindowCursor } from './cursor/window-cursor.js'
export { FixedCursor } from './cursor/fixed-cursor.js'
export { SlidingCursor } from './buffer/sliding-cursor.js'
export { LongBuffer } from './buffer/long-buffer.js'
export { SlidingWindowMapBuffer } from './buffer/sliding-window-map-buffer.js'
export { LineIndex } from './jobs/line-index.js'
export { scan } from './scan.js'
export { follow } from './follow.js'
export { MapWindow } from './region/map-window.js'
export { MapRegion } from './region/map-region.js'
export { MapRegionList } from './region/map-region-list.js'
export {
  SmmapError,
  ClosedError,
  ReleasedError,
  NotMappedError,
  NotAssociatedError,
  OffsetBeyondEndError,
  WindowTooLargeError,
  MemoryLimitError,
  HandleLimitError,
  NotRegularFileError,
  FileTruncatedError,
  FileChangedError,
  UnsupportedError,
  BinaryMissingError,
} from './errors/smmap-errors.js'
