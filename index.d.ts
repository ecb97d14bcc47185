// The API's table of contents. What each name means stands where it is declared.

// Helpers
export { ALLOCATIONGRANULARITY, alignToMmap, is64Bit } from './dist/constants.js'

// Managers: where everything starts
export { SlidingWindowMapManager } from './dist/manager/sliding-window-map-manager.js'
export { StaticWindowMapManager } from './dist/manager/static-window-map-manager.js'
export { TilingMemmapManager } from './dist/manager/tiling-memmap-manager.js'
export type { CursorOptions } from './dist/manager/tiling-memmap-manager.js'
export { GreedyMemmapManager } from './dist/manager/greedy-memmap-manager.js'
export type { MapManager } from './dist/manager/map-manager.js'
export type { ManagerStats } from './dist/manager/stats.js'
export type { Trace, TraceCounts, TraceData, TraceEvent, TraceOptions } from './dist/manager/trace.js'
export type { Advice, ManagerOptions, PathOrFd } from './dist/arguments.js'

// Cursors: one place in one file
export { WindowCursor } from './dist/cursor/window-cursor.js'
export type { CheckOptions } from './dist/cursor/window-cursor.js'
export { FixedCursor } from './dist/cursor/fixed-cursor.js'
export type { SpanOptions } from './dist/cursor/fixed-cursor.js'
export { SlidingCursor } from './dist/cursor/sliding-cursor.js'

// Reading: a file as one long buffer, and a scan of all of it
export { SlidingWindowMapBuffer } from './dist/reading/sliding-window-map-buffer.js'
export type { AsyncReader } from './dist/reading/async-reader.js'
export type { TypedArrayClass } from './dist/reading/reader.js'
export type { Needle } from './dist/reading/search-plan.js'
export type { Iteration, RangeOptions } from './dist/reading/steps.js'
export type { ChunkOptions } from './dist/reading/chunks.js'
export type { LineEncoding, LineOptions, LineRange } from './dist/reading/lines.js'
export type { ReadStreamOptions } from './dist/reading/streams.js'
export type { AsyncNeedle, Match, Regex, SearchOptions, SearchProgress } from './dist/reading/async-search.js'
export type { GrepBatch, GrepLine, GrepLinesOptions, GrepOptions } from './dist/reading/grep.js'
export type { HashOptions } from './dist/reading/hash.js'
export type { Residency } from './dist/reading/residency.js'
export type { SplitOptions } from './dist/reading/split-ranges.js'
export type { AbortOptions } from './dist/reading/prefetch.js'
export { LineIndex } from './dist/reading/line-index.js'
export type { LineIndexOptions } from './dist/reading/line-index.js'
export { follow } from './dist/reading/follow.js'
export type { FollowEvent, FollowOptions } from './dist/reading/follow.js'
export { scan } from './dist/reading/scan.js'
export type { ScanOptions, ScanProgress, ScanResult } from './dist/reading/scan.js'

// Windows and regions: what lies below
export { MapWindow } from './dist/region/map-window.js'
export { MapRegion } from './dist/region/map-region.js'
export { MapRegionList } from './dist/region/map-region-list.js'

// Errors: a class for each code
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
} from './dist/errors.js'
export type { SmmapErrorCode } from './dist/errors.js'
