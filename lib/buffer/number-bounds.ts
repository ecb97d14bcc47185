/** @file Checks the offsets of numbers, and refuses them in Buffer's words. Does not read bytes. */
import { nodeError } from '../errors/node-errors.js'
import { invalidArgType, outOfRange } from '../errors/smmap-errors.js'

/** What has bytes with indices from 0 to `length - 1`. */
interface Indexed {
  readonly length: number
}

/** The offset, when `size` bytes lie there. */
export function check(offset: number, size: number, { length }: Indexed): number {
  if (Number.isInteger(offset) && offset >= 0 && offset <= length - size) return offset
  // Only to find the right words: a right offset has returned above.
  if (typeof offset !== 'number') throw invalidArgType('offset', 'of type number', offset)
  throw boundsError('offset', offset, 0, length - size)
}

/** In Buffer's order: an offset that is missing, then the byte length, then the offset. */
export function checkBoth(offset: number, byteLength: number, bytes: Indexed): number {
  if (offset === undefined) throw invalidArgType('offset', 'of type number', offset)
  if (!(Number.isInteger(byteLength) && byteLength >= 1 && byteLength <= 6)) {
    throw boundsError('byteLength', byteLength, 1, 6)
  }
  return check(offset, byteLength, bytes)
}

/** Buffer's error for a number that is no integer in its range. `Math.floor` refuses a bigint, as there. */
function boundsError(name: string, value: number, least: number, most: number): Error {
  if (Math.floor(value) !== value) {
    return typeof value === 'number'
      ? outOfRange(name, 'an integer', value)
      : invalidArgType(name, 'of type number', value)
  }
  if (most < 0) {
    const error = new RangeError('Attempt to access memory outside buffer bounds')
    return nodeError(error, 'ERR_BUFFER_OUT_OF_BOUNDS')
  }
  return outOfRange(name, `>= ${least} and <= ${most}`, value)
}
