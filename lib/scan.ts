/**
 * @file One pass over a file, off the main thread. Knows what may be scanned and how far it is; the scanning
 * is native.
 */
import { types } from 'node:util'
import { type PathOrFd, toInteger, toTarget } from './arguments/arguments.js'
import { type Names, toOptions } from './arguments/options.js'
import { RANGE, type RangeOptions } from './arguments/range.js'
import { checkWork, type Progress } from './arguments/work.js'
import { FilePart } from './buffer/file-part.js'
import type { LongBuffer } from './buffer/long-buffer.js'
import { FixedCursor, fixedRegionCursorOf } from './cursor/fixed-cursor.js'
import { checkOpen, regionCursorOf, WindowCursor } from './cursor/window-cursor.js'
import { NotAssociatedError } from './errors/smmap-errors.js'
import type { NativeJob, NativeReport } from './jobs/job.js'
import { type Extent, extentOf } from './jobs/extent.js'
import { type AsyncNeedle, searchSteps, steps, toJobRange, toPattern } from './jobs/search.js'
import { MapManager, regionsOf } from './manager/map-manager.js'
import { commonManager } from './manager/common-manager.js'
import { native, type NativeCursor } from './native.js'
import { RegionCursor } from './panes/region-cursor.js'

// A scan counts lines and matches in one pass, because reading the file is the larger part of the work: bytes
// that are in the processor's cache for one are there for the other. It scans the bytes that were there when
// it began: a file that grows is scanned to its old end. If the file is cut, the scan fails; the last
// progress has what was seen so far.

/** Which bytes to scan, what to look for, and how. */
export interface ScanOptions extends RangeOptions {
  /**
   * What to count, and to report the first offsets of: see {@link AsyncNeedle}. Default, and for an empty
   * text: nothing.
   */
  find?: AsyncNeedle | undefined
  /** How many offsets of `find` are reported at most; `Infinity`: all. Default: 10. */
  maxOffsets?: number | undefined
  /** How many threads scan at once, from 1 to 256. Default: 1. `os.availableParallelism()` uses them all. */
  threads?: number | undefined
  /** Ends the scan, with the signal's reason, within some milliseconds. */
  signal?: AbortSignal | undefined
  /** Called after each step. When it throws, the scan ends with that error. */
  onProgress?: ((progress: ScanProgress) => void) | undefined
}

const SCAN: Names<ScanOptions> = {
  ...RANGE,
  find: true,
  maxOffsets: true,
  threads: true,
  signal: true,
  onProgress: true,
}

/** How far a scan is, and what it has found so far. */
export interface ScanProgress extends Progress {
  /** The size of the whole file in bytes. */
  fileSize: number
  /** The result so far, as if the range ended here. */
  result: ScanResult
}

/** What a scan found. */
export interface ScanResult {
  /** How many bytes were scanned: all of the range. */
  bytes: number
  /** How many newlines there are, as `wc -l` counts. */
  lines: number
  /** How many bytes the longest line has, without its newline. */
  longestLine: number
  /** How many matches of `find` there are, without overlaps. */
  found: number
  /** Where the first of them are: offsets in the file, or indices of the long buffer that was scanned. */
  offsets: number[]
}

/** What can be scanned: a file, the whole file of a cursor, or the bytes of a long buffer. */
export type ScanSource = PathOrFd | WindowCursor | FixedCursor | LongBuffer

const MOST = 2 ** 31 - 1
const NOTHING = { bytes: new Uint8Array(0), isRegex: false }
/** How many matches of a regular expression a step hands over. */
const BATCH = 1024

/**
 * Reads a file once, from start to end, on the thread pool: counts bytes, lines and matches while the event
 * loop goes on, and maps no more than the manager's limits allow. The first steps try both mapping windows
 * and reading them into a buffer of 128 KiB a thread, and the rest uses what was faster. For a regular
 * expression it reads the file a second time.
 *
 * @param source - A file, read with the manager that `open` shares; or a cursor, whose whole file is scanned;
 * or a long buffer, whose bytes are.
 * @returns Of an empty file: 0 bytes in 0 lines.
 * @throws (rejects) the signal's reason · what `onProgress` throws · the system's error ·
 * `ERR_SMMAP_NOT_REGULAR_FILE` · `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT` ·
 * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · `ERR_SMMAP_NOT_ASSOCIATED` · `TypeError` · `RangeError`
 *
 * @example
 * ```ts
 * const { lines, found } = await scan('huge.log', { find: 'ERROR' })
 * lines // 16384
 * found // 163
 * ```
 */
