/** @file The reading methods that all long buffers share. Knows no manager and no public cursor. */
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
import { checkCopy, checkText, toIndex, tooLarge, toCopyIndex, toWhole } from '../arguments/bounds.js'
import { CHUNKS, type ChunkOptions, chunksOf } from '../loops/chunks.js'
import { type Range, toRange } from '../arguments/range.js'
import { toOptions } from '../arguments/options.js'
import { checkWork } from '../arguments/work.js'
import { type LineEncoding, type LineOptions, LINES, linesOf } from '../loops/lines.js'
import { type Needle, planSearch, toWanted } from './search-plan.js'
import { copySmall, SMALL } from '../panes/small-copy.js'
import { type Iteration, LOOP, type LoopOptions, type LoopRange } from '../loops/steps.js'
import { type ReadStreamOptions, toReadable, toReadableStream } from '../loops/streams.js'

/**
 * How many bytes a search looks at in place first: about as many as take the time of a native call (1.2 µs).
 */
const NEAR = 2 ** 14

/** How many bytes an iteration over bytes copies at once. */
const PIECE = 2 ** 12

/** The class of a typed array, such as `Float32Array` or `BigUint64Array`. */
export interface TypedArrayClass<T> {
  /** How many bytes one element has: 1, 2, 4 or 8. */
  readonly BYTES_PER_ELEMENT: number
  new (length: number): T
  new (memory: ArrayBufferLike, byteOffset: number, length: number): T
}

/**
 * A file, or a part of it, that reads like one `Buffer` with the same bytes, whatever windows lie below and
 * however long the file is. {@link open} makes one. All offsets, indices and sizes are bytes.
 *
 * A read of bytes that are mapped costs some 10 ns; elsewhere it is a plain read of the file (under 1 µs in
 * the page cache), or maps the window. Every method that reads may throw `ERR_SMMAP_FILE_TRUNCATED` (the
 * bytes were cut off), `ERR_SMMAP_CLOSED`, `ERR_SMMAP_MEMORY_LIMIT` and `ERR_SMMAP_HANDLE_LIMIT` (the
 * manager's limits are in use), or the system's error (`EIO` …). Below, `@throws` names what comes on top.
 *
 * @example
 * ```ts
 * using log = open('huge.log')
 * log.at(-1) // 10
 * log.slice(0, 4).toString() // '2026'
 * ```
 */
export abstract class LongBuffer extends AsyncReader {
  /**
   * A copy of the bytes from `start` up to, but not including, `end`; negative indices count from the end,
   * both are clamped to the bytes there are, and a reversed range is empty, as with `Array.prototype.slice`.
   *
   * Costs the copying. To read much of one window without copying, use {@link subarray}.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for more bytes than a Buffer (4 GiB in Node 20) or the machine's
   * memory can hold.
   */
  slice(start: number = 0, end: number = Infinity): Buffer {
    const [first, last] = [toWhole(start, 'start'), toWhole(end, 'end')]
    const reader = readerOf(this)
    const from = toIndex(first, reader.length)
    const size = Math.max(toIndex(last, reader.length) - from, 0)
    const at = reader.origin + from
    // Few bytes in one pane: read by the pane's own DataView, without a view of it.
    if (size <= SMALL && size > 0) {
      const { cells } = reader
      const pane = cells.paneAt(at)
      const found = cells.locate(pane, at, size)
      if (found >= 0) {
        const copy = copySmall(pane, found, size)
        if (cells.isTrue(pane, found + size - 1)) return copy
      }
    }
    // Before memory is asked for: the system would grant it, and kill the process when it is touched.
    checkCopy(size)
    const copy = Buffer.allocUnsafe(size)
    reader.copy(copy, 0, at, at + size)
    return copy
  }

  /**
   * A view of the bytes from `start` up to, but not including, `end`: a `Buffer` over the mapped file,
   * nothing copied. Up to a window long; indices are clamped as in {@link slice}.
   *
   * It stays right for as long as you can reach it, and keeps its region mapped for as long. Writing to it
   * changes memory of this process only, never the file. It is a copy where the runtime forbids such views
   * (`manager.zeroCopy` is `false`), or while very many regions linger.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for more bytes than a window, or a Buffer, can hold.
   */
  subarray(start: number = 0, end: number = Infinity): Buffer {
    const [first, last] = [toWhole(start, 'start'), toWhole(end, 'end')]
    const reader = readerOf(this)
    const from = toIndex(first, reader.length)
    const size = toIndex(last, reader.length) - from
    if (size <= 0) return Buffer.alloc(0)
    const { windowSize } = reader.cursor
    // A view lies in one region.
    if (size > windowSize) throw tooLarge(size, windowSize)
    return reader.view(reader.origin + from, size)
  }

