/** @file Knows the reading interface that all long buffers share; no manager and no public cursor. */
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { types } from 'node:util'
import { toOffset, toSize } from '../arguments/arguments.js'
import type { RegionCursor } from '../panes/region-cursor.js'
import { ClosedError, invalidArgType, outOfRange } from '../errors/smmap-errors.js'
import { View } from '../panes/pane.js'
import { AsyncReader } from './async-reader.js'
import { checkCopy, checkText, toIndex, tooLarge, toPlace } from '../arguments/bounds.js'
import { CHUNKS, type ChunkOptions, chunksOf } from '../loops/chunks.js'
import { type Range, toRange } from '../arguments/range.js'
import { toOptions } from '../arguments/options.js'
import { checkWork } from '../arguments/work.js'
import { type LineEncoding, type LineOptions, LINES, linesOf } from '../loops/lines.js'
import { type Needle, planSearch } from './search-plan.js'
import { copySmall, SMALL } from '../panes/small-copy.js'
import { type Iteration, LOOP, type LoopOptions, type Stretch } from '../loops/steps.js'
import { type ReadStreamOptions, toReadable, toReadableStream } from '../loops/streams.js'

/** How far a search looks by itself: as long as that takes less than a native call (1.2 µs), or little more. */
const NEAR = 2 ** 14

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
export abstract class LongBuffer extends AsyncReader {
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
    const at = this.begin + from
    const place = size <= SMALL ? this.seen.find(at, at + size) : -1
    if (place >= 0) return this.confirmed(copySmall(this.seen.data(place), at - this.seen.begin(place), size))
    checkCopy(size)
    const copy = Buffer.allocUnsafe(size)
    this.copyBytes(copy, 0, at, at + size)
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
    checkText(to - from)
    // Not decoded in place: at an odd address, Node 24 corrupts its memory when it decodes UTF-16.
    return this.slice(from, to).toString(encoding)
  }

  /**
   * The index of the first match at or after `byteOffset`, as `Buffer.prototype.indexOf`: across windows, and for any
   * length (a Buffer's own search goes wrong beyond 2 GiB). The first 16 KiB are searched in place, the rest by one native
   * call; the event loop waits until it is done.
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

  /**
   * The bytes from `start` to `end` as one view after the other, for `for … of` and `for await … of`. Each stays right as
   * {@link subarray}'s views do, and is as little copied.
   *
   * The length is that at the call: what a file grows by meanwhile is not seen. When the file is cut, the loop throws
   * before it gives a chunk whose bytes are gone; the one given before may read as zeros by then, as every view.
   *
   * @example
   * ```ts
   * let ones = 0
   * for await (const chunk of buffer.chunks()) for (const byte of chunk) ones += byte & 1
   * ```
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for a `size` of more than a window · `TypeError` · `RangeError`
   * @throws (the loop) the signal's reason · what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`; and as `at`.
   */
  chunks(options: ChunkOptions = {}): Iteration<Buffer> {
    const given = toOptions(options, CHUNKS)
    return chunksOf(this.#stretch(given), given)
  }

  /**
   * The lines from `start` to `end`, for `for … of` and `for await … of`: as strings, with `encoding: null` as Buffers, or
   * with `asRanges` as where they are, which is the fastest.
   *
   * Lines end with LF or CRLF; a CR alone is part of a line (unlike in `node:readline`). The last line need not end; behind
   * an ending there is no further one. A line may be longer than a window. Strings and Buffers are cut from copies of
   * 64 KiB or more, which stay in memory as long as one of their lines does; {@link subarray} makes a view of a range.
   *
   * @example The slow requests of a log of any size:
   * ```ts
   * for (const line of buffer.lines()) if (line.includes('timeout')) console.log(line)
   * ```
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`: an encoding in which 0x0A is not a newline.
   * @throws (the loop) the signal's reason · what `onProgress` throws · `ERR_STRING_TOO_LONG` · `ERR_SMMAP_WINDOW_TOO_LARGE` for a line that no string, or Buffer, can hold ·
   * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`; and as `at`.
   */
  lines(options: LineOptions & { asRanges: true }): Iteration<Range>
  lines(options: LineOptions & { encoding: null; asRanges?: false | undefined }): Iteration<Buffer>
  lines(
    options?: LineOptions & { encoding?: LineEncoding | undefined; asRanges?: false | undefined },
  ): Iteration<string>
  lines(options: LineOptions = {}): Iteration<string> | Iteration<Buffer> | Iteration<Range> {
    const given = toOptions(options, LINES)
    return linesOf(this.#stretch(given), given)
  }

  /**
   * A Node.js stream of the bytes from `start` to `end`, **inclusive**: these are the options of `fs.createReadStream`. Its
   * chunks are views as those of {@link chunks}, which no later chunk overwrites, read ahead on the thread pool. A
   * destroyed or aborted stream lets the file go. When the file is cut, chunks already queued may read as zeros before
   * the stream fails with `ERR_SMMAP_FILE_TRUNCATED`.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`, also when `start` is greater than `end`.
   */
  createReadStream(options: ReadStreamOptions = {}): Readable {
    return toReadable(options, (range) => this.#stretch(range))
  }

  /**
   * A web stream of the bytes from `start` to `end` (exclusive, as in {@link slice}), of type `bytes`. Its chunks are
   * copies: a byte stream transfers what it is given, which would empty every other view of the same memory. With a BYOB
   * reader they are read straight into the reader's own memory.
   */
  toWebStream(options: LoopOptions = {}): ReadableStream<Uint8Array> {
    return toReadableStream(this.#stretch(toOptions(options, LOOP)))
  }

  /** The part from `start` to `end`, to be gone over by a cursor of its own. */
  #stretch(options: LoopOptions): Stretch {
    const { regionCursor, begin: origin, length } = this
    const { start, end } = toRange(options, length)
    checkWork(options)
    const begin = origin + start
    const open = (): RegionCursor => {
      if (this.regionCursor === regionCursor && this.begin === origin) return this.lead(begin, 0).copy()
      throw new ClosedError('the buffer was closed, or reads another stretch by now: begin a new iteration')
    }
    const { signal, onProgress } = options
    return { origin, begin, end: origin + end, windowSize: this.#windowSize, open, signal, onProgress }
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
      const found = last
        ? this.lead(end - 1, 0).search(needle, begin, end, last)
        : this.#searchOn(needle, begin, end)
      if (found < 0) return -1
      if ((found - this.begin) % unit === 0) return found - this.begin
      // Between two code units: on from the next byte.
      if (last) end = found + needle.length - 1
      else begin = found + 1
    }
  }
  /** The first match: near by, in what is read in place anyway, before a native call is made for the rest. */
  #searchOn(needle: Uint8Array, begin: number, end: number): number {
    const seen = this.seen.find(begin, begin + 1)
    const place = seen < 0 ? this.lead(begin, 0).placeHeld(begin) : seen
    const pane = this.seen.pane(place)
    const stop = place < 0 ? begin : Math.min(end, pane.end, begin + NEAR)
    if (stop - begin < needle.length) return this.#searchFar(needle, begin, end)
    const near = new View(pane.memory, begin - pane.begin, stop - begin)
    const at = this.confirmed(needle.length === 1 ? near.indexOf(needle[0] as number) : near.indexOf(needle))
    if (at >= 0) return begin + at
    return stop === end ? -1 : this.#searchFar(needle, stop - needle.length + 1, end)
  }

  #searchFar(needle: Uint8Array, begin: number, end: number): number {
    return this.lead(begin, 0).search(needle, begin, end, false)
  }
}
