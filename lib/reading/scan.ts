/** @file One pass over a whole file, off the main thread. Knows progress and abortion; the scanning is native. */
import { type PathOrFd, toInteger, toTarget } from '../arguments.js'
import { RegionCursor } from '../cursor/region-cursor.js'
import { fromNative, invalidArgType } from '../errors.js'
import type { MapManager } from '../manager/map-manager.js'

/** What to look for, and who wants to know how far it is. */
export interface ScanOptions {
  /** Counted, and the first offsets given: a text (as UTF-8) or bytes; nothing, if it is empty. */
  find?: string | Uint8Array | undefined
  /** How many offsets of `find` are given at most. Default: 10. */
  maxOffsets?: number | undefined
  /** Ends the scan after the window it is at, with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Called after each window. When it throws, the scan ends with that error. */
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
 * Reads a file once, from begin to end, window by window on the thread pool: the event loop goes on meanwhile, and no
 * more is mapped than the manager's limits allow. An empty file is 0 bytes in 0 lines.
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
  const { find = '', maxOffsets = 10, signal, onProgress } = options
  const needle = toBytes(find)
  const most = toInteger(maxOffsets, 'options.maxOffsets', 0, 2 ** 31 - 1)
  signal?.throwIfAborted()
  const cursor = new RegionCursor(manager.regions, toTarget(pathOrFd))
  const { fileSize } = cursor
  const scanning = cursor.scan(needle, most)
  try {
    for (;;) {
      const { isDone, error, ...result } = await scanning.step()
      cursor.regions.sweep()
      if (error !== undefined) throw fromNative(new Error(error), cursor.target.name)
      onProgress?.({ bytesScanned: result.bytes, fileSize, result })
      if (isDone) return result
      signal?.throwIfAborted()
    }
  } finally {
    scanning.close()
    cursor.close()
  }
}

function toBytes(find: unknown): Uint8Array {
  if (typeof find === 'string') return Buffer.from(find)
  if (find instanceof Uint8Array) return find
  throw invalidArgType('options.find', 'of type string or an instance of Uint8Array', find)
}
