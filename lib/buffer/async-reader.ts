/**
 * @file The asynchronous methods of a long buffer: their names and documentation. `lib/jobs/` does the work.
 */
import {
  type AsyncNeedle,
  countLines,
  countMatches,
  find,
  findAll,
  findMatches,
  type Match,
  offsetOfLine,
  type SearchOptions,
} from '../jobs/search.js'
import {
  countMatchingLines,
  type GrepBatch,
  grepBatches,
  type GrepLine,
  type GrepLinesOptions,
  type GrepOptions,
} from '../jobs/grep.js'
import { hash, type HashOptions } from '../jobs/hash.js'
import { extentOf } from '../jobs/extent.js'
import { type LineIndex, lineIndex, type LineIndexOptions } from '../jobs/line-index.js'
import type { Range } from '../arguments/range.js'
import type { WorkOptions } from '../arguments/work.js'
import { FilePart } from './file-part.js'
import { prefetch, type RangeWorkOptions, read } from '../jobs/read.js'
import { type Residency, residency } from '../jobs/residency.js'
import { type SplitOptions, splitRanges } from '../jobs/split-ranges.js'

// Each method takes `extent()` at the call: which file, from where, how many bytes. A buffer that is closed,
// or given another part, while a search runs does not change what the search reads, and a closed manager ends
// it with an error. The methods are `async` even where they could answer at once, so that a wrong argument
// always rejects and never throws.

/**
 * The methods of a long buffer that work on the thread pool, step by step and within the manager's limits,
 * while the event loop goes on. They read the bytes that the buffer had when they were called; offsets are
 * indices of the buffer.
 *
 * All of them reject with the signal's reason, with what `onProgress` throws, and with
 * `ERR_SMMAP_FILE_TRUNCATED`, `ERR_SMMAP_CLOSED` or the system's error. Wrong arguments reject with
 * `TypeError` and `RangeError`.
 */
export abstract class AsyncReader extends FilePart {
  /**
   * Brings the bytes of a range into memory on the thread pool, so that reading them later does not block the
   * event loop on the disk. Maps only as much as the manager's limits can keep; the rest of a longer range is
   * left out without an error. It changes no result of any call.
   *
   * @throws (rejects) the signal's reason · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · the system's
   * error.
   */
  async prefetch(options: RangeWorkOptions = {}): Promise<void> {
    await prefetch(extentOf(this), options)
  }

  /**
   * A copy of `length` bytes at `offset`, read on the thread pool without mapping. Fewer where the buffer
   * ends; `Infinity` reads up to the end.
   *
   * @throws (rejects) `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` ·
   * `ERR_SMMAP_FILE_TRUNCATED` when bytes that were there are gone · `ERR_SMMAP_WINDOW_TOO_LARGE` for more
   * than a Buffer can hold · the signal's reason · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * const header = await buffer.read(0, 64)
   * header.length // 64
   * ```
   */
  async read(offset: number | bigint, length: number | bigint, options: WorkOptions = {}): Promise<Buffer> {
    return read(extentOf(this), offset, length, options)
  }

  /**
   * The offset of the first match, or −1. Searches on the thread pool, window by window within the manager's
   * limits.
   *
   * @param needle - A text, bytes or a regular expression: see {@link AsyncNeedle}.
   * @throws (rejects) `TypeError` `ERR_INVALID_ARG_VALUE` for an empty needle or an invalid expression, with
   * the message of Rust's `regex` · `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` ·
   * the signal's reason · what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` ·
   * `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT`
   *
   * @example
   * ```ts
   * const at = await buffer.find({ regex: '(?m)^ERROR' }, { signal: AbortSignal.timeout(5_000) })
   * ```
   */
  async find(needle: AsyncNeedle, options: SearchOptions = {}): Promise<number> {
    return find(extentOf(this), needle, options)
  }

