/**
 * @file What a reader does off the main thread: names, checks and docs of the methods. How it is done stands
 * elsewhere.
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
import { type LineIndex, lineIndex, type LineIndexOptions } from '../jobs/line-index.js'
import type { Range } from '../arguments/range.js'
import type { WorkOptions } from '../arguments/work.js'
import { FilePart } from './file-part.js'
import { prefetch, type RangeWorkOptions, read } from '../jobs/read.js'
import { type Residency, residency } from '../jobs/residency.js'
import { type SplitOptions, splitRanges } from '../jobs/split-ranges.js'

/**
 * The methods that work on the thread pool, step by step and within the manager's limits, while the event
 * loop goes on. Offsets are indices, as everywhere. They go over the bytes that were there when they were
 * called.
 */
export abstract class AsyncReader extends FilePart {
  /**
   * Brings the bytes of a range into memory on the thread pool, so that reading them
   * afterwards does not stop the event loop. Windows are mapped as far as the manager's limits let them all
   * stay: the rest of a longer range is left out, without an error. A hint, which changes no answer.
   *
   * @throws (rejects) the signal's reason · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · what the system
   * says.
   */
  async prefetch(options: RangeWorkOptions = {}): Promise<void> {
    await prefetch(this.extent(), options)
  }

  /**
   * A copy of `length` bytes (`Infinity`: all there are) at `offset`, fewer where the bytes end first, read
   * on the thread pool and without mapping.
   *
   * @throws (rejects) `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` ·
   * `ERR_SMMAP_FILE_TRUNCATED` when bytes are gone that were there · `ERR_SMMAP_WINDOW_TOO_LARGE` as `slice`
   * · the signal's reason · `ERR_SMMAP_CLOSED`
   */
  async read(offset: number | bigint, length: number | bigint, options: WorkOptions = {}): Promise<Buffer> {
    return read(this.extent(), offset, length, options)
  }

  /**
   * The offset of the first match, searched for on the thread pool, window by window within the manager's
   * limits.
   *
   * @param needle - See {@link AsyncNeedle}.
   * @returns −1 when there is none.
   * @throws (rejects) the signal's reason · what `onProgress` throws · `TypeError` `ERR_INVALID_ARG_VALUE`
   * for an empty needle or an invalid expression, with Rust's message · `ERR_INVALID_ARG_TYPE` · `RangeError`
   * `ERR_OUT_OF_RANGE` · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · `ERR_SMMAP_HANDLE_LIMIT` ·
   * `ERR_SMMAP_MEMORY_LIMIT`
   *
   * @example
   * ```ts
   * const at = await buffer.find({ regex: '(?m)^ERROR' }, { signal: AbortSignal.timeout(5_000) })
   * ```
   */
  async find(needle: AsyncNeedle, options: SearchOptions = {}): Promise<number> {
    return find(this.extent(), needle, options)
  }

  /**
   * The offsets of all matches that do not overlap, from first to last; searched for as far as they are asked
   * for. Leaving the loop lets the file go. See {@link findMatches} for the lengths.
   *
   * @throws (rejects, at the first match asked for or later) as {@link find}.
   */
  async *findAll(needle: AsyncNeedle, options: SearchOptions = {}): AsyncGenerator<number, void, undefined> {
    yield* findAll(this.extent(), needle, options)
  }

  /** As {@link findAll}, with the length of each match: what a regular expression matched. */
  async *findMatches(
    needle: AsyncNeedle,
    options: SearchOptions = {},
  ): AsyncGenerator<Match, void, undefined> {
    yield* findMatches(this.extent(), needle, options)
  }

  /** How many matches {@link findAll} would find. Throws as {@link find}. */
  async count(needle: AsyncNeedle, options: SearchOptions = {}): Promise<number> {
    return countMatches(this.extent(), needle, options)
  }

  /**
   * How many newlines there are, as `wc -l` counts them, counted on the thread pool. Throws as {@link find}.
   */
  async countLines(options: SearchOptions = {}): Promise<number> {
    return countLines(this.extent(), options)
  }

