/** @file Knows the reading interface that all long buffers share; no manager and no public cursor. */
import type { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { types } from 'node:util'
import { toOffset, toSize } from '../arguments/arguments.js'
import type { RegionCursor } from '../panes/region-cursor.js'
import { ClosedError, invalidArgType, outOfRange } from '../errors/smmap-errors.js'
import { type FileReader, NOTHING_TO_READ } from '../panes/file-reader.js'
import { bytesUnder, trueLength } from '../panes/primordials.js'
import { AsyncReader } from './async-reader.js'
import { readerOf } from './byte-reader.js'
import { checkCopy, checkText, toIndex, tooLarge, toPlace } from '../arguments/bounds.js'
import { CHUNKS, type ChunkOptions, chunksOf } from '../loops/chunks.js'
import { type Range, toRange } from '../arguments/range.js'
import { toOptions } from '../arguments/options.js'
import { checkWork } from '../arguments/work.js'
import { type LineEncoding, type LineOptions, LINES, linesOf } from '../loops/lines.js'
import { type Needle, planSearch, toWanted } from './search-plan.js'
import { copySmall, SMALL } from '../panes/small-copy.js'
import { type Iteration, LOOP, type LoopOptions, type Stretch } from '../loops/steps.js'
import { type ReadStreamOptions, toReadable, toReadableStream } from '../loops/streams.js'

/**
 * How far a search looks by itself: as long as that takes less than a native call (1.2 µs), or little more.
 */
const NEAR = 2 ** 14

/** How many bytes an iteration over bytes copies at once. */
const PIECE = 2 ** 12

/** A typed array's class: `Float32Array`, `BigUint64Array` … */
export interface TypedArrayClass<T> {
  readonly BYTES_PER_ELEMENT: number
  new (length: number): T
  new (memory: ArrayBufferLike, byteOffset: number, length: number): T
}

/**
 * A stretch of a file as one long buffer. Indices, slices, numbers and searches are those of a `Buffer` with
 * the same bytes, whatever windows lie below and however long the file is.
 */
export abstract class LongBuffer extends AsyncReader {
  /**
   * A copy of the bytes from `start` to `end`, clamped as `Array.prototype.slice` does it: negative ones
   * count from the end, and a reversed range is empty.
   *
   * Costs the copying and the page faults; no limit but that of a Buffer. For large ranges within a window,
   * {@link subarray} copies nothing.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for more bytes than a Buffer (4 GiB in Node 20) or the machine's
   * memory holds; and as `at`.
   */
  slice(start: number = 0, end: number = Infinity): Buffer {
    const [first, last] = [Math.trunc(start) || 0, Math.trunc(end) || 0]
    const reader = readerOf(this)
    const from = toIndex(first, reader.length)
    const size = Math.max(toIndex(last, reader.length) - from, 0)
    const at = reader.begin + from
    if (size <= SMALL && size > 0) {
      const { cells } = reader
      const cell = cells.find(at, at + size)
      if (cell >= 0) {
        const copy = copySmall(cells.data(cell), at - cells.begin(cell), size)
        if (cells.isTrue(cell, at + size)) return copy
      }
    }
    checkCopy(size)
    const copy = Buffer.allocUnsafe(size)
    reader.copy(copy, 0, at, at + size)
    return copy
  }

  /**
   * The bytes from `start` to `end`, clamped as in {@link slice}, without copying: a view of the mapped file,
   * up to a window long. It stays right for as long as it is reachable, wherever the buffer is read next;
   * writing to it changes memory of this process only. Where the runtime allows no such views
   * (`manager.zeroCopy` is `false`), or very many of them linger, it is a copy.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for more bytes than a window, or a Buffer, holds; and as `at`.
   */
  subarray(start: number = 0, end: number = Infinity): Buffer {
    const [first, last] = [Math.trunc(start) || 0, Math.trunc(end) || 0]
    const reader = readerOf(this)
    const from = toIndex(first, reader.length)
    const size = toIndex(last, reader.length) - from
    if (size <= 0) return Buffer.alloc(0)
    const { windowSize } = reader.cursor
    if (size > windowSize) throw tooLarge(size, windowSize)
    return reader.view(reader.begin + from, size)
  }

  /**
   * Copies the bytes from `sourceStart` to `sourceEnd` to `target` from `targetStart` on, as many as there is
   * room for: `Buffer.prototype.copy`, with its checks. Copies any length without a Buffer in between.
   *
   * @returns How many bytes.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `target` is no Uint8Array.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when a place is negative, or `sourceStart` beyond the end; and as
   * `at`.
   */
  copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number {
    if (!types.isUint8Array(target)) {
      throw invalidArgType('target', 'an instance of Buffer or Uint8Array', target)
    }
    const to = toPlace(targetStart, 0)
    const from = toPlace(sourceStart, 0)
    const end = toPlace(sourceEnd, Infinity)
    const reader = readerOf(this)
    const { begin, length } = reader
    if (to < 0) throw outOfRange('targetStart', '>= 0', to)
    if (from < 0 || from > length) throw outOfRange('sourceStart', `>= 0 && <= ${length}`, from)
    if (end < 0) throw outOfRange('sourceEnd', '>= 0', end)
    const size = Math.min(end - from, length - from, trueLength(target) - to)
    if (size <= 0) return 0
    reader.copy(target, to, begin + from, begin + from + size)
    return size
  }

  /**
   * `count` numbers from byte `offset` on, as a typed array in the byte order of this machine (little-endian
   * on all that Node runs on but s390x and AIX). It is a view like {@link subarray} where it fits a window
   * and `offset` in the file is a multiple of the element's size; else a copy.
   *
   * @param Type - `Float32Array`, `BigInt64Array`, or any other typed array's class.
   * @param offset - In bytes; any, aligned or not.
   * @param count - In elements; as many as there are from there on, if not given.
   *
   * @example The 1,000 floats behind a header of 64 bytes:
   * ```ts
   * const samples = buffer.array(Float32Array, 64, 1000)
   * ```
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`, also when there are fewer
   * elements.
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` when the copy would be as large as {@link slice} refuses it; and as
   * `at`.
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
    const asked = count === undefined ? undefined : toSize(count, 'count')
    const reader = readerOf(this)
    if (from > reader.length) throw outOfRange('offset', `>= 0 and <= ${reader.length}`, from)
    const available = Math.floor((reader.length - from) / unit)
    const wanted = asked ?? available
    if (wanted > available) throw outOfRange('count', `>= 0 and <= ${available}`, wanted)
    return arrayOf(reader, Type, reader.begin + from, wanted)
  }

  /**
   * The bytes as text: `Buffer.prototype.toString`. A negative `start` or `end` therefore is 0, other than in
   * {@link slice}. Characters across windows are whole; those cut by `start` or `end` decode to U+FFFD.
   *
   * Copies the range once before it decodes it.
   *
   * @throws `TypeError` `ERR_UNKNOWN_ENCODING` · `ERR_STRING_TOO_LONG` for more than
   * `buffer.constants.MAX_STRING_LENGTH` UTF-16 units (512 Mi); and as {@link slice}.
   */
  override toString(encoding?: BufferEncoding, start: number = 0, end: number = Infinity): string {
    const [first, last] = [Math.trunc(start) || 0, Math.trunc(end) || 0]
    const { length } = readerOf(this)
    const from = Math.min(Math.max(first, 0), length)
    const to = Math.min(last, length)
    if (to <= from) return ''
    checkText(to - from)
    // Not decoded in place: at an odd address, Node 24 corrupts its memory when it decodes UTF-16.
    return this.slice(from, to).toString(encoding)
  }

  /**
   * The index of the first match at or after `byteOffset`, as `Buffer.prototype.indexOf`: across windows, and
   * for any length (a Buffer's own search goes wrong beyond 2 GiB). The first 16 KiB are searched in place,
   * the rest by one native call; the event loop waits until it is done.
   *
   * @param value - Text, one byte as a number (modulo 256), or bytes. An empty one is found where the search
   * starts.
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
   * The index of the last match at or before `byteOffset`, as `Buffer.prototype.lastIndexOf`; else as {@link
   * indexOf}.
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
   * The bytes one by one, from index 0 to the `length` at that moment. Reading elsewhere meanwhile does no
   * harm. It costs more than a loop of `at`, and much more than one over a {@link subarray}.
   *
   * @throws As `at`.
   */
  *[Symbol.iterator](): IterableIterator<number> {
    const piece = new Uint8Array(PIECE)
    for (let index = 0; index < this.length; index += PIECE) {
      const { begin, length } = readerOf(this)
      const size = Math.min(PIECE, length - index)
      readerOf(this).copy(piece, 0, begin + index, begin + index + size)
      for (let at = 0; at < size; at += 1) yield piece[at] as number
    }
  }

  /**
   * The bytes from `start` to `end` as one view after the other, for `for … of` and `for await … of`. Each
   * stays right as {@link subarray}'s views do, and is as little copied.
   *
   * The length is that at the call: what a file grows by meanwhile is not seen. When the file is cut, the
   * loop throws before it gives a chunk whose bytes are gone; the one given before may read as zeros by then,
   * as every view.
   *
   * @example
   * ```ts
   * let ones = 0
   * for await (const chunk of buffer.chunks()) for (const byte of chunk) ones += byte & 1
   * ```
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for a `size` of more than a window · `TypeError` · `RangeError`
   * @throws (the loop) the signal's reason · what `onProgress` throws · `ERR_SMMAP_FILE_TRUNCATED` ·
   * `ERR_SMMAP_CLOSED`; and as `at`.
   */
  chunks(options: ChunkOptions = {}): Iteration<Buffer> {
    const given = toOptions(options, CHUNKS)
    return chunksOf(this.#stretch(given), given)
  }

  /**
   * The lines from `start` to `end`, for `for … of` and `for await … of`: as strings, with `encoding: null`
   * as Buffers, or with `asRanges` as where they are, which is the fastest.
   *
   * Lines end with LF or CRLF; a CR alone is part of a line (unlike in `node:readline`). The last line need
   * not end; behind an ending there is no further one. A line may be longer than a window. Strings and
   * Buffers are cut from copies of 64 KiB or more, which stay in memory as long as one of their lines does;
   * {@link subarray} makes a view of a range.
   *
   * @example The slow requests of a log of any size:
   * ```ts
   * for (const line of buffer.lines()) if (line.includes('timeout')) console.log(line)
   * ```
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`: an encoding in which 0x0A is not a
   * newline.
   * @throws (the loop) the signal's reason · what `onProgress` throws · `ERR_STRING_TOO_LONG` ·
   * `ERR_SMMAP_WINDOW_TOO_LARGE` for a line that no string, or Buffer, can hold · `ERR_SMMAP_FILE_TRUNCATED`
   * · `ERR_SMMAP_CLOSED`; and as `at`.
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
   * A Node.js stream of the bytes from `start` to `end`, **inclusive**: these are the options of
   * `fs.createReadStream`. Its chunks are views as those of {@link chunks}, which no later chunk overwrites,
   * read ahead on the thread pool. A destroyed or aborted stream lets the file go. When the file is cut,
   * chunks already queued may read as zeros before the stream fails with `ERR_SMMAP_FILE_TRUNCATED`.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`, also when `start` is
   * greater than `end`.
   */
  createReadStream(options: ReadStreamOptions = {}): Readable {
    return toReadable(options, (range) => this.#stretch(range))
  }

  /**
   * A web stream of the bytes from `start` to `end` (exclusive, as in {@link slice}), of type `bytes`. Its
   * chunks are copies: a byte stream transfers what it is given, which would empty every other view of the
   * same memory. With a BYOB reader they are read straight into the reader's own memory.
   */
  toWebStream(options: LoopOptions = {}): ReadableStream<Uint8Array> {
    return toReadableStream(this.#stretch(toOptions(options, LOOP)))
  }

  /** The part from `start` to `end`, to be gone over by a cursor of its own. */
  #stretch(options: LoopOptions): Stretch {
    const range = toRange(options, this.length)
    checkWork(options)
    const reader = readerOf(this)
    const { begin: origin, length, cursor } = reader
    const open = (): RegionCursor => {
      if (readerOf(this) === reader && reader !== NOTHING_TO_READ) return reader.source.copy()
      throw new ClosedError('the buffer was closed, or reads another stretch by now: begin a new iteration')
    }
    // What the options' getters did to the buffer is done by now.
    const [begin, end] = [origin + Math.min(range.start, length), origin + Math.min(range.end, length)]
    const { signal, onProgress } = options
    return { origin, begin, end, windowSize: cursor.windowSize ?? 0, open, signal, onProgress }
  }

  #search(
    value: Needle,
    byteOffset: number | string | undefined,
    encoding: string | undefined,
    last: boolean,
  ): number {
    const wanted = toWanted(value, byteOffset, encoding)
    const reader = readerOf(this)
    const plan = planSearch(wanted, reader.length, last)
    if (typeof plan === 'number') return plan
    const { needle, unit } = plan
    let begin = reader.begin + plan.begin
    let end = reader.begin + plan.end
    for (;;) {
      const found = last
        ? reader.source.search(needle, begin, end, last)
        : searchOn(reader, needle, begin, end)
      if (found < 0) return -1
      if ((found - reader.begin) % unit === 0) return found - reader.begin
      // Between two code units: on from the next byte.
      if (last) end = found + needle.length - 1
      else begin = found + 1
    }
  }
}

/** The first match: near by, in what is read in place anyway, before a native call is made for the rest. */
function searchOn(reader: FileReader, needle: Uint8Array, begin: number, end: number): number {
  const near = reader.indexNear(needle, begin, Math.min(end, begin + NEAR))
  if (near.at >= 0) return near.at
  if (end - near.to < needle.length) return -1
  return reader.source.search(needle, near.to, end, false)
}

/** `count` numbers from an offset in the file on. */
function arrayOf<T extends NodeJS.TypedArray>(
  reader: FileReader,
  Type: TypedArrayClass<T>,
  offset: number,
  count: number,
): T {
  const unit = Type.BYTES_PER_ELEMENT
  const size = count * unit
  if (size > 0 && size <= reader.cursor.windowSize && offset % unit === 0) {
    const { buffer, byteOffset } = reader.view(offset, size)
    if (byteOffset % unit === 0) return new Type(buffer, byteOffset, count)
  }
  checkCopy(size)
  const copy = new Type(count)
  if (!types.isTypedArray(copy)) throw invalidArgType('Type', 'the class of a typed array', Type)
  const bytes = bytesUnder(copy)
  reader.copy(bytes, 0, offset, offset + Math.min(size, trueLength(bytes)))
  return copy
}