  /**
   * The offsets of all matches, in order, without overlaps. It searches only as far as the loop asks; leaving
   * the loop ends the search. {@link findMatches} gives the lengths too.
   *
   * @throws (rejects, from the first step of the loop on) `TypeError` · `RangeError` for wrong arguments ·
   * the signal's reason · what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * const offsets: number[] = []
   * for await (const offset of buffer.findAll('ERROR')) offsets.push(offset)
   * offsets.length // 163
   * ```
   */
  async *findAll(needle: AsyncNeedle, options: SearchOptions = {}): AsyncGenerator<number, void, undefined> {
    yield* findAll(extentOf(this), needle, options)
  }

  /**
   * All matches as `{ offset, length }`, in order, without overlaps; the length matters for regular
   * expressions. It searches only as far as the loop asks; leaving the loop ends the search.
   *
   * @throws (rejects, from the first step of the loop on) `TypeError` · `RangeError` for wrong arguments ·
   * the signal's reason · what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   */
  async *findMatches(
    needle: AsyncNeedle,
    options: SearchOptions = {},
  ): AsyncGenerator<Match, void, undefined> {
    yield* findMatches(extentOf(this), needle, options)
  }

  /**
   * How many matches there are, without overlaps. Faster than looping over {@link findAll}; text and bytes
   * are counted by several threads if `threads` says so.
   *
   * @throws (rejects) `TypeError` · `RangeError` for wrong arguments · the signal's reason · what
   * `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * await buffer.count('ERROR', { threads: 2 }) // 163
   * ```
   */
  async count(needle: AsyncNeedle, options: SearchOptions = {}): Promise<number> {
    return countMatches(extentOf(this), needle, options)
  }

  /**
   * How many newlines there are, as `wc -l` counts, on the thread pool. A last line without a newline is not
   * counted.
   *
   * @throws (rejects) `TypeError` · `RangeError` for wrong arguments · the signal's reason · what
   * `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   */
  async countLines(options: SearchOptions = {}): Promise<number> {
    return countLines(extentOf(this), options)
  }

  /**
   * Finds where every n-th line begins (by default n is 1024), so that any line is one jump from then on. It
   * reads the range once on the thread pool; with the option `file` it saves the index there, and loads it
   * next time.
   *
   * @throws (rejects) `TypeError` · `RangeError` for wrong arguments · the signal's reason · what
   * `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · the system's error for the
   * index's file.
   *
   * @example
   * ```ts
   * const index = await buffer.lineIndex()
   * index.count // 16384
   * ```
   */
  async lineIndex(options: LineIndexOptions = {}): Promise<LineIndex> {
    return lineIndex(this, options)
  }

  /**
   * Where a line begins, without an index: counts the newlines up to there on the thread pool. Lines count
   * from 0 at `start`. After the last newline there is one more line, which begins at the end of the bytes;
   * beyond that it is −1.
   *
   * @throws (rejects) `TypeError` · `RangeError` for wrong arguments · the signal's reason · what
   * `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   */
  async offsetOfLine(line: number | bigint, options: SearchOptions = {}): Promise<number> {
    return offsetOfLine(extentOf(this), line, options)
  }

  /**
   * The lines that match, in order, with their numbers: what `grep -n` prints. It searches on the thread
   * pool, only as far as the loop asks; leaving the loop ends the search.
   *
   * Each line is matched by itself: no match crosses a newline, and `^` and `$` are the line's start and end.
   * Lines may be of any length. In a line longer than 1 MiB, a match of a regular expression longer than that
   * may be missed.
   *
   * @param needle - A text, bytes or a regular expression without a newline: see {@link AsyncNeedle}.
   * @throws (rejects, from the first step of the loop on) `TypeError` · `RangeError` for wrong arguments ·
   * the signal's reason · what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example The slow requests, each with the line before it:
   * ```ts
   * for await (const { line, bytes, isSelected } of buffer.grep({ regex: 'took 9\\d ms' }, { before: 1 })) {
   *   if (isSelected) console.log(line, bytes?.toString())
   * }
   * ```
   */
  async *grep(
    needle: AsyncNeedle,
    options: GrepLinesOptions = {},
  ): AsyncGenerator<GrepLine, void, undefined> {
    // Objects are made of a batch only as the loop takes them.
    for await (const batch of grepBatches(extentOf(this), needle, options)) yield* batch
  }

