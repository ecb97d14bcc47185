/** @file What a reader does off the main thread: names, checks and docs of the methods. How it is done stands elsewhere. */
import {
  type AsyncNeedle,
  countLines,
  countMatches,
  find,
  findAll,
  findMatches,
  type Match,
  type SearchOptions,
} from './async-search.js'
import { toIndex } from './bounds.js'
import { type LineIndex, lineIndex, type LineIndexOptions } from './line-index.js'
import { NumberReader } from './number-reader.js'
import { type AbortOptions, prefetch, read } from './prefetch.js'

/**
 * The methods that work on the thread pool, step by step and within the manager's limits, while the event loop goes on.
 * Offsets are indices, as everywhere. They go over the bytes that were there when they were called.
 */
export abstract class AsyncReader extends NumberReader {
  /**
   * Brings the bytes from `start` to `end` (clamped as in `slice`) into memory on the thread pool, so that reading them
   * afterwards does not stop the event loop. Windows are mapped as far as the manager's limits let them all stay: the
   * rest of a longer range is left out, without an error. A hint, which changes no answer.
   *
   * @throws (rejects) the signal's reason · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · what the system says.
   */
  async prefetch(start: number = 0, end: number = this.length, options: AbortOptions = {}): Promise<void> {
    const from = toIndex(start, this.length)
    await prefetch(this.extent(), from, Math.max(toIndex(end, this.length), from), options)
  }

  /**
   * A copy of `length` bytes at `offset`, fewer where the bytes end first, read on the thread pool and without mapping.
   *
   * @throws (rejects) `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` · `ERR_SMMAP_FILE_TRUNCATED` when bytes are
   * gone that were there · `ERR_SMMAP_WINDOW_TOO_LARGE` as `slice` · the signal's reason · `ERR_SMMAP_CLOSED`
   */
  async read(offset: number | bigint, length: number | bigint, options: AbortOptions = {}): Promise<Buffer> {
    return read(this.extent(), offset, length, options)
  }

  /**
   * The offset of the first match, searched for on the thread pool, window by window within the manager's limits.
   *
   * @param needle - See {@link AsyncNeedle}.
   * @returns −1 when there is none.
   * @throws (rejects) the signal's reason · what `onProgress` throws · `TypeError` `ERR_INVALID_ARG_VALUE` for an empty needle or
   * an invalid expression, with Rust's message · `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` ·
   * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_MEMORY_LIMIT`
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
   * The offsets of all matches that do not overlap, from first to last; searched for as far as they are asked for. Leaving
   * the loop lets the file go. See {@link findMatches} for the lengths.
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

  /** How many newlines there are, as `wc -l` counts them, counted on the thread pool. Throws as {@link find}. */
  async countLines(options: SearchOptions = {}): Promise<number> {
    return countLines(this.extent(), options)
  }

  /**
   * Where every n-th line begins, so that any line is one jump; found on the thread pool. The index can be saved, and
   * loaded by `LineIndex.load`. Throws as {@link find}.
   */
  async lineIndex(options: LineIndexOptions = {}): Promise<LineIndex> {
    return lineIndex(this, options)
  }
}