  /**
   * Copies the bytes from `sourceStart` (default 0) up to `sourceEnd` (default: the end) into `target` from
   * `targetStart` (default 0) on, as many as fit: `Buffer.prototype.copy`, for any length.
   *
   * @returns How many bytes were copied.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `target` is no Uint8Array.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` for a negative index, or `sourceStart` beyond the end.
   */
  copy(target: Uint8Array, targetStart?: number, sourceStart?: number, sourceEnd?: number): number {
    if (!types.isUint8Array(target)) {
      throw invalidArgType('target', 'an instance of Buffer or Uint8Array', target)
    }
    const to = toCopyIndex(targetStart, 0, 'targetStart')
    const from = toCopyIndex(sourceStart, 0, 'sourceStart')
    const end = toCopyIndex(sourceEnd, Infinity, 'sourceEnd')
    // The reader only now: converting the arguments may have run code of the program that closed the buffer.
    const reader = readerOf(this)
    const { origin, length } = reader
    if (to < 0) throw outOfRange('targetStart', '>= 0', to)
    if (from < 0 || from > length) throw outOfRange('sourceStart', `>= 0 && <= ${length}`, from)
    if (end < 0) throw outOfRange('sourceEnd', '>= 0', end)
    const size = Math.min(end - from, length - from, trueLength(target) - to)
    if (size <= 0) return 0
    reader.copy(target, to, origin + from, origin + from + size)
    return size
  }

  /**
   * `count` numbers from byte `offset` on, as a typed array in this machine's byte order (little-endian,
   * except on s390x and AIX). A view, like {@link subarray}'s, if it fits a window and its offset in the file
   * is a multiple of the element's size; otherwise a copy.
   *
   * @param Type - `Float32Array`, `BigInt64Array`, or any other typed array's class.
   * @param offset - In bytes, aligned or not. Default: 0.
   * @param count - In elements. Default: as many as lie whole after `offset`.
   *
   * @example 1,000 floats after a header of 64 bytes:
   * ```ts
   * const samples = buffer.array(Float32Array, 64, 1000)
   * samples.length // 1000
   * ```
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` when there are fewer
   * elements · `ERR_SMMAP_WINDOW_TOO_LARGE` for a copy larger than {@link slice} makes.
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
    return arrayOf(reader, Type, reader.origin + from, wanted)
  }

  /**
   * The bytes from `start` up to, but not including, `end` as text: `Buffer.prototype.toString`. A negative
   * `start` or `end` is therefore 0, unlike in {@link slice}. Characters that lie across windows are whole;
   * one cut by `start` or `end` decodes to U+FFFD. Copies the range once, then decodes it.
   *
   * @throws `TypeError` `ERR_UNKNOWN_ENCODING` · `ERR_STRING_TOO_LONG` for more than
   * `buffer.constants.MAX_STRING_LENGTH` UTF-16 units (512 Mi) · `ERR_SMMAP_WINDOW_TOO_LARGE` for a range
   * larger than {@link slice} copies.
   */
  override toString(encoding?: BufferEncoding, start: number = 0, end: number = Infinity): string {
    const [first, last] = [toWhole(start, 'start'), toWhole(end, 'end')]
    const { length } = readerOf(this)
    const from = Math.min(Math.max(first, 0), length)
    const to = Math.min(last, length)
    if (to <= from) return ''
    checkText(to - from)
    // Not decoded in place: at an odd address, Node 24 corrupts its memory when it decodes UTF-16.
    return this.slice(from, to).toString(encoding)
  }

