/** @file Knows the reading interface that all long buffers share; no manager and no public cursor. */
import { constants } from 'node:buffer'
import { totalmem } from 'node:os'
import { types } from 'node:util'
import { toOffset, toSize } from '../arguments.js'
import { invalidArgType, outOfRange, WindowTooLargeError } from '../errors.js'
import { nodeError } from '../node-errors.js'
import { NumberReader } from './number-reader.js'
import { type Needle, planSearch } from './search-plan.js'

/** The most bytes a copy may have: beyond the machine's memory there is a process killed, or an hour of swapping. */
const LARGEST_COPY = Math.min(constants.MAX_LENGTH, totalmem())

/** A typed array's class: `Float32Array`, `BigUint64Array` … */
export interface TypedArrayClass<T> {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): T
  new (memory: ArrayBufferLike, byteOffset: number, length: number): T
}

/**
 * A stretch of a file as one long buffer. Indices, slices, numbers and searches are those of a `Buffer` with the same
 * bytes, whatever windows lie below and however long the file is.
 */
export abstract class Reader extends NumberReader {
  /**
   * A copy of the bytes from `start` to `end`, clamped as `Array.prototype.slice` does it: negative ones count from the
   * end, and a reversed range is empty.
   *
   * Costs the copying and the page faults; no limit but that of a Buffer. For large ranges within a window,
   * {@link subarray} copies nothing.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for more bytes than a Buffer (4 GiB in Node 20) or the machine's memory holds;
   * and as `at`.
   */
  slice(start: number = 0, end: number = this.length): Buffer {
    const from = toIndex(start, this.length)
    const size = Math.max(toIndex(end, this.length) - from, 0)
    checkCopy(size)
    const copy = Buffer.allocUnsafe(size)
    this.copyBytes(copy, 0, this.begin + from, this.begin + from + size)
    return copy
  }

