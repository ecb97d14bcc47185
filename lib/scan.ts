/** @file One pass over a whole file, off the main thread. Knows progress and abortion; the scanning is native. */
import { type PathOrFd, toInteger, toTarget } from './arguments/arguments.js'
import { type NativeReport, stepsOf } from './jobs/job.js'
import { RegionCursor } from './panes/region-cursor.js'
import { invalidArgType } from './errors/smmap-errors.js'
import type { MapManager } from './manager/map-manager.js'
import { native } from './native.js'
import { toThreads } from './jobs/threads.js'

/** What to look for, and who wants to know how far it is. */
export interface ScanOptions {
  /** Counted, and the first offsets given: a text (as UTF-8) or bytes; nothing, if it is empty. */
  find?: string | Uint8Array | undefined
  /** How many offsets of `find` are given at most. Default: 10. */
  maxOffsets?: number | undefined
  /** How many threads go over the file at once, at most 256. Default: 1; `os.availableParallelism()` is all there are. */
  threads?: number | undefined
  /** Ends the scan with the signal's reason, within some milliseconds. */
  signal?: AbortSignal | undefined
  /** Called after each step. When it throws, the scan ends with that error. */
  onProgress?: ((progress: ScanProgress) => void) | undefined
}

/** How far a scan is, and what it has seen so far. */
export interface ScanProgress {
  bytesScanned: number
  fileSize: number
  /** As if the file ended here. */
  result: ScanResult
}

/** What a scan has seen. */
export interface ScanResult {
  /** Bytes scanned: all of the file. */
  bytes: number
  /** Newlines, as `wc -l` counts them. */
  lines: number
  /** Bytes of the longest line, without its newline. */
  longestLine: number
  /** Matches of `find` that do not overlap. */
  found: number
  /** Offsets in the file of the first of them. */
  offsets: number[]
}

/**
 * Goes over a file once, from begin to end, window by window on the thread pool: the event loop goes on meanwhile, and no
 * more is mapped than the manager's limits allow. Windows are mapped, or read into a buffer of 128 KiB a thread,
 * whichever the first few show to be faster on this file. An empty file is 0 bytes in 0 lines.
 *
 * @param manager - Whose windows are used.
 * @param pathOrFd - The file.
 * @throws (rejects) the signal's reason · what `onProgress` throws · what the system says · `ERR_SMMAP_NOT_REGULAR_FILE` ·
 * `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · `TypeError` · `RangeError`
 *
 * @example
 * ```ts
 * const { lines, found } = await scan(manager, 'huge.log', { find: 'ERROR' })
 * ```
 */
export async function scan(
  manager: MapManager,
  pathOrFd: PathOrFd,
  options: ScanOptions = {},
): Promise<ScanResult> {
  const { find = '', maxOffsets = 10, threads = 1, signal, onProgress } = options
  const needle = toBytes(find)
  const most = toInteger(maxOffsets, 'options.maxOffsets', 0, 2 ** 31 - 1)
  const count = toThreads(threads)
  signal?.throwIfAborted()
  const cursor = new RegionCursor(manager.regions, toTarget(pathOrFd))
  try {
    const { fileSize } = cursor
    const begin = (handle: number) => native.NativeJob.scan(handle, needle, most, count)
    let result: ScanResult = { bytes: 0, lines: 0, longestLine: 0, found: 0, offsets: [] }
    for await (const report of stepsOf(cursor, begin, { signal })) {
      result = toResult(report)
      onProgress?.({ bytesScanned: result.bytes, fileSize, result })
    }
    return result
  } finally {
    cursor.close()
  }
}

/** In the order in which the core reports the numbers. */
function toResult({ position, numbers }: NativeReport): ScanResult {
  const [lines = 0, longestLine = 0, found = 0, ...offsets] = numbers
  return { bytes: position, lines, longestLine, found, offsets }
}

function toBytes(find: unknown): Uint8Array {
  if (typeof find === 'string') return Buffer.from(find)
  if (find instanceof Uint8Array) return find
  throw invalidArgType('options.find', 'of type string or an instance of Uint8Array', find)
}
