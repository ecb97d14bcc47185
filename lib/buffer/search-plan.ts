/**
 * @file Turns the arguments of Buffer's searches into bytes and indices, with Buffer's rules. Reads nothing.
 */
import { types } from 'node:util'
import { copyOf } from '../panes/primordials.js'
import { invalidArgType } from '../errors/smmap-errors.js'
import { nodeError } from '../errors/node-errors.js'

/**
 * What `indexOf`, `lastIndexOf` and `includes` look for: a text, one byte as a number (modulo 256), or bytes.
 */
export type Needle = string | number | Uint8Array

/** Which bytes to find, and between which indices. */
export interface SearchPlan {
  /** At least one byte. */
  readonly needle: Uint8Array
  /** A match lies whole in [start, end). */
  readonly start: number
  readonly end: number
  /** Matches begin at multiples of it: 2 for UTF-16, which Buffer searches by code units. */
  readonly unit: number
}

const UTF16 = new Set(['ucs2', 'ucs-2', 'utf16le', 'utf-16le'])

/** What to look for and from where, as bytes and numbers of our own. */
export interface Wanted {
  readonly bytes: Uint8Array
  readonly unit: number
  readonly isText: boolean
  /** NaN: not given. */
  readonly from: number
}

/**
 * Turns what a program asks for into bytes and numbers of our own. Afterwards no more code of the program
 * runs.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_UNKNOWN_ENCODING`, as a Buffer does.
 */
export function toWanted(
  value: Needle,
  byteOffset: number | string | undefined,
  encoding: string | undefined,
): Wanted {
  if (typeof byteOffset === 'string') return toWanted(value, undefined, byteOffset)
  // `Number()` may call the program's own `valueOf`, so it is called here, before anything is read.
  if (typeof byteOffset === 'symbol') throw invalidArgType('byteOffset', 'of type number', byteOffset)
  const from = Math.trunc(Number(byteOffset))
  const bytes = toBytes(value, encoding)
  // Node ignores the encoding for a number; bytes are searched by its units, as text is.
  const unit = typeof value !== 'number' && UTF16.has(String(encoding).toLowerCase()) ? 2 : 1
  return { bytes, unit, isText: typeof value === 'string', from }
}

/**
 * What `indexOf` (or with `last` `lastIndexOf`) of a Buffer with `length` bytes would do, after
 * `bidirectionalIndexOf` in Node's lib/buffer.js and `IndexOfOffset` in its src/node_buffer.cc.
 *
 * @returns The plan, or the answer if it is known without reading.
 */
export function planSearch(wanted: Wanted, length: number, last: boolean): SearchPlan | number {
  const { bytes, unit, isText } = wanted
  // An odd last byte is no UTF-16 unit.
  const end = length - (length % unit)
  const start = startOf(wanted.from, isText ? end : length, bytes.length, last)
  if (bytes.length === 0 || start < 0) return start
  // A byte that is not a whole unit is cut off, as Buffer does it.
  const needle = bytes.subarray(0, bytes.length - (bytes.length % unit))
  // Backwards a match may end after `start`, forwards it must not begin before.
  const room = last ? end : end - start
  if (bytes.length > room || needle.length === 0) return -1
  const from = start - (start % unit)
  return last
    ? { needle, start: 0, end: Math.min(from + needle.length, end), unit }
    : { needle, start: from, end, unit }
}

/** An unknown encoding is refused for text only, as Node does it. */
function toBytes(value: Needle, encoding: string | undefined): Uint8Array {
  if (typeof value === 'number') return Uint8Array.of(value)
  if (types.isUint8Array(value)) return copyOf(value)
  if (typeof value !== 'string') {
    throw invalidArgType(
      'value',
      'one of type number or string or an instance of Buffer or Uint8Array',
      value,
    )
  }
  const name = encoding === undefined ? 'utf8' : String(encoding)
  if (Buffer.isEncoding(name)) return Buffer.from(value, name)
  throw nodeError(new TypeError(`Unknown encoding: ${name}`), 'ERR_UNKNOWN_ENCODING')
}

/** Where the search starts: an index, for an empty needle also `length`; −1 when nothing can match. */
function startOf(given: number, length: number, size: number, last: boolean): number {
  // The branches are those of `IndexOfOffset`, in its order.
  const offset = Number.isNaN(given) ? (last ? length : 0) : given + 0
  // Counted from the end; before the start, a forward search begins at 0, and a backward one finds nothing.
  if (offset < 0) {
    if (offset + length >= 0) return offset + length
    return last && size > 0 ? -1 : 0
  }
  if (offset + size <= length) return offset
  if (size === 0) return length
  return last ? length - 1 : -1
}
