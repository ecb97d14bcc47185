// The API's table of contents. What each name means stands where it is declared.

// Helpers
export { ALLOCATIONGRANULARITY, alignToMmap, is64Bit } from './dist/constants.js'

// The way in: a file as one long buffer
export { open } from './dist/open.js'
export type { OpenOptions } from './dist/open.js'

// Managers: limits, and what is mapped within them
export { SlidingWindowMapManager } from './dist/manager/sliding-window-map-manager.js'
export { StaticWindowMapManager } from './dist/manager/static-window-map-manager.js'
export { TilingMemmapManager } from './dist/manager/tiling-memmap-manager.js'
export type { CursorOptions } from './dist/manager/tiling-memmap-manager.js'
export { GreedyMemmapManager } from './dist/manager/greedy-memmap-manager.js'
export type { CloseOptions, MapManager } from './dist/manager/map-manager.js'
export type { ManagerStats } from './dist/manager/stats.js'
export type { SharedManager } from './dist/manager/sharing.js'
export type { Trace, TraceCounts, TraceData, TraceEvent, TraceOptions } from './dist/manager/trace.js'
export type { Advice, ManagerOptions, PathOrFd } from './dist/arguments/arguments.js'

// Cursors: one place in one file
export { WindowCursor } from './dist/cursor/window-cursor.js'
export type { CheckOptions } from './dist/cursor/window-cursor.js'
export { FixedCursor } from './dist/cursor/fixed-cursor.js'
export type { SpanOptions } from './dist/cursor/fixed-cursor.js'
export { SlidingCursor } from './dist/buffer/sliding-cursor.js'

// Reading: a file as one long buffer, and a scan of all of it
export { LongBuffer } from './dist/buffer/long-buffer.js'
export { SlidingWindowMapBuffer } from './dist/buffer/sliding-window-map-buffer.js'
export type { AsyncReader } from './dist/buffer/async-reader.js'
export type { TypedArrayClass } from './dist/buffer/long-buffer.js'
export type { Needle } from './dist/buffer/search-plan.js'
export type { AsyncLoop, Iteration, Loop, LoopOptions } from './dist/loops/steps.js'
export type { ChunkOptions } from './dist/loops/chunks.js'
export type { Range, RangeOptions } from './dist/arguments/range.js'
export type { Progress, WorkOptions } from './dist/arguments/work.js'
export type { LineEncoding, LineOptions } from './dist/loops/lines.js'
export type { ReadStreamOptions } from './dist/loops/streams.js'
export type { AsyncNeedle, Match, Regex, SearchOptions } from './dist/jobs/search.js'
export type { GrepBatch, GrepLine, GrepLinesOptions, GrepOptions, GrepTextOptions } from './dist/jobs/grep.js'
export type { HashOptions } from './dist/jobs/hash.js'
export type { Residency } from './dist/jobs/residency.js'
export type { SplitOptions } from './dist/jobs/split-ranges.js'
export type { RangeWorkOptions } from './dist/jobs/read.js'
export { LineIndex } from './dist/jobs/line-index.js'
export type { IndexedLineOptions, IndexedReader, LineIndexOptions } from './dist/jobs/line-index.js'
export { follow } from './dist/follow.js'
export type { FollowEvent, FollowOptions } from './dist/follow.js'
export { scan } from './dist/scan.js'
export type { ScanOptions, ScanProgress, ScanResult, ScanSource } from './dist/scan.js'

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
} from './dist/errors/smmap-errors.js'
export type { SmmapErrorCode } from './dist/errors/smmap-errors.js'
