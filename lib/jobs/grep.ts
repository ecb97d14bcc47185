/**
 * @file Lines that match, and the lines around them. Knows options, and how the native side encodes lines;
 * the search is native.
 */
import { toBoolean, toInteger } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { invalidArgType } from '../errors/smmap-errors.js'
import type { NativeJob, NativeReport } from './job.js'
import { lastStepOf } from './job.js'
import { native, type NativeCursor } from '../native.js'
import type { Extent } from './extent.js'
import {
  type AsyncNeedle,
  type Match,
  SEARCH,
  type SearchOptions,
  steps,
  toJobRange,
  toPattern,
} from './search.js'

// The native side gives lines in batches: one array of numbers, and the bytes of all lines one after the
// other. Making an object of each line is the larger part of the work where most lines match, so a batch does
// it only when it is iterated, and `toText()` never does.

/** Which lines are selected. */
export interface GrepOptions extends SearchOptions {
  /** Whether upper and lower case match each other. Default: `false`. */
  ignoreCase?: boolean | undefined
  /** Whether the lines that do not match are selected instead. Default: `false`. */
  invert?: boolean | undefined
  /** How many lines are selected at most; the search ends after the last of them. Default: `Infinity`. */
  maxCount?: number | undefined
}

/** A line that was selected, or one around it. */
export interface GrepLinesOptions extends GrepOptions {
  /** How many lines before each selected line are given too. Default: 0. */
  before?: number | undefined
  /** How many lines after each selected line are given too. Default: 0. */
  after?: number | undefined
  /** Whether lines are numbered, which takes about as long as the search itself. Default: `true`. */
  numbers?: boolean | undefined
  /** Whether all matches in a line are reported. Default: `false`. */
  matches?: boolean | undefined
}

const GREP: Names<GrepOptions> = { ...SEARCH, ignoreCase: true, invert: true, maxCount: true }
const GREP_TEXT: Names<GrepTextOptions> = {
  name: true,
  numbers: true,
  offsets: true,
  firstLine: true,
  firstOffset: true,
}
const GREP_LINES: Names<GrepLinesOptions> = {
  ...GREP,
  before: true,
  after: true,
  numbers: true,
  matches: true,
}

/** A line, by the reader's indices. */
export interface GrepLine {
  /** Its number, 0 for the first line of the range; `undefined` with `numbers: false`. */
  line: number | undefined
  /** Index of its first byte in the buffer. */
  start: number
  /** Index after its last byte (exclusive), without its newline. */
  end: number
  /** `true` for a selected line, `false` for one that `before` or `after` added. */
  isSelected: boolean
  /**
   * Its bytes, without the newline; `undefined` for a line longer than 1 MiB, which `start` and `end` locate.
   */
  bytes: Buffer | undefined
  /** With the option `matches`: its matches, without overlaps and without empty ones. Otherwise empty. */
  matches: Match[]
}

/** What {@link GrepBatch.toText} writes before each line, in this order. */
export interface GrepTextOptions {
  /** The file's name. Default: none. */
  name?: string | undefined
  /** The line's number, from 1 on; not with `numbers: false` of the search. Default: `false`. */
  numbers?: boolean | undefined
  /** The index of the line's first byte. Default: `false`. */
  offsets?: boolean | undefined
  /** The number of the first line of the range, where it is a part of something larger. Default: 1. */
  firstLine?: number | undefined
  /** What is added to each offset, likewise. Default: 0. */
  firstOffset?: number | undefined
}

/** How much the native side reports: its `Detail`. */
const COUNT = 0
const LINES = 1
const MATCHES = 2

/**
 * The numbers of a line before its matches: its number, start, end, selected or not, size of its bytes, how
 * many matches.
 */
const HEADER = 6

/** Lines that were found together, in order. Iterate over it, or print them with {@link toText}. */
export class GrepBatch implements Iterable<GrepLine> {
  /** The bytes of all these lines, each with a newline after it; lines longer than 1 MiB are left out. */
  readonly bytes: Buffer
  /** How many lines were selected up to here, in these batches all together. */
  readonly count: number
  readonly #numbers: Float64Array
  readonly #origin: number
  readonly #isNumbered: boolean

  /** @internal */
  constructor({ numbers, bytes, count }: NativeReport, origin: number, isNumbered: boolean) {
    this.#numbers = numbers
    this.bytes = bytes ?? Buffer.alloc(0)
    this.count = count
    this.#origin = origin
    this.#isNumbered = isNumbered
  }