  /**
   * The bytes from `start` to `end`, clamped as in {@link slice}, without copying: a view of the mapped file, up to a
   * window long. It stays right for as long as it is reachable, wherever the buffer is read next; writing to it
   * changes memory of this process only. Where the runtime allows no such views (`manager.zeroCopy` is `false`), or very
   * many of them linger, it is a copy.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for more bytes than a window, or a Buffer, holds; and as `at`.
   */
  subarray(start: number = 0, end: number = this.length): Buffer {
    const from = toIndex(start, this.length)
    const size = toIndex(end, this.length) - from
    if (size <= 0) return Buffer.alloc(0)
    if (size > this.#windowSize) throw tooLarge(size, this.#windowSize)
    return this.#view(this.begin + from, size)
  }

  /**
   * Copies the bytes from `sourceStart` to `sourceEnd` to `target` from `targetStart` on, as many as there is room for:
   * `Buffer.prototype.copy`, with its checks. Copies any length without a Buffer in between.
   *
   * @returns How many bytes.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `target` is no Uint8Array.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when a place is negative, or `sourceStart` beyond the end; and as `at`.
   */
  copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number {
    if (!types.isUint8Array(target)) {
      throw invalidArgType('target', 'an instance of Buffer or Uint8Array', target)
    }
    const { length } = this
    const to = toPlace(targetStart, 0)
    if (to < 0) throw outOfRange('targetStart', '>= 0', to)
    const from = toPlace(sourceStart, 0)
    if (from < 0 || from > length) throw outOfRange('sourceStart', `>= 0 && <= ${length}`, from)
    const end = toPlace(sourceEnd, length)
    if (end < 0) throw outOfRange('sourceEnd', '>= 0', end)
    const size = Math.min(end - from, length - from, target.length - to)
    if (size <= 0) return 0
    this.copyBytes(target, to, this.begin + from, this.begin + from + size)
    return size
  }

  /**
   * `count` numbers from byte `offset` on, as a typed array in the byte order of this machine (little-endian on all
   * that Node runs on but s390x and AIX). It is a view like {@link subarray} where it fits a window and `offset` in
   * the file is a multiple of the element's size; else a copy.
   *
   * @param Type - `Float32Array`, `BigInt64Array`, or any other typed array's class.
   * @param offset - In bytes; any, aligned or not.
   * @param count - In elements; as many as there are from there on, if not given.
   *
   * @example The 1,000 floats behind a header of 64 bytes:
   * ```ts
   * const samples = buffer.array(Float32Array, 64, 1000)
   * ```
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`, also when there are fewer elements.
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` when the copy would be as large as {@link slice} refuses it; and as `at`.
   */
  array<T extends NodeJS.TypedArray>(
    Type: TypedArrayClass<T>,
    offset: number | bigint = 0,
    count?: number | bigint,
  ): T {
    if (typeof Type !== 'function' || !Number.isInteger(Type.BYTES_PER_ELEMENT)) {
      throw invalidArgType('Type', 'the class of a typed array', Type)
    }
    const unit = Type.BYTES_PER_ELEMENT
    const from = toOffset(offset)
    if (from > this.length) throw outOfRange('offset', `>= 0 and <= ${this.length}`, from)
    const available = Math.floor((this.length - from) / unit)
    const wanted = count === undefined ? available : toSize(count, 'count')
    if (wanted > available) throw outOfRange('count', `>= 0 and <= ${available}`, wanted)
    return this.#array(Type, this.begin + from, wanted)
  }

  /**
   * The bytes as text: `Buffer.prototype.toString`. A negative `start` or `end` therefore is 0, other than in
   * {@link slice}. Characters across windows are whole; those cut by `start` or `end` decode to U+FFFD.
   *
   * Copies the range once before it decodes it.
   *
   * @throws `TypeError` `ERR_UNKNOWN_ENCODING` · `ERR_STRING_TOO_LONG` for more than `buffer.constants.MAX_STRING_LENGTH`
   * UTF-16 units (512 Mi); and as {@link slice}.
   */
  override toString(encoding?: BufferEncoding, start: number = 0, end: number = this.length): string {
    const { length } = this
    const from = Math.min(Math.max(Math.trunc(start) || 0, 0), length)
    const to = Math.min(Math.trunc(end) || 0, length)
    if (to <= from) return ''
    // No encoding makes a character of more than three bytes (the four of UTF-8 are two UTF-16 units), so a range
    // that cannot become a string is refused before it is copied.
    if (to - from > 3 * constants.MAX_STRING_LENGTH) throw stringTooLong()
    // Not decoded in place: at an odd address, Node 24 corrupts its memory when it decodes UTF-16.
    return this.slice(from, to).toString(encoding)
  }

  /**
   * The index of the first match at or after `byteOffset`, as `Buffer.prototype.indexOf`: across windows, and for any
   * length (a Buffer's own search goes wrong beyond 2 GiB). One native call; the event loop waits until it is done.
   *
   * @param value - Text, one byte as a number (modulo 256), or bytes. An empty one is found where the search starts.
   * @param byteOffset - Negative ones count from the end.
   * @param encoding - Of a text; UTF-8 if not given. UTF-16 matches at even indices only, as Buffer does it.
   * @returns −1 when there is none.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_UNKNOWN_ENCODING`; and as `at`.
   */
  indexOf(value: Needle, byteOffset?: number, encoding?: BufferEncoding): number
  indexOf(value: Needle, encoding: BufferEncoding): number
  indexOf(value: Needle, byteOffset?: number | BufferEncoding, encoding?: BufferEncoding): number {
    return this.#search(value, byteOffset, encoding, false)
  }

  /**
   * The index of the last match at or before `byteOffset`, as `Buffer.prototype.lastIndexOf`; else as {@link indexOf}.
   *
   * @throws As {@link indexOf}.
   */
  lastIndexOf(value: Needle, byteOffset?: number, encoding?: BufferEncoding): number
  lastIndexOf(value: Needle, encoding: BufferEncoding): number
  lastIndexOf(value: Needle, byteOffset?: number | BufferEncoding, encoding?: BufferEncoding): number {
    return this.#search(value, byteOffset, encoding, true)
  }

  /**
   * Whether {@link indexOf} finds a match.
   *
   * @throws As {@link indexOf}.
   */
  includes(value: Needle, byteOffset?: number, encoding?: BufferEncoding): boolean
  includes(value: Needle, encoding: BufferEncoding): boolean
  includes(value: Needle, byteOffset?: number | BufferEncoding, encoding?: BufferEncoding): boolean {
    return this.#search(value, byteOffset, encoding, false) !== -1
  }

  /**
   * The bytes one by one, from index 0 to the `length` at that moment. Reading elsewhere meanwhile does no harm.
   * It costs more than a loop of `at`, and much more than one over a {@link subarray}.
   *
   * @throws As `at`.
   */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let index = 0; index < this.length; index += 1) yield this.byteAt(index)
  }

  get #windowSize(): number {
    return this.regionCursor?.windowSize ?? 0
  }

  #view(offset: number, size: number): Buffer {
    return this.lead(offset, size).view(offset, size)
  }

  #array<T extends NodeJS.TypedArray>(Type: TypedArrayClass<T>, offset: number, count: number): T {
    const unit = Type.BYTES_PER_ELEMENT
    const size = count * unit
    if (size > 0 && size <= this.#windowSize && offset % unit === 0) {
      const { buffer, byteOffset } = this.#view(offset, size)
      if (byteOffset % unit === 0) return new Type(buffer, byteOffset, count)
    }
    checkCopy(size)
    const copy = new Type(count)
    this.copyBytes(new Uint8Array(copy.buffer), 0, offset, offset + size)
    return copy
  }

  #search(
    value: Needle,
    byteOffset: number | string | undefined,
    encoding: string | undefined,
    last: boolean,
  ): number {
    const plan = planSearch(value, byteOffset, encoding, this.length, last)
    if (typeof plan === 'number') return plan
    const { needle, unit } = plan
    let begin = this.begin + plan.begin
    let end = this.begin + plan.end
    for (;;) {
      const found = this.lead(last ? end - 1 : begin, 0).search(needle, begin, end, last)
      if (found < 0) return -1
      if ((found - this.begin) % unit === 0) return found - this.begin
      // Between two code units: on from the next byte.
      if (last) end = found + needle.length - 1
      else begin = found + 1
    }
  }
}

