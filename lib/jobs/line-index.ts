/** @file Where every n-th line of a extent begins. Knows its own file format; finding the lines is native. */
import { createHash } from 'node:crypto'
import { types } from 'node:util'
import { toInteger } from '../arguments/arguments.js'
import type { NativeJob } from './job.js'
import { FileChangedError, invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'
import { native } from '../native.js'
import { type Names, toOptions } from '../arguments/options.js'
import { WORK, type WorkOptions } from '../arguments/work.js'
import { type Extent, steps, toJobRange } from './search.js'
import { read } from './read.js'

/** How dense the index is, and who may end the work. */
export interface LineIndexOptions extends WorkOptions {
  /** Every how many lines one is kept: 8 bytes of the index each. Default: 1024. */
  every?: number | bigint | undefined
}

const LINE_INDEX: Names<LineIndexOptions> = { ...WORK, every: true }

/** What reads the lines: any long buffer. */
export interface IndexedReader {
  readonly length: number
  /** As every long buffer's. */
  read(offset: number | bigint, length: number | bigint, options?: WorkOptions): Promise<Buffer>
  /** @internal */
  extent(): Extent
}

/** How many marks a step hands over at most: what a turn of the event loop takes in without a stall. */
const BATCH = 4096
const MAX_EVERY = 2 ** 31 - 1

const MAGIC = 'smmapidx'
const VERSION = 1
const STAMP = { begin: 40, end: 80 } as const
const HEADER = 88
const CHECKSUM = 32
const SWAPPED: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 0

/**
 * Where the lines of a file begin, so that any of them is one jump: the offsets of every n-th line, and a search over
 * less than n lines from there. Made by `lineIndex()` of a buffer or cursor, or loaded.
 *
 * A line ends with `\n`, or where the bytes end; lines and offsets count from 0, at the reader's begin. An index belongs to
 * the file as it was: when the file was written to or changed in any way since, every method that looks at it throws `ERR_SMMAP_FILE_CHANGED`.
 *
 * @example
 * ```ts
 * const index = await buffer.lineIndex()
 * const [from, to] = [await index.offsetOf(1_000), await index.offsetOf(1_001)]
 * console.log(buffer.toString('utf8', from, to))
 * const again = LineIndex.load(index.save(), buffer)
 * ```
 */
export class LineIndex {
  /** How many lines there are. A last one without a newline counts, so this may be one more than `wc -l` says. */
  readonly lines: number
  /** Every how many lines one is kept. */
  readonly every: number
  /** How many bytes the lines have: the reader's `length`. */
  readonly bytes: number
  readonly #reader: IndexedReader
  readonly #begin: number
  /** Of lines 0, `every`, 2 × `every` … */
  readonly #offsets: Float64Array
  /** Which file it was, its size and when it was written to: as the native `stamp` gives it. */
  readonly #stamp: Buffer

  /** @internal */
  constructor(
    reader: IndexedReader,
    begin: number,
    bytes: number,
    every: number,
    lines: number,
    offsets: Float64Array,
    stamp: Buffer,
  ) {
    this.#reader = reader
    this.#begin = begin
    this.bytes = bytes
    this.every = every
    this.lines = lines
    this.#offsets = offsets
    this.#stamp = stamp
  }

  /**
   * An index that was {@link save}d, for the same bytes of the same file.
   *
   * @param saved - What `save` gave.
   * @param reader - Reads the bytes that were indexed: the same file, from the same offset, the same length.
   * @throws `ERR_SMMAP_FILE_CHANGED` when the file is another one, or was written to since.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` when `saved` is no index, is damaged, was made by
   * another version, or when `reader` reads other bytes of the file.
   */
  static load(saved: Uint8Array, reader: IndexedReader): LineIndex {
    if (!types.isUint8Array(saved))
      throw invalidArgType('saved', 'an instance of Buffer or Uint8Array', saved)
    if (typeof reader?.extent !== 'function') {
      throw invalidArgType('reader', 'an instance of SlidingWindowMapBuffer or SlidingCursor', reader)
    }
    const file = Buffer.from(saved)
    const end = file.length - CHECKSUM
    const refuse = (reason: string): Error => invalidArgValue('saved', saved, reason)
    if (end < HEADER || file.toString('latin1', 0, MAGIC.length) !== MAGIC)
      throw refuse('is no saved line index')
    const version = file.readUInt32LE(8)
    if (version !== VERSION) throw refuse(`is a line index of version ${version}, not ${VERSION}`)
    if (!checksum(file.subarray(0, end)).equals(file.subarray(end))) throw refuse('is a damaged line index')
    const [lines, begin, bytes, count] = [16, 24, 32, 80].map((at) => file.readDoubleLE(at)) as [
      number,
      number,
      number,
      number,
    ]
    if (end !== HEADER + 8 * count) throw refuse('is a damaged line index')
    const offsets = file.subarray(HEADER, end)
    if (SWAPPED) offsets.swap64()
    const stamp = file.subarray(STAMP.begin, STAMP.end)
    const numbers = new Float64Array(new Uint8Array(offsets).buffer)
    const index = new LineIndex(reader, begin, bytes, file.readUInt32LE(12), lines, numbers, stamp)
    index.#check()
    return index
  }

  /**
   * Where a line begins: read off the index, or found from the last line kept before it, off the main thread.
   *
   * @param line - From 0 to `lines`; `lines` itself is where the bytes end, so that line k is from `offsetOf(k)` to
   * `offsetOf(k + 1)`, its newline included.
   * @throws (rejects) `RangeError` `ERR_OUT_OF_RANGE` · `ERR_SMMAP_FILE_CHANGED` · the signal's reason · `ERR_SMMAP_FILE_TRUNCATED` ·
   * `ERR_SMMAP_CLOSED`
   */
  async offsetOf(line: number | bigint, options: WorkOptions = {}): Promise<number> {
    const wanted = toInteger(line, 'line', 0, this.lines)
    const { signal, onProgress } = toOptions(options, WORK)
    const extent = this.#check()
    const range = toJobRange(extent, { signal, onProgress })
    signal?.throwIfAborted()
    if (wanted === this.lines) return this.bytes
    const rest = wanted % this.every
    const known = this.#offsets[(wanted - rest) / this.every] as number
    if (rest === 0) return known
    const [from, to] = [this.#begin + known, this.#begin + this.bytes]
    for await (const { numbers } of steps(
      extent,
      (handle) => native.NativeJob.lines(handle, from, to, rest, 1, 1),
      range,
    )) {
      if (numbers[0] !== undefined) return numbers[0] - this.#begin
    }
    throw changed('has fewer lines')
  }

  /**
   * The index as bytes, to be loaded by {@link load}. All numbers are little-endian:
   *
   * | at | what |
   * |---|---|
   * | 0 | `smmapidx` |
   * | 8 | version, 32 bits: 1 |
   * | 12 | `every`, 32 bits |
   * | 16 | `lines`, begin in the file, `bytes`: a 64-bit float each |
   * | 40 | the file: device, inode, size, when written to and when changed in nanoseconds: a 64-bit integer each |
   * | 80 | how many offsets follow, a 64-bit float |
   * | 88 | the offsets, from the begin, of lines 0, `every`, 2 × `every` …: a 64-bit float each |
   * | end − 32 | SHA-256 of all that |
   */
  save(): Buffer {
    const header = Buffer.alloc(HEADER)
    header.write(MAGIC, 'latin1')
    header.writeUInt32LE(VERSION, 8)
    header.writeUInt32LE(this.every, 12)
    header.writeDoubleLE(this.lines, 16)
    header.writeDoubleLE(this.#begin, 24)
    header.writeDoubleLE(this.bytes, 32)
    this.#stamp.copy(header, STAMP.begin)
    header.writeDoubleLE(this.#offsets.length, 80)
    const offsets = Buffer.from(this.#offsets.slice().buffer)
    if (SWAPPED) offsets.swap64()
    const body = Buffer.concat([header, offsets])
    return Buffer.concat([body, checksum(body)])
  }

  /** What the reader reads; throws when those are not the bytes that were indexed. */
  #check(): Extent {
    const extent = this.#reader.extent()
    const stamp = extent.cursor?.stamp(true) ?? Buffer.alloc(0)
    if (!stamp.equals(this.#stamp)) throw changed(difference(this.#stamp, stamp), extent.cursor?.target.name)
    const { begin, length } = extent
    if (begin === this.#begin && length === this.bytes) return extent
    const expected = `must read ${this.bytes} bytes from ${this.#begin} on, as when the index was made, not ${length} from ${begin} on`
    throw invalidArgValue('reader', this.#reader, expected)
  }
}

/** Goes over all lines once. */
export async function lineIndex(reader: IndexedReader, options: LineIndexOptions): Promise<LineIndex> {
  const { every: wanted = 1024, signal, onProgress } = toOptions(options, LINE_INDEX)
  const every = toInteger(wanted, 'options.every', 1, MAX_EVERY)
  const extent = reader.extent()
  const { cursor, begin, length } = extent
  const range = toJobRange(extent, { signal, onProgress })
  const stamp = cursor?.stamp(false) ?? Buffer.alloc(STAMP.end - STAMP.begin)
  const batches: Float64Array[] = [Float64Array.of(begin)]
  let newlines = 0
  const make = (handle: number): NativeJob =>
    native.NativeJob.lines(handle, range.from, range.to, every, BATCH, 1)
  for await (const { numbers, count } of steps(extent, make, range)) {
    newlines = count
    batches.push(numbers)
  }
  const endsOpen = length > 0 && (await read(extent, length - 1, 1, { signal }))[0] !== 10
  const lines = newlines + (endsOpen ? 1 : 0)
  const kept = Math.ceil(lines / every)
  return new LineIndex(reader, begin, length, every, lines, toOffsets(batches, kept, begin), stamp)
}

/** The offsets of lines there are: behind a last newline there is none. */
function toOffsets(batches: readonly Float64Array[], count: number, begin: number): Float64Array {
  const offsets = new Float64Array(count)
  let at = 0
  for (const batch of batches) for (const offset of batch) if (at < count) offsets[at++] = offset - begin
  return offsets
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function difference(before: Buffer, now: Buffer): string {
  if (now.length === 0) return 'is not open any more'
  if (!before.subarray(0, 16).equals(now.subarray(0, 16))) return 'is another one'
  const sizes = [before, now].map((stamp) => stamp.readBigUInt64LE(16))
  if (sizes[0] !== sizes[1]) return `had ${sizes[0]} bytes and has ${sizes[1]}`
  const isWritten = !before.subarray(24, 32).equals(now.subarray(24, 32))
  return isWritten ? 'was written to' : 'had its attributes or content changed'
}

function changed(what: string, name?: string): FileChangedError {
  const where = name === undefined ? '' : `: ${name}`
  return new FileChangedError(`since the line index was made, the file ${what}${where}; make a new index`)
}