  /** Whether {@link bytes} has all the lines, which means that none is longer than 1 MiB. */
  get isWhole(): boolean {
    // One array of numbers for all lines of a batch: thousands of objects across the native border would cost
    // more than the search.
    for (let at = 0; at < this.#numbers.length; at += this.#sizeAt(at)) {
      if (this.#at(at + 4) === 0) return false
    }
    return true
  }

  /**
   * The lines as grep prints them: `name:number:offset:line`, with `-` instead of `:` for lines that `before`
   * and `after` added. One native call, much faster than joining millions of lines in JavaScript. Lines
   * longer than 1 MiB are left out: see {@link isWhole}.
   *
   * @throws `TypeError` for options of the wrong type or name · `RangeError` `ERR_OUT_OF_RANGE`
   */
  toText(options?: GrepTextOptions): Buffer {
    const { name, numbers, offsets, firstLine = 1, firstOffset = 0 } = toOptions(options, GREP_TEXT)
    if (name !== undefined && typeof name !== 'string')
      throw invalidArgType('options.name', 'of type string', name)
    return native.linesToText(
      this.#numbers,
      this.bytes,
      toInteger(firstLine, 'options.firstLine', 1, Number.MAX_SAFE_INTEGER) - 1,
      toInteger(firstOffset, 'options.firstOffset', 0, Number.MAX_SAFE_INTEGER) - this.#origin,
      name === undefined ? undefined : Buffer.from(name),
      toBoolean(numbers, 'options.numbers', false) && this.#isNumbered,
      toBoolean(offsets, 'options.offsets', false),
    )
  }

  /** The lines, one by one. */
  *[Symbol.iterator](): Generator<GrepLine, void, undefined> {
    let taken = 0
    for (let at = 0; at < this.#numbers.length; at += this.#sizeAt(at)) {
      const size = this.#at(at + 4)
      // Objects are made here, one at a time, only for lines that the loop takes.
      yield {
        line: this.#isNumbered ? this.#at(at) : undefined,
        start: this.#at(at + 1) - this.#origin,
        end: this.#at(at + 2) - this.#origin,
        isSelected: this.#at(at + 3) === 1,
        bytes: size === 0 ? undefined : this.bytes.subarray(taken, taken + size - 1),
        matches: this.#matchesAt(at),
      }
      taken += size
    }
  }

  #matchesAt(at: number): Match[] {
    return Array.from({ length: this.#at(at + 5) }, (_, index) => {
      const pair = at + HEADER + 2 * index
      return { offset: this.#at(pair) - this.#origin, length: this.#at(pair + 1) }
    })
  }

  #sizeAt(at: number): number {
    return HEADER + 2 * this.#at(at + 5)
  }

  #at(index: number): number {
    return this.#numbers[index] as number
  }
}

/** The lines in the batches that the thread pool gives them in, at most some thousand lines each. */
export async function* grepBatches(
  extent: Extent,
  needle: AsyncNeedle,
  options: GrepLinesOptions,
): AsyncGenerator<GrepBatch, void, undefined> {
  const checked = toOptions(options, GREP_LINES)
  const isNumbered = toBoolean(checked.numbers, 'options.numbers', true)
  const detail = toBoolean(checked.matches, 'options.matches', false) ? MATCHES : LINES
  for await (const report of grepSteps(extent, needle, checked, detail)) {
    if (report.numbers.length > 0) yield new GrepBatch(report, extent.origin, isNumbered)
  }
}

/** How many lines {@link grepBatches} would select. */
export async function countMatchingLines(
  extent: Extent,
  needle: AsyncNeedle,
  options: GrepOptions,
): Promise<number> {
  return (await lastStepOf(grepSteps(extent, needle, toOptions(options, GREP), COUNT)))?.count ?? 0
}

function grepSteps(
  extent: Extent,
  needle: AsyncNeedle,
  options: GrepLinesOptions,
  detail: number,
): AsyncGenerator<NativeReport> {
  const { bytes, isRegex } = toPattern(needle)
  const range = toJobRange(extent, options)
  const { maxCount = Infinity } = options
  // In the form that the native side takes.
  const wanted = {
    isRegex,
    ignoreCase: toBoolean(options.ignoreCase, 'options.ignoreCase', false),
    invert: toBoolean(options.invert, 'options.invert', false),
    detail,
    numbers: toBoolean(options.numbers, 'options.numbers', true),
    before: toLines(options.before, 'options.before'),
    after: toLines(options.after, 'options.after'),
    threads: range.threads,
    most: maxCount === Infinity ? 0 : toInteger(maxCount, 'options.maxCount', 1, Number.MAX_SAFE_INTEGER),
  }
  const make = (on: NativeCursor): NativeJob => native.NativeJob.grep(on, range.from, range.to, bytes, wanted)
  return steps(extent, make, range)
}

function toLines(value: number = 0, name: string): number {
  return value === Infinity ? Number.MAX_SAFE_INTEGER : toInteger(value, name, 0, Number.MAX_SAFE_INTEGER)
}