  /**
   * The lines that {@link grep} gives, in batches of up to some thousand. Faster when there are millions: a
   * batch can be printed as grep's output by one call of `toText()`.
   *
   * @throws (rejects, from the first step of the loop on) `TypeError` · `RangeError` for wrong arguments ·
   * the signal's reason · what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * const batches = buffer.grepBatches('ERROR')
   * for await (const batch of batches) process.stdout.write(batch.toText({ numbers: true }))
   * ```
   */
  async *grepBatches(
    needle: AsyncNeedle,
    options: GrepLinesOptions = {},
  ): AsyncGenerator<GrepBatch, void, undefined> {
    yield* grepBatches(extentOf(this), needle, options)
  }

  /**
   * How many lines match, as `grep -c` counts, on the thread pool.
   *
   * @throws (rejects) `TypeError` · `RangeError` for wrong arguments · the signal's reason · what
   * `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * await buffer.countMatchingLines('ERROR', { ignoreCase: true }) // 163
   * ```
   */
  async countMatchingLines(needle: AsyncNeedle, options: GrepOptions = {}): Promise<number> {
    return countMatchingLines(extentOf(this), needle, options)
  }

  /**
   * The hash of the bytes, as a Buffer. BLAKE3 is computed on the thread pool by up to `threads` threads. For
   * the others, from `node:crypto`, the thread pool reads 1 MiB at a time and the calling thread hashes it,
   * less than a millisecond at a time.
   *
   * @param algorithm - `'blake3'`, or one of `crypto.getHashes()`. Default: `'sha256'`.
   * @throws (rejects) `TypeError` `ERR_INVALID_ARG_VALUE` for an unknown algorithm · the signal's reason ·
   * what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * console.log((await buffer.hash('sha256')).toString('hex'))
   * ```
   */
  async hash(algorithm: string = 'sha256', options: HashOptions = {}): Promise<Buffer> {
    return hash(extentOf(this), algorithm, options)
  }

  /**
   * Divides the bytes into ranges of whole records, about equally long, one for each worker. A record ends
   * with a newline, or another `delimiter`. In order, the ranges cover all bytes; each can be passed on as it
   * is: `lines(range)`, `countLines(range)`, `hash('sha256', range)` …
   *
   * It reads only around the borders.
   *
   * @param parts - How many ranges at most, from 1 on. There are fewer where records are long, and none for
   * no bytes.
   * @throws (rejects) `RangeError` `ERR_OUT_OF_RANGE` · `TypeError` `ERR_INVALID_ARG_VALUE` for an empty
   * delimiter · the signal's reason · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * for (const { start, end } of await buffer.splitRanges(4)) {
   *   console.log(`a worker reads ${start} to ${end}`)
   * }
   * ```
   */
  async splitRanges(parts: number | bigint, options: SplitOptions = {}): Promise<Range[]> {
    return splitRanges(extentOf(this), parts, options)
  }

  /**
   * Which bytes of a range are in the system's page cache, asked by `mincore(2)`. Maps windows for it, but
   * reads no byte.
   *
   * On Linux the answer holds only for files that this user owns or may write; all of any other file is
   * reported as resident. Not available on Windows (`ENOSYS`).
   *
   * @throws (rejects) the signal's reason · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · the system's
   * error.
   *
   * @example
   * ```ts
   * const { bytes, resident } = await buffer.residency()
   * console.log(`${Math.round((resident / bytes) * 100)} % are in memory`)
   * ```
   */
  async residency(options: RangeWorkOptions = {}): Promise<Residency> {
    return residency(extentOf(this), options)
  }
}