  /**
   * The index of the first match at or after `byteOffset` (default 0), or −1: `Buffer.prototype.indexOf`,
   * across windows and beyond 2 GiB, where a Buffer's own search goes wrong. Searches the first 16 KiB in
   * place and the rest by one native call, at memory speed; the event loop waits. {@link find} searches off
   * the main thread.
   *
   * @param value - Text, a byte as a number (modulo 256), or bytes. Empty ones match where the search starts.
   * @param byteOffset - Negative ones count from the end.
   * @param encoding - Of a text; UTF-8 if not given. UTF-16 matches at even indices only, as in Buffer.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_UNKNOWN_ENCODING`
   */
  indexOf(value: Needle, byteOffset?: number, encoding?: BufferEncoding): number
  /** The index of the first match of a text in this encoding, or −1; searched from index 0 on. */
  indexOf(value: Needle, encoding: BufferEncoding): number
  indexOf(value: Needle, byteOffset?: number | BufferEncoding, encoding?: BufferEncoding): number {
    return this.#search(value, byteOffset, encoding, false)
  }

  /**
   * The index of the last match that begins at or before `byteOffset` (default: the end), or −1:
   * `Buffer.prototype.lastIndexOf`, searched backwards. `value` and cost are as in {@link indexOf}.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_UNKNOWN_ENCODING`
   */
  lastIndexOf(value: Needle, byteOffset?: number, encoding?: BufferEncoding): number
  /** The index of the last match of a text in this encoding, or −1; searched from the end backwards. */
  lastIndexOf(value: Needle, encoding: BufferEncoding): number
  lastIndexOf(value: Needle, byteOffset?: number | BufferEncoding, encoding?: BufferEncoding): number {
    return this.#search(value, byteOffset, encoding, true)
  }

  /**
   * Whether `value` occurs at or after `byteOffset` (default 0). Stops at the first match; `value` and cost
   * are as in {@link indexOf}.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_UNKNOWN_ENCODING`
   */
  includes(value: Needle, byteOffset?: number, encoding?: BufferEncoding): boolean
  /** Whether a text occurs in this encoding anywhere in the buffer. */
  includes(value: Needle, encoding: BufferEncoding): boolean
  includes(value: Needle, byteOffset?: number | BufferEncoding, encoding?: BufferEncoding): boolean {
    return this.#search(value, byteOffset, encoding, false) !== -1
  }

  /**
   * The bytes one by one, as numbers, up to the `length` at that moment. Copies 4 KiB at a time. A loop over
   * `at` is faster, and a loop over {@link chunks} much faster.
   */
  *[Symbol.iterator](): IterableIterator<number> {
    const piece = new Uint8Array(PIECE)
    for (let index = 0; index < this.length; index += PIECE) {
      // Asked again for each piece: the program runs between two bytes, and may move or close the buffer.
      const { origin, length } = readerOf(this)
      const size = Math.min(PIECE, length - index)
      readerOf(this).copy(piece, 0, origin + index, origin + index + size)
      for (let at = 0; at < size; at += 1) yield piece[at] as number
    }
  }

