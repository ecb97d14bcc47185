/** @file Searching and counting off the main thread. Knows needles, ranges and progress; the searching is native. */
import { types } from 'node:util'
import { toInteger, toOffset } from '../arguments/arguments.js'
import type { JobOptions, NativeJob, NativeReport } from './job.js'
import { lastStepOf, stepsOf } from './job.js'
import type { RegionCursor } from '../panes/region-cursor.js'
import { invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'
import { native } from '../native.js'
import { translate } from './regexp.js'
import { toThreads } from './threads.js'

/** How many matches a step hands over at most: what a turn of the event loop takes in without a stall. */
const BATCH = 1024

/**
 * A regular expression over bytes, in the syntax of Rust's `regex` crate (https://docs.rs/regex/1/regex/#syntax), which has
 * no look-around and no back references and takes time linear in the file's length. Where the file is UTF-8, a
 * character is a character; `(?-u:\xFF)` is a byte. Flags are written in: `(?i)`, `(?m)` for `^` and `$` at lines, `(?s)`.
 */
export interface Regex {
  readonly regex: string
}

/**
 * What can be looked for: a text (as UTF-8), bytes, a {@link Regex}, or JavaScript's `RegExp` as far as Rust takes it the same
 * way, character by character; where it does not (look-around, back references, flags `v` and `y`, `^` and `$` with
 * flag `m`, some of flag `i`) it is refused. Its `lastIndex` and its flags `g` and `d` mean nothing here.
 *
 * Text and bytes are found however long they are. A match of a regular expression is sure to be found whole up to 1 MiB; a
 * longer one may be cut or missed, depending on where windows lie. What is reported always matches:
 * `^`, `$` and `\b` see the bytes that are there. An empty
 * match right behind another match is none, as in Rust, and none lies within a character.
 */
export type AsyncNeedle = string | Uint8Array | Regex | RegExp

/** Where to search, and who may end it. Offsets count from the reader's begin. */
export interface SearchOptions {
  /** Where the first match may begin. Default: 0. */
  from?: number | bigint | undefined
  /** Matches lie whole before it. Default, and at most: the reader's `length`. */
  to?: number | bigint | undefined
  /**
   * How many threads go over the file at once, at most 256. Default: 1; `os.availableParallelism()` is all there are.
   * A regular expression, and bytes that may overlap themselves (`abab`), are looked for by one.
   */
  threads?: number | undefined
  /**
   * Ends the search with the signal's reason: within some 10 ms, or after the step it is at where that takes longer (at most a
   * window, and 32 MiB a thread).
   */
  signal?: AbortSignal | undefined
  /** Called at most 20 times a second, and once at the end. When it throws, the search ends with that error. */
  onProgress?: ((progress: SearchProgress) => void) | undefined
}

/** How far a search is. */
export interface SearchProgress {
  /** Bytes gone over. */
  bytesScanned: number
  /** Bytes between `from` and `to`. */
  bytesTotal: number
  /** What was found in those gone over, where something is counted: matches or lines. */
  found: number
}

/** Where a match lies. */
export interface Match {
  /** Counted from the reader's begin. */
  offset: number
  /** In bytes; a regular expression may match none. */
  length: number
}

/** What of a file a reader reads, at the moment of a call. */
export interface Extent {
  /** `null`: there is nothing to read. */
  readonly cursor: RegionCursor | null
  /** Offset in the file. */
  readonly begin: number
  readonly length: number
}

/** A {@link SearchOptions} checked, in offsets in the file. */
interface Range extends JobOptions {
  readonly from: number
  readonly to: number
  readonly threads: number
}

/** The offset of the first match; −1: there is none. */
export async function find(extent: Extent, needle: AsyncNeedle, options: SearchOptions): Promise<number> {
  for await (const report of searchSteps(extent, needle, options, 1)) {
    const at = report.numbers[0]
    if (at !== undefined) return at - extent.begin
  }
  return -1
}

/** The matches that do not overlap, from first to last. */
export async function* findMatches(
  extent: Extent,
  needle: AsyncNeedle,
  options: SearchOptions,
): AsyncGenerator<Match, void, undefined> {
  for await (const { numbers } of searchSteps(extent, needle, options, BATCH)) {
    for (let index = 0; index < numbers.length; index += 2) {
      yield { offset: (numbers[index] as number) - extent.begin, length: numbers[index + 1] as number }
    }
  }
}

/** The offsets of {@link findMatches}. */
export async function* findAll(
  extent: Extent,
  needle: AsyncNeedle,
  options: SearchOptions,
): AsyncGenerator<number, void, undefined> {
  for await (const { numbers } of searchSteps(extent, needle, options, BATCH)) {
    for (let index = 0; index < numbers.length; index += 2) yield (numbers[index] as number) - extent.begin
  }
}

/** How many {@link findMatches} finds. */
export async function countMatches(
  extent: Extent,
  needle: AsyncNeedle,
  options: SearchOptions,
): Promise<number> {
  return (await lastStepOf(searchSteps(extent, needle, options, 0)))?.count ?? 0
}

/** How many newlines there are. */
export async function countLines(extent: Extent, options: SearchOptions): Promise<number> {
  const range = toRange(extent, options)
  const { from, to, threads } = range
  const begin = (handle: number): NativeJob => native.NativeJob.lines(handle, from, to, 0, 1, threads)
  return (await lastStepOf(steps(extent, begin, range)))?.count ?? 0
}

/** Where the `line`-th line behind `from` begins; −1: there are fewer newlines. */
export async function offsetOfLine(
  extent: Extent,
  line: number | bigint,
  options: SearchOptions,
): Promise<number> {
  const wanted = toInteger(line, 'line', 0, Number.MAX_SAFE_INTEGER)
  const range = toRange(extent, options)
  const { from, to } = range
  if (wanted === 0) return from - extent.begin
  for await (const { numbers } of steps(
    extent,
    (handle) => native.NativeJob.lines(handle, from, to, wanted, 1, 1),
    range,
  )) {
    if (numbers[0] !== undefined) return numbers[0] - extent.begin
  }
  return -1
}

/** The steps of a native job over a extent; none where there is nothing to read. */
export async function* steps(
  { cursor }: Extent,
  make: (handle: number) => NativeJob,
  options: JobOptions,
): AsyncGenerator<NativeReport> {
  options.signal?.throwIfAborted()
  if (cursor !== null) yield* stepsOf(cursor, make, options)
}

function searchSteps(
  extent: Extent,
  needle: AsyncNeedle,
  options: SearchOptions,
  most: number,
): AsyncGenerator<NativeReport> {
  const { bytes, isRegex } = toPattern(needle)
  const range = toRange(extent, options)
  const { begin, length } = extent
  const places = Float64Array.of(begin, begin + length, range.from, range.to)
  const { threads } = range
  const start = (handle: number): NativeJob =>
    native.NativeJob.search(handle, bytes, isRegex, places, most, threads)
  return steps(extent, start, range)
}

/** Options as offsets in the file, and progress in the caller's terms. */
export function toRange({ begin, length }: Extent, options: SearchOptions): Range {
  const { from = 0, to = length, threads = 1, signal, onProgress } = options
  const first = Math.min(toOffset(from, 'options.from'), length)
  const last = Math.max(first, Math.min(toOffset(to, 'options.to'), length))
  checkSignal(signal)
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgType('options.onProgress', 'of type function', onProgress)
  }
  const tell =
    onProgress &&
    ((position: number, found: number) => {
      onProgress({ bytesScanned: position - begin - first, bytesTotal: last - first, found })
    })
  return { from: begin + first, to: begin + last, threads: toThreads(threads), signal, onProgress: tell }
}

export function checkSignal(signal: unknown): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidArgType('options.signal', 'an instance of AbortSignal', signal)
  }
}

/** What the native side looks for. */
export function toPattern(needle: AsyncNeedle): { bytes: Uint8Array; isRegex: boolean } {
  if (types.isRegExp(needle)) return { bytes: Buffer.from(translate(needle)), isRegex: true }
  if (typeof needle === 'object' && needle !== null && 'regex' in needle) {
    if (typeof needle.regex !== 'string') throw invalidArgType('needle.regex', 'of type string', needle.regex)
    return { bytes: Buffer.from(needle.regex), isRegex: true }
  }
  if (typeof needle !== 'string' && !types.isUint8Array(needle)) {
    throw invalidArgType(
      'needle',
      'of type string or an instance of Uint8Array, RegExp or { regex: string }',
      needle,
    )
  }
  if (needle.length === 0) throw invalidArgValue('needle', needle, 'must not be empty')
  // A copy: the bytes are looked for from when the search was asked for, whatever becomes of them.
  return { bytes: Buffer.from(needle), isRegex: false }
}
