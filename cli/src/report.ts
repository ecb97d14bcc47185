/** @file Knows what a scan's report says, as the object that `--json` prints. Not how it looks to people. */

/** What became of one file; `status` says which figures there are. */
export type FileReport = FinishedFile | PartialFile | FailedFile | StoppedFile | SkippedFile

export interface Time {
  readonly seconds: number
  readonly bytesPerSecond: number
}

/** What was counted in a file, or in as much of it as was scanned. */
export interface Counts extends Time {
  readonly bytes: number
  readonly lines: number
  readonly longestLine: number
  /** Only with `--find`: how often, and the first offsets. */
  readonly found?: number
  readonly offsets?: readonly number[]
}

export interface FinishedFile extends Counts {
  readonly file: string
  readonly status: 'done'
}

/** Interrupted on the way, or changed: the counts are those of its first `bytes` bytes. */
export interface PartialFile extends Counts {
  readonly file: string
  readonly status: 'partial'
  readonly fileSize: number
  /** Where the file changed while it was read, and no signal ended the run. */
  readonly error?: { readonly code: string; readonly message: string }
}

export interface FailedFile {
  readonly file: string
  readonly status: 'failed'
  readonly error: { readonly code: string; readonly message: string }
}

/** Interrupted before anything was counted. */
export interface StoppedFile {
  readonly file: string
  readonly status: 'stopped'
  readonly bytes: number
  readonly fileSize: number
  readonly seconds: number
}

/** Not begun when the run was interrupted. */
export interface SkippedFile {
  readonly file: string
  readonly status: 'skipped'
}

/** All that was counted, taken together. */
export interface Total extends Omit<Counts, 'offsets'> {
  /** How many of the files are finished. */
  readonly files: number
}

/** What `--json` prints. Sizes and offsets are bytes, times seconds. */
export interface ScanReport {
  readonly files: readonly FileReport[]
  readonly total: Total
  /**
   * True when some counts are not those of a whole file: a signal ended the run, or a file changed in that
   * time.
   */
  readonly partial: boolean
  readonly memory: {
    readonly maxMemory: number
    readonly window: number
    readonly peakMapped: number
    readonly peakRss: number
  }
}

/** Whole bytes a second; 0 where no time was measured. */
export function rateOf(bytes: number, seconds: number): number {
  return seconds > 0 ? Math.round(bytes / seconds) : 0
}

/** The files of which there are counts: the finished, and the one that was interrupted. */
export function countedFiles(files: readonly FileReport[]): (FinishedFile | PartialFile)[] {
  return files.filter((file) => file.status === 'done' || file.status === 'partial')
}

/** The sums of what was counted; the longest of the longest lines. */
export function totalOf(files: readonly FileReport[]): Total {
  const counted = countedFiles(files)
  const sum = (pick: (file: Counts) => number): number => counted.reduce((all, file) => all + pick(file), 0)
  const bytes = sum((file) => file.bytes)
  const seconds = sum((file) => file.seconds)
  return {
    files: counted.filter((file) => file.status === 'done').length,
    bytes,
    lines: sum((file) => file.lines),
    longestLine: counted.reduce((longest, file) => Math.max(longest, file.longestLine), 0),
    ...(counted.some((file) => file.found !== undefined) && { found: sum((file) => file.found ?? 0) }),
    seconds,
    bytesPerSecond: rateOf(bytes, seconds),
  }
}