  /**
   * The bytes from `start` up to `end` as one view after another, for `for … of` and `for await … of`; the
   * latter reads ahead on the thread pool. Each chunk (1 MiB by default) lives as long as a view of {@link
   * subarray} does.
   *
   * What is appended after the call is not seen. When the file is cut, the loop throws before it gives a
   * chunk whose bytes are gone; the chunk before may read as zeros by then, as any view.
   *
   * @example
   * ```ts
   * let ones = 0
   * for await (const chunk of buffer.chunks()) for (const byte of chunk) ones += byte & 1
   * ```
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for a `size` of more than a window · `TypeError` · `RangeError`
   * @throws (in the loop) the signal's reason · what `onProgress` throws
   */
  chunks(options: ChunkOptions = {}): Iteration<Buffer> {
    const given = toOptions(options, CHUNKS)
    return chunksOf(this.#loopRange(given), given)
  }

  /**
   * The lines from `start` up to `end`, for `for … of` and `for await … of`: as strings (the default), as
   * Buffers (`encoding: null`), or as `{ start, end }` (`asRanges: true`), which is the fastest.
   *
   * A line ends with LF or CRLF; a lone CR is part of its line, unlike in `node:readline`. The last line need
   * not have an ending, and after a final ending there is no empty line. Lines may be longer than a window.
   * Strings and Buffers are cut from copied blocks of at least 64 KiB; a Buffer keeps its whole block in
   * memory.
   *
   * @example The slow requests of a log of any size:
   * ```ts
   * for (const line of buffer.lines()) if (line.includes('timeout')) console.log(line)
   * ```
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for an encoding in which 0x0A is not
   * a newline.
   * @throws (in the loop) the signal's reason · what `onProgress` throws · `ERR_STRING_TOO_LONG` or
   * `ERR_SMMAP_WINDOW_TOO_LARGE` for a line that no string, or Buffer, can hold.
   */
  lines(options: LineOptions & { asRanges: true }): Iteration<Range>
  /** The lines as Buffers. */
  lines(options: LineOptions & { encoding: null; asRanges?: false | undefined }): Iteration<Buffer>
  lines(
    options?: LineOptions & { encoding?: LineEncoding | undefined; asRanges?: false | undefined },
  ): Iteration<string>
  lines(options: LineOptions = {}): Iteration<string> | Iteration<Buffer> | Iteration<Range> {
    const given = toOptions(options, LINES)
    return linesOf(this.#loopRange(given), given)
  }

  /**
   * A Node.js stream of the bytes from `start` to `end`, **inclusive**, as in `fs.createReadStream`. Reads
   * ahead on the thread pool; chunks (64 KiB by default) are views that no later chunk overwrites. Destroying
   * or aborting it closes its cursor. When the file is cut, queued chunks may read as zeros before the stream
   * fails with `ERR_SMMAP_FILE_TRUNCATED`.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`, also when `start` > `end`.
   */
  createReadStream(options: ReadStreamOptions = {}): Readable {
    return toReadable(options, (range) => this.#loopRange(range))
  }

  /**
   * A web stream of the bytes from `start` up to `end` (exclusive, as in {@link slice}), of type `bytes`. Its
   * chunks are copies, because a byte stream transfers their memory and that would empty other views of it. A
   * BYOB reader gets them in its own memory.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`
   */
  toWebStream(options: LoopOptions = {}): ReadableStream<Uint8Array> {
    return toReadableStream(this.#loopRange(toOptions(options, LOOP)))
  }

  /** The bytes from `start` to `end`, to be read by a cursor of their own. */
  #loopRange(options: LoopOptions): LoopRange {
    const range = toRange(options, this.length)
    checkWork(options)
    const reader = readerOf(this)
    const { origin, length, cursor } = reader
    const open = (): RegionCursor => {
      if (readerOf(this) === reader && reader !== NOTHING_TO_READ) return reader.source.copy()
      throw new ClosedError('the buffer was closed, or reads another stretch by now: begin a new iteration')
    }
    // What the options' getters did to the buffer is done by now.
    const [start, end] = [origin + Math.min(range.start, length), origin + Math.min(range.end, length)]
    const { signal, onProgress } = options
    return { origin, start, end, windowSize: cursor.windowSize ?? 0, open, signal, onProgress }
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
    // Usually one round: only UTF-16 may match between two units, and search again.
    const { needle, unit } = plan
    let start = reader.origin + plan.start
    let end = reader.origin + plan.end
    for (;;) {
      const found = last
        ? reader.source.search(needle, start, end, last)
        : searchOn(reader, needle, start, end)
      if (found < 0) return -1
      if ((found - reader.origin) % unit === 0) return found - reader.origin
      // Not at the start of a UTF-16 unit: search on from the next byte.
      if (last) end = found + needle.length - 1
      else start = found + 1
    }
  }
}

/** The first match: first in the bytes near by, in place; then in the rest, by a native call. */
function searchOn(reader: FileReader, needle: Uint8Array, start: number, end: number): number {
  // `near.to` may be `start`, if nothing there could be read in place: then the native call searches it all.
  const near = reader.indexNear(needle, start, Math.min(end, start + NEAR))
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
  // A typed array must begin on a multiple of its element's size (ECMA-262,
  // InitializeTypedArrayFromArrayBuffer).
  if (size > 0 && size <= reader.cursor.windowSize && offset % unit === 0) {
    const { buffer, byteOffset } = reader.view(offset, size)
    // Where views are copies, the copy may begin anywhere in its memory.
    if (byteOffset % unit === 0) return new Type(buffer, byteOffset, count)
  }
  checkCopy(size)
  // `Type` may be a program's class: its result is checked, and filled by our own methods.
  const copy = new Type(count)
  if (!types.isTypedArray(copy)) throw invalidArgType('Type', 'the class of a typed array', Type)
  const bytes = bytesUnder(copy)
  reader.copy(bytes, 0, offset, offset + Math.min(size, trueLength(bytes)))
  return copy
}