  /**
   * Where every n-th line begins, so that any line is one jump; found on the thread pool. The index can be
   * saved, and loaded by `LineIndex.load`. Throws as {@link find}.
   */
  async lineIndex(options: LineIndexOptions = {}): Promise<LineIndex> {
    return lineIndex(this, options)
  }

  /**
   * Where the `line`-th line after `start` begins, counted from 0, without an index: the newlines up to there
   * are counted on the thread pool. It is the end of the bytes when the last of them is that line's newline;
   * −1 when there are fewer newlines. Throws as {@link find}.
   */
  async offsetOfLine(line: number | bigint, options: SearchOptions = {}): Promise<number> {
    return offsetOfLine(this.extent(), line, options)
  }

  /**
   * The lines that match, as `grep` has them, in the order of the file; searched for on the thread pool, as
   * far as they are asked for. Leaving the loop lets the file go.
   *
   * Each line is matched by itself: no match goes over a newline; `^` and `$` are a line's begin and end.
   * Lines may be of any length; a match of a regular expression in a line longer than 1 MiB is sure to be
   * found up to that length.
   *
   * @param needle - See {@link AsyncNeedle}; it must not contain a newline.
   * @throws (rejects) as {@link find}.
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
    for await (const batch of grepBatches(this.extent(), needle, options)) yield* batch
  }

  /** As {@link grep}, many lines at a time, which is faster where there are millions. */
  async *grepBatches(
    needle: AsyncNeedle,
    options: GrepLinesOptions = {},
  ): AsyncGenerator<GrepBatch, void, undefined> {
    yield* grepBatches(this.extent(), needle, options)
  }

  /** How many lines {@link grep} would select: `grep -c`. Throws as {@link find}. */
  async countMatchingLines(needle: AsyncNeedle, options: GrepOptions = {}): Promise<number> {
    return countMatchingLines(this.extent(), needle, options)
  }

  /**
   * The hash of the bytes. BLAKE3 is computed on the thread pool. The others are `node:crypto`'s: the thread
   * pool reads, 1 MiB at a time, and the calling thread hashes, less than a millisecond at a time.
   *
   * @param algorithm - `'blake3'`, or one of `crypto.getHashes()`.
   * @throws (rejects) `TypeError` `ERR_INVALID_ARG_VALUE` for an unknown algorithm · the signal's reason ·
   * what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * console.log((await buffer.hash('sha256')).toString('hex'))
   * ```
   */
  async hash(algorithm: string = 'sha256', options: HashOptions = {}): Promise<Buffer> {
    return hash(this.extent(), algorithm, options)
  }

  /**
   * Cuts the bytes into ranges of whole records, about equally long, for that many workers. A range ends
   * after the first delimiter at or after its share of the bytes, the last one where the bytes do; together
   * they are all the bytes. Each is what the methods that take a range want: `lines(range)`,
   * `countLines(range)`, `hash('sha256', range)` …
   *
   * @param parts - The most ranges; where records are long there are fewer, and none for no bytes.
   * @throws (rejects) `RangeError` `ERR_OUT_OF_RANGE` · `TypeError` `ERR_INVALID_ARG_VALUE` for an empty
   * delimiter; and as {@link find}.
   *
   * @example
   * ```ts
   * for (const { start, end } of await buffer.splitRanges(4))
   * console.log(`a worker reads ${start} to ${end}`)
   * ```
   */
  async splitRanges(parts: number | bigint, options: SplitOptions = {}): Promise<Range[]> {
    return splitRanges(this.extent(), parts, options)
  }

  /**
   * Which bytes of a range the system has in memory, by `mincore(2)`: windows are
   * mapped for it, and no byte is read. Linux tells the truth only about files that this user owns or may
   * write; all of any other is said to be resident. Windows cannot tell (`ENOSYS`).
   *
   * @throws (rejects) the signal's reason · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · what the system
   * says.
   *
   * @example
   * ```ts
   * const { bytes, resident } = await buffer.residency()
   * console.log(`${Math.round((resident / bytes) * 100)} % are in memory`)
   * ```
   */
  async residency(options: RangeWorkOptions = {}): Promise<Residency> {
    return residency(this.extent(), options)
  }
}
