/**
 * @file Searching and counting off the main thread. Knows patterns, ranges and progress; the search is
 * native.
 */
import { types } from 'node:util'
import { toInteger } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { RANGE, type RangeOptions, toRange } from '../arguments/range.js'
import { checkWork, WORK, type WorkOptions } from '../arguments/work.js'
import type { JobOptions, NativeJob, NativeReport } from './job.js'
import { lastStepOf, stepsOf } from './job.js'
import type { Extent } from './extent.js'
import { invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'
import { native, type NativeCursor } from '../native.js'
import { translate } from './regexp.js'
import { toThreads } from './threads.js'

// Every search is a native job that does one turn after another. Here, options are checked and turned into
// offsets in the file. A turn gives its matches as plain numbers, offset and length alternately, which become
// indices of the buffer again when the loop takes them. So a search knows nothing of buffers, and a loop that
// is left early costs only the turns it took.

/** The most matches of a step: few enough that the event loop does not stall over them. */
const BATCH = 1024

/**
 * A regular expression over bytes, in the syntax of Rust's `regex` crate
 * (https://docs.rs/regex/1/regex/#syntax). It has no look-around and no back references, and takes time
 * linear in the file's length. Where the file is UTF-8, `.` is a character; `(?-u:\xFF)` is a byte. Flags are
 * part of the expression: `(?i)`, `(?m)` for `^` and `$` at lines, `(?s)`.
 */
export interface Regex {
  /** The expression. */
  readonly regex: string
}

/**
 * What to look for: a text (as UTF-8), bytes, a {@link Regex}, or a `RegExp`. A `RegExp` is refused where
 * Rust would match it differently: look-around, back references, the flags `v` and `y`, `^` and `$` with the
 * flag `m`, some characters with the flag `i`. Its `lastIndex` and its flags `g` and `d` have no effect.
 *
 * Text and bytes are found at any length. A match of a regular expression is found whole up to 1 MiB; a
 * longer one may be cut or missed, whatever the windows and threads. What is reported always matches: `^`,
 * `$` and `\b` see the bytes around it. As in Rust, an empty match right after another match does not count,
 * nor does one inside a character.
 */
export type AsyncNeedle = string | Uint8Array | Regex | RegExp

/** Where to search, and with how many threads. A match lies whole in the range. */
export interface SearchOptions extends RangeOptions, WorkOptions {
  /**
   * How many threads search at once, from 1 to 256. Default: 1. `os.availableParallelism()` uses them all.
   * Regular expressions, and bytes that can overlap themselves (`abab`), are searched for by one.
   */
  threads?: number | undefined
}

/** Its names, to be spread into those of options that have more. */
export const SEARCH: Names<SearchOptions> = { ...RANGE, threads: true, ...WORK }

/** Where a match is. */
export interface Match {
  /** The index of its first byte in the buffer. */
  offset: number
  /** How many bytes it has; a match of a regular expression may have none. */
  length: number
}

/** A pattern on its way to the native side: bytes, or a regular expression in UTF-8. */
export interface Pattern {
  readonly bytes: Uint8Array
  readonly isRegex: boolean
}

/** A {@link SearchOptions} checked, in offsets in the file. */
interface JobRange extends JobOptions {
  readonly from: number
  readonly to: number
  readonly threads: number
}

/** The offset of the first match; −1: there is none. */
export async function find(extent: Extent, needle: AsyncNeedle, options: SearchOptions): Promise<number> {
  // Leaving the loop at the first match ends the search.
  for await (const report of searchSteps(extent, toPattern(needle), options, 1)) {
    const at = report.numbers[0]
    if (at !== undefined) return at - extent.origin
  }
  return -1
}

/** The matches that do not overlap, from first to last. */
export async function* findMatches(
  extent: Extent,
  needle: AsyncNeedle,
  options: SearchOptions,
): AsyncGenerator<Match, void, undefined> {
  for await (const { numbers } of searchSteps(extent, toPattern(needle), options, BATCH)) {
    for (let index = 0; index < numbers.length; index += 2) {
      yield { offset: (numbers[index] as number) - extent.origin, length: numbers[index + 1] as number }
    }
  }
}

/** The offsets of {@link findMatches}. */
export async function* findAll(
  extent: Extent,
  needle: AsyncNeedle,
  options: SearchOptions,
): AsyncGenerator<number, void, undefined> {
  for await (const { numbers } of searchSteps(extent, toPattern(needle), options, BATCH)) {
    for (let index = 0; index < numbers.length; index += 2) yield (numbers[index] as number) - extent.origin
  }
}

/** How many {@link findMatches} finds. */
export async function countMatches(
  extent: Extent,
  needle: AsyncNeedle,
  options: SearchOptions,
): Promise<number> {
  return (await lastStepOf(searchSteps(extent, toPattern(needle), options, 0)))?.count ?? 0
}

/** How many newlines there are. */
export async function countLines(extent: Extent, options: SearchOptions): Promise<number> {
  const range = toJobRange(extent, toOptions(options, SEARCH))
  const { from, to, threads } = range
  const make = (on: NativeCursor): NativeJob => native.NativeJob.lines(on, from, to, 0, 1, threads)
  return (await lastStepOf(steps(extent, make, range)))?.count ?? 0
}

/** Where the `line`-th line of the range begins; −1: there are fewer newlines. */
export async function offsetOfLine(
  extent: Extent,
  line: number | bigint,
  options: SearchOptions,
): Promise<number> {
  const wanted = toInteger(line, 'line', 0, Number.MAX_SAFE_INTEGER)
  const range = toJobRange(extent, toOptions(options, SEARCH))
  const { from, to } = range
  range.signal?.throwIfAborted()
  // The first line begins where the range does, without a search.
  if (wanted === 0) return from - extent.origin
  for await (const { numbers } of steps(
    extent,
    (on) => native.NativeJob.lines(on, from, to, wanted, 1, 1),
    range,
  )) {
    if (numbers[0] !== undefined) return numbers[0] - extent.origin
  }
  return -1
}

/** The turns of a native job over an extent; none if there is nothing to read. */
export async function* steps(
  { cursor }: Extent,
  make: (on: NativeCursor) => NativeJob,
  options: JobOptions,
): AsyncGenerator<NativeReport> {
  // Even if there is nothing to read: an aborted call always rejects.
  options.signal?.throwIfAborted()
  if (cursor !== null) yield* stepsOf(cursor, make, options)
}

/** The turns of a search for a pattern, with at most `most` matches in each step. */
export function searchSteps(
  extent: Extent,
  { bytes, isRegex }: Pattern,
  options: SearchOptions,
  most: number,
): AsyncGenerator<NativeReport> {
  const range = toJobRange(extent, toOptions(options, SEARCH))
  const { origin, length } = extent
  // First what the pattern may see, then where matches may lie: `^` and `\b` look beyond the range, but not
  // beyond the buffer.
  const spans = Float64Array.of(origin, origin + length, range.from, range.to)
  const { threads } = range
  const make = (on: NativeCursor): NativeJob =>
    native.NativeJob.search(on, bytes, isRegex, spans, most, threads)
  return steps(extent, make, range)
}

/** Options as offsets in the file, and progress in the caller's terms. */
export function toJobRange({ origin, length }: Extent, options: SearchOptions): JobRange {
  const { start, end } = toRange(options, length)
  const { threads = 1, signal, onProgress } = options
  checkWork(options)
  const report =
    onProgress &&
    ((position: number, found: number) => {
      onProgress({ bytesScanned: position - origin - start, bytesTotal: end - start, found })
    })
  return { from: origin + start, to: origin + end, threads: toThreads(threads), signal, onProgress: report }
}

/** The pattern that a program asks for. */
export function toPattern(needle: AsyncNeedle, name: string = 'needle'): Pattern {
  if (types.isRegExp(needle)) return { bytes: Buffer.from(translate(needle)), isRegex: true }
  if (typeof needle === 'object' && needle !== null && 'regex' in needle) {
    const { regex } = needle
    if (typeof regex !== 'string') throw invalidArgType(`${name}.regex`, 'of type string', regex)
    return { bytes: Buffer.from(regex), isRegex: true }
  }
  if (typeof needle !== 'string' && !types.isUint8Array(needle)) {
    throw invalidArgType(
      name,
      'of type string or an instance of Uint8Array, RegExp or { regex: string }',
      needle,
    )
  }
  if (needle.length === 0) throw invalidArgValue(name, needle, 'must not be empty')
  // A copy: the program may change its bytes while the search runs.
  return { bytes: Buffer.from(needle), isRegex: false }
}
