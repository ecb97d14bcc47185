/**
 * @file Knows how far a reader's ranges go: clamped as Buffer does it, and what is too much for one piece.
 */
import { constants } from 'node:buffer'
import { totalmem } from 'node:os'
import { invalidArgType, WindowTooLargeError } from '../errors/smmap-errors.js'
import { nodeError } from '../errors/node-errors.js'

/**
 * The most bytes a copy may have: beyond the machine's memory there is a process killed, or an hour of
 * swapping.
 */
const LARGEST_COPY: number = Math.min(constants.MAX_LENGTH, totalmem())

/**
 * A number as JavaScript makes it of what it is given. What it refuses to make one of is refused with a code.
 */
function toNumber(value: unknown, name: string): number {
  if (typeof value !== 'symbol' && typeof value !== 'bigint') return Number(value)
  throw invalidArgType(name, 'of type number', value)
}

/** A whole number as `slice` takes an index: what is no number is 0. */
export function toWhole(value: number, name: string): number {
  return Math.trunc(typeof value === 'number' ? value : toNumber(value, name)) || 0
}

/** An index as `slice` takes it, clamped to 0 … length. */
export function toIndex(value: number, length: number): number {
  const index = Math.trunc(value) || 0
  return index < 0 ? Math.max(index + length, 0) : Math.min(index, length)
}

/**
 * A place as `Buffer.prototype.copy` takes it: what is no integer is rounded down, what is no finite number
 * is 0.
 */
export function toPlace(value: number | undefined, otherwise: number, name: string): number {
  if (value === undefined) return otherwise
  const place = Math.floor(toNumber(value, name))
  return Number.isFinite(place) ? place + 0 : 0
}

/** Throws where a copy of that many bytes cannot be had. */
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
 * Throws, as Node does when it is given the bytes, where they cannot become a string: no encoding makes a
 * character of more than three bytes (the four of UTF-8 are two UTF-16 units).
 */
export function checkText(size: number): void {
  if (size <= 3 * constants.MAX_STRING_LENGTH) return
  const limit = constants.MAX_STRING_LENGTH.toString(16)
  throw nodeError(
    new Error(`Cannot create a string longer than 0x${limit} characters`),
    'ERR_STRING_TOO_LONG',
  )
}
