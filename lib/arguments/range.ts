/**
 * @file A range: a part of a file from `start` up to, but not including, `end`. All methods give and take
 * parts in this form.
 */
import { toInteger } from './arguments.js'
import type { Names } from './options.js'

/**
 * A part of a file, as indices that `subarray`, `slice` and `toString` take. Methods that take a range accept
 * it as it is.
 */
export interface Range {
  /** Index of the first byte. */
  start: number
  /** Index after the last byte (exclusive). */
  end: number
}

/** Which part of the bytes, with indices clamped as in `slice`. */
export interface RangeOptions {
  /** Index of the first byte; negative ones count from the end. Default: 0. */
  start?: number | bigint | undefined
  /** Index after the last byte (exclusive); negative ones count from the end. Default: `length`. */
  end?: number | bigint | undefined
}

/** Its names, to be spread into those of options that have more. */
export const RANGE: Names<RangeOptions> = { start: true, end: true }

/**
 * The range in `length` bytes that is asked for; one whose end lies before its start is empty.
 *
 * @param names - What the two are called.
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`: neither an integer nor
 * infinite.
 */
export function toRange(
  { start, end }: RangeOptions,
  length: number,
  names: readonly [string, string] = ['options.start', 'options.end'],
): Range {
  const from = toIndex(start, names[0], 0, length)
  // A reversed range is empty instead of negative, as in `slice`.
  return { start: from, end: Math.max(from, toIndex(end, names[1], length, length)) }
}

function toIndex(value: unknown, name: string, otherwise: number, length: number): number {
  if (value === undefined) return otherwise
  const isInfinite = value === Infinity || value === -Infinity
  const index = isInfinite ? value : toInteger(value, name, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  return index < 0 ? Math.max(index + length, 0) : Math.min(index, length)
}
