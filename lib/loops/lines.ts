/** @file Chooses the loop that gives lines in the form that was asked for. */
import { toBoolean } from '../arguments/arguments.js'
import type { Names } from '../arguments/options.js'
import type { Range } from '../arguments/range.js'
import { invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'
import { LineBytes } from './line-bytes.js'
import { LineRanges } from './line-ranges.js'
import { LineTexts } from './line-texts.js'
import { Iteration, LOOP, type LoopOptions, type LoopRange } from './steps.js'

/** Which part of the bytes, and in which form the lines are given. */
export interface LineOptions extends LoopOptions {
  /** How text is decoded; `null`: lines are Buffers. Default: `'utf8'`. */
  encoding?: LineEncoding | null | undefined
  /** Whether each line is given as `{ start, end }`, undecoded. Default: `false`. */
  asRanges?: boolean | undefined
  /** Whether each line keeps its LF or CRLF. Default: `false`. */
  keepEnding?: boolean | undefined
}

export const LINES: Names<LineOptions> = { ...LOOP, encoding: true, asRanges: true, keepEnding: true }

/** The encodings of lines: those in which the byte 0x0A is a newline and nothing else. */
export type LineEncoding = 'utf8' | 'utf-8' | 'latin1' | 'binary'

/** The iteration that `lines()` gives. */
export function linesOf(
  range: LoopRange,
  options: LineOptions,
): Iteration<string> | Iteration<Buffer> | Iteration<Range> {
  const keepsEnding = toBoolean(options.keepEnding, 'options.keepEnding', false)
  const encoding = toEncoding(options.encoding)
  if (toBoolean(options.asRanges, 'options.asRanges', false)) {
    return new Iteration(() => new LineRanges(range, keepsEnding))
  }
  return encoding === null
    ? new Iteration(() => new LineBytes(range, keepsEnding))
    : new Iteration(() => new LineTexts(range, keepsEnding, encoding))
}

function toEncoding(value: unknown = 'utf8'): 'utf8' | 'latin1' | null {
  if (value === null) return null
  if (typeof value !== 'string') throw invalidArgType('options.encoding', 'of type string or null', value)
  const name = value.toLowerCase()
  if (name === 'utf8' || name === 'utf-8') return 'utf8'
  if (name === 'latin1' || name === 'binary') return 'latin1'
  const reason = "must be one of: 'utf8', 'latin1', null (Buffers, to be decoded as you like)"
  throw invalidArgValue('options.encoding', value, reason)
}
