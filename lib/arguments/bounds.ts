/**
 * @file Checks a reader's indices: clamps them as Buffer does, and refuses copies that are too large.
 */
import { constants } from 'node:buffer'
import { totalmem } from 'node:os'
import { invalidArgType, WindowTooLargeError } from '../errors/smmap-errors.js'
import { nodeError } from '../errors/node-errors.js'

/**
 * The most bytes a copy may have. With more than the machine's memory, the system would kill the process or
 * swap for an hour.
 */
const LARGEST_COPY: number = Math.min(constants.MAX_LENGTH, totalmem())

/**
 * JavaScript's conversion to a number. Values that it refuses are refused with a code.
 */
function toNumber(value: unknown, name: string): number {
  // `Number(symbol)` throws an error without a code; `Number(bigint)` would go on with a rounded number.
  if (typeof value !== 'symbol' && typeof value !== 'bigint') return Number(value)
  throw invalidArgType(name, 'of type number', value)
}

/** A whole number as `slice` takes an index: 0 if it is not a number. */
export function toWhole(value: number, name: string): number {
  return Math.trunc(typeof value === 'number' ? value : toNumber(value, name)) || 0
}

/** An index as `slice` takes it, clamped to 0 … length. */
export function toIndex(value: number, length: number): number {
  const index = Math.trunc(value) || 0
  return index < 0 ? Math.max(index + length, 0) : Math.min(index, length)
}

/**
 * An index as `Buffer.prototype.copy` takes it: a fraction is rounded down; 0 if it is not a finite number.
 */
export function toCopyIndex(value: number | undefined, otherwise: number, name: string): number {
  if (value === undefined) return otherwise
  const index = Math.floor(toNumber(value, name))
  return Number.isFinite(index) ? index + 0 : 0
}

/** Throws if a copy of that many bytes cannot be made. */
export function checkCopy(size: number): void {
  if (size <= LARGEST_COPY) return
  throw new WindowTooLargeError(
    `a copy of ${size} bytes is more than this runtime and machine hold (${LARGEST_COPY}): copy it in parts`,
  )
}

export function tooLarge(size: number, windowSize: number): WindowTooLargeError {
  return new WindowTooLargeError(
    `${size} bytes cannot be shown in one piece, a window has ${windowSize}: ask for fewer, ` +
      'copy them by slice(), or give the manager a larger windowSize',
  )
}

/**
 * Throws, as Node does when it is given the bytes, if that many bytes cannot become a string.
 */
export function checkText(size: number): void {
  // No encoding makes one UTF-16 unit of more than three bytes: the four of UTF-8 make two.
  if (size <= 3 * constants.MAX_STRING_LENGTH) return
  const limit = constants.MAX_STRING_LENGTH.toString(16)
  throw nodeError(
    new Error(`Cannot create a string longer than 0x${limit} characters`),
    'ERR_STRING_TOO_LONG',
  )
}