/** An index as `slice` takes it, clamped to 0 … length. */
function toIndex(value: number, length: number): number {
  const index = Math.trunc(value) || 0
  return index < 0 ? Math.max(index + length, 0) : Math.min(index, length)
}

/** A place as `Buffer.prototype.copy` takes it: what is no integer is rounded down, what is no finite number is 0. */
function toPlace(value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  const place = Math.floor(value)
  return Number.isFinite(place) ? place + 0 : 0
}

function checkCopy(size: number): void {
  if (size <= LARGEST_COPY) return
  throw new WindowTooLargeError(
    `a copy of ${size} bytes is more than this runtime and machine hold (${LARGEST_COPY}): copy it in parts`,
  )
}

function tooLarge(size: number, windowSize: number): WindowTooLargeError {
  return new WindowTooLargeError(
    `${size} bytes cannot be shown in one piece, a window has ${windowSize}: ask for fewer, copy them by slice(), ` +
      `or give the manager a larger windowSize`,
  )
}

/** As Node throws it when it is given the bytes. */
function stringTooLong(): Error {
  const limit = constants.MAX_STRING_LENGTH.toString(16)
  return nodeError(
    new Error(`Cannot create a string longer than 0x${limit} characters`),
    'ERR_STRING_TOO_LONG',
  )
}
