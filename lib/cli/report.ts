// Knows what a scan's report says, as the object that `--json` prints. Not how it looks to people.

/** What became of one file; `status` says which figures there are. */
export type FileReport = FinishedFile | PartialFile | FailedFile | SkippedFile

export interface Time {
  readonly seconds: number
  readonly bytesPerSecond: number
}

export interface FinishedFile extends Time {
  readonly file: string
  readonly status: 'done'
  readonly bytes: number
  readonly lines: number
  readonly longestLine: number
  /** Only with `--find`: how often, and the first offsets. */
  readonly found?: number
  readonly offsets?: readonly number[]
}

/** Interrupted on the way: the counts are not known, only how far it came. */
export interface PartialFile extends Time {
  readonly file: string
  readonly status: 'partial'
  readonly bytesScanned: number
  readonly fileSize: number
}

export interface FailedFile {
  readonly file: string
  readonly status: 'failed'
  readonly error: { readonly code: string; readonly message: string }
}

/** Not begun when the run was interrupted. */
export interface SkippedFile {
  readonly file: string
  readonly status: 'skipped'
}

/** The finished files taken together. */
export interface Total extends Time {
  readonly files: number
  readonly bytes: number
  readonly lines: number
  readonly longestLine: number
  readonly found?: number
}

/** What `--json` prints. Sizes and offsets are bytes, times seconds. */
export interface ScanReport {
  readonly files: readonly FileReport[]
  readonly total: Total
  /** True when a signal ended the run before its end. */
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

/** The sums of the finished files; the longest of the longest lines. */
export function totalOf(files: readonly FileReport[]): Total {
  const finished = files.filter((file) => file.status === 'done')
  const sum = (pick: (file: FinishedFile) => number): number =>
    finished.reduce((all, file) => all + pick(file), 0)
  const bytes = sum((file) => file.bytes)
  const seconds = sum((file) => file.seconds)
  return {
    files: finished.length,
    bytes,
    lines: sum((file) => file.lines),
    longestLine: finished.reduce((longest, file) => Math.max(longest, file.longestLine), 0),
    ...(finished.some((file) => file.found !== undefined) && { found: sum((file) => file.found ?? 0) }),
    seconds,
    bytesPerSecond: rateOf(bytes, seconds),
  }
}
