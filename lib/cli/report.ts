// Knows what a scan's report says, as the object that `--json` prints. Not how it looks to people.

/** What became of one file; `status` says which figures there are. */
export type FileReport = FinishedFile | PartialFile | FailedFile | SkippedFile

export interface FinishedFile {
  readonly file: string
  readonly status: 'done'
  readonly bytes: number
  readonly lines: number
  readonly longestLine: number
  /** Only with `--find`: how often, and the first offsets. */
  readonly found?: number
  readonly offsets?: readonly number[]
  readonly seconds: number
}

/** Interrupted on the way: the counts are not known, only how far it came. */
export interface PartialFile {
  readonly file: string
  readonly status: 'partial'
  readonly bytesScanned: number
  readonly fileSize: number
  readonly seconds: number
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
export interface Total {
  readonly files: number
  readonly bytes: number
  readonly lines: number
  readonly longestLine: number
  readonly found?: number
  readonly seconds: number
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

/** The sums of the finished files; the longest of the longest lines. */
export function totalOf(files: readonly FileReport[]): Total {
  const finished = files.filter((file) => file.status === 'done')
  const sum = (pick: (file: FinishedFile) => number): number =>
    finished.reduce((all, file) => all + pick(file), 0)
  return {
    files: finished.length,
    bytes: sum((file) => file.bytes),
    lines: sum((file) => file.lines),
    longestLine: finished.reduce((longest, file) => Math.max(longest, file.longestLine), 0),
    ...(finished.some((file) => file.found !== undefined) && { found: sum((file) => file.found ?? 0) }),
    seconds: sum((file) => file.seconds),
  }
}