export function scan(source: ScanSource, options?: ScanOptions): Promise<ScanResult>
/**
 * Reads a file once, on the thread pool, with the limits of this manager. Everything else is as without one.
 */
export function scan(manager: MapManager, pathOrFd: PathOrFd, options?: ScanOptions): Promise<ScanResult>
export async function scan(
  source: ScanSource | MapManager,
  second?: ScanOptions | PathOrFd,
  third?: ScanOptions,
): Promise<ScanResult> {
  // By a private field, which nothing else can have: a look-alike is taken for a file's path and refused as
  // one.
  if (MapManager.isManager(source)) return scanFile(source, second as PathOrFd, third)
  const extent = findExtent(source)
  const options = second as ScanOptions | undefined
  return extent === undefined
    ? scanFile(commonManager(), source as PathOrFd, options)
    : scanExtent(extent, toOptions(options, SCAN))
}

/** What a cursor or a long buffer reads; `undefined` for anything else. */
function findExtent(source: unknown): Extent | undefined {
  if (FilePart.isPart(source)) return extentOf(source)
  if (WindowCursor.isCursor(source)) {
    checkOpen(source)
    const file = regionCursorOf(source)
    if (file !== null) return wholeFile(file)
    throw new NotAssociatedError(
      'the cursor has no file: make it by makeCursor(), or assign() it another cursor',
    )
  }
  return FixedCursor.isCursor(source) ? wholeFile(fixedRegionCursorOf(source)) : undefined
}

function wholeFile(cursor: RegionCursor): Extent {
  return { cursor, origin: 0, length: cursor.fileSize }
}

async function scanFile(
  manager: MapManager,
  pathOrFd: PathOrFd,
  given: ScanOptions | undefined,
): Promise<ScanResult> {
  const options = toOptions(given, SCAN)
  const cursor = new RegionCursor(regionsOf(manager), toTarget(pathOrFd))
  try {
    return await scanExtent(wholeFile(cursor), options)
  } finally {
    cursor.close()
  }
}

async function scanExtent(extent: Extent, options: ScanOptions): Promise<ScanResult> {
  const { find = '', maxOffsets = 10, onProgress, ...rest } = options
  checkWork(options)
  const range = toJobRange(extent, rest)
  const most = maxOffsets === Infinity ? MOST : toInteger(maxOffsets, 'options.maxOffsets', 0, MOST)
  const pattern = isNothing(find) ? NOTHING : toPattern(find, 'options.find')
  const { from, to, threads } = range
  // A regular expression is not searched for in the same pass: its engine and the counting of lines go
  // through the bytes in different ways.
  const needle = pattern.isRegex ? NOTHING.bytes : pattern.bytes
  let result: ScanResult = { bytes: 0, lines: 0, longestLine: 0, found: 0, offsets: [] }
  const report = (): void => {
    const fileSize = extent.cursor?.fileSize ?? 0
    onProgress?.({ bytesScanned: result.bytes, bytesTotal: to - from, found: result.found, fileSize, result })
  }
  const make = (on: NativeCursor): NativeJob => native.NativeJob.scan(on, from, to, needle, most, threads)
  for await (const step of steps(extent, make, range)) {
    result = toResult(step, from, extent.origin)
    report()
  }
  if (!pattern.isRegex) return result
  const matches = searchSteps(extent, pattern, rest, BATCH)
  for await (const { count, numbers } of matches) {
    // Offset and length alternate; a scan reports offsets only.
    const offsets = numbers.filter((_, index) => index % 2 === 0).map((offset) => offset - extent.origin)
    result = { ...result, found: count, offsets: [...result.offsets, ...offsets].slice(0, most) }
  }
  report()
  return result
}

/** In the order in which the core reports the numbers. */
function toResult({ position, numbers }: NativeReport, from: number, origin: number): ScanResult {
  const [lines = 0, longestLine = 0, found = 0, ...inFile] = numbers
  const offsets = inFile.map((offset) => offset - origin)
  return { bytes: position - from, lines, longestLine, found, offsets }
}

function isNothing(find: unknown): boolean {
  return find === '' || (types.isUint8Array(find) && find.length === 0)
}
