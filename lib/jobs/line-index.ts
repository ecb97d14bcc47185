/** @file Where every n-th line of a file begins, and any line from there. Finding the lines is native. */
import { inspect, type InspectOptions } from 'node:util'
import { toBoolean, toInteger, toPath } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { type Range, toRange } from '../arguments/range.js'
import { show, staysInItsThread } from '../arguments/identity.js'
import { checkWork, WORK, type WorkOptions } from '../arguments/work.js'
import { FileChangedError, invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'
import { native, type NativeCursor } from '../native.js'
import type { NativeJob } from './job.js'
import { decode, encode, type LineMarks, loadFile, NO_FINGERPRINT, saveFile } from './line-index-file.js'
import { endOfText, Newlines } from './newlines.js'
import { read } from './read.js'
import { type Extent, extentOf } from './extent.js'
import { SEARCH, type SearchOptions, steps, toJobRange } from './search.js'

// An index is an array of offsets, one for every n-th line. A line is found by a division, one lookup and a
// search over fewer than n lines; with the usual n of 1,024 that is some 64 KiB of a log, a fraction of a
// millisecond. Smaller steps would make the index larger (8 bytes for each) and the lookup no faster in
// practice.
//
// It is used only while the file's fingerprint is unchanged. A log that has only grown is a changed file too:
// its last line may have been continued.

/** Which lines to index, how densely, and where to keep the index. */
export interface LineIndexOptions extends SearchOptions {
  /** Of how many lines one is recorded, which takes 8 bytes each. Default: 1024. */
  every?: number | bigint | undefined
  /**
   * Where the index is kept. It is loaded from this file if it is still right; otherwise, or if the log has
   * changed, it is made and saved here. A file that is no line index is refused and not overwritten.
   */
  file?: string | Uint8Array | URL | undefined
}

const LINE_INDEX: Names<LineIndexOptions> = { ...SEARCH, every: true, file: true }

/** In which form lines are given. */
export interface IndexedLineOptions extends WorkOptions {
  /** How text is decoded; `null`: lines are Buffers. Default: `'utf8'`. */
  encoding?: 'utf8' | 'utf-8' | 'latin1' | 'binary' | null | undefined
  /** Whether each line keeps its LF or CRLF. Default: `false`. */
  keepEnding?: boolean | undefined
}

const INDEXED_LINE: Names<IndexedLineOptions> = { ...WORK, encoding: true, keepEnding: true }

/** What a line index reads with: any long buffer. */
export interface IndexedReader {
  /** How many bytes it has. */
  readonly length: number
  /** A copy of `length` bytes at `offset`, read off the main thread. */
  read(offset: number | bigint, length: number | bigint, options?: WorkOptions): Promise<Buffer>
}

/** How many marks a step hands over at most: what a turn of the event loop takes in without a stall. */
const BATCH = 4096
const MAX_EVERY = 2 ** 31 - 1
const NEWLINE = 10

/**
 * Where the lines of a file begin, so that any of them is one jump: it keeps the offset of every n-th line,
 * and searches fewer than n lines from there. Made by `lineIndex()` of a long buffer, or loaded.
 *
 * A line ends with `\n`, or at the end of the bytes. Lines count from 0; offsets are indices of the long
 * buffer. An index belongs to the file as it was: after the file is written to, its methods throw
 * `ERR_SMMAP_FILE_CHANGED`, even if the old modification time was restored.
 *
 * @example
 * ```ts
 * const index = await buffer.lineIndex({ file: 'huge.log.idx' })
 * console.log(await index.line(1_000), await index.lines(2_000, 2_010))
 * ```
 */
export class LineIndex {
  readonly #reader: IndexedReader
  readonly #marks: LineMarks

  /** @internal */
  constructor(reader: IndexedReader, marks: LineMarks) {
    staysInItsThread(this)
    this.#reader = reader
    this.#marks = marks
  }

  /**
   * How many lines there are. A last line without a newline counts, so it may be one more than `wc -l` says.
   */
  get count(): number {
    return this.#marks.count
  }

  /** Of how many lines one is recorded: the option `every`. */
  get every(): number {
    return this.#marks.every
  }

  /** How many bytes all the lines have together. */
  get bytes(): number {
    return this.#marks.bytes
  }

  /**
   * Loads an index that {@link save} gave, for the same bytes of the same file. Costs no look at the lines.
   *
   * @param saved - What `save` gave.
   * @param reader - Reads what was indexed: the same file, from the same offset, the same length.
   * @throws `ERR_SMMAP_FILE_CHANGED` when the file is another one, or was written to since.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` when `saved` is no index, is damaged
   * or of another version, or when `reader` reads other bytes of the file.
   *
   * @example
   * ```ts
   * const saved = (await buffer.lineIndex()).save()
   * LineIndex.load(saved, buffer).count // 16384
   * ```
   */
  static load(saved: Uint8Array, reader: IndexedReader): LineIndex {
    const marks = decode(saved)
    const index = new LineIndex(reader, marks)
    index.#check()
    return index
  }

  /**
   * Where a line begins, as an index of the long buffer. It searches at most `every` lines, off the main
   * thread.
   *
   * @param line - From 0 to `count`; `count` is the end of the bytes, so that line k reaches from
   * `offsetOf(k)` to `offsetOf(k + 1)`, its newline included.
   * @throws (rejects) `RangeError` `ERR_OUT_OF_RANGE` · `ERR_SMMAP_FILE_CHANGED` · the signal's reason ·
   * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
   */
  async offsetOf(line: number | bigint, options: WorkOptions = {}): Promise<number> {
    const wanted = toInteger(line, 'line', 0, this.count)
    const { signal, onProgress } = toOptions(options, WORK)
    checkWork({ signal, onProgress })
    signal?.throwIfAborted()
    const extent = this.#check()
    const { every, offsets, start, bytes } = this.#marks
    if (wanted === this.count) return start + bytes
    // At most `every - 1` lines from a known offset.
    const rest = wanted % every
    const known = offsets[(wanted - rest) / every] as number
    if (rest === 0) return known
    const range = toJobRange(extent, { start: known, end: start + bytes, signal, onProgress })
    const make = (on: NativeCursor): NativeJob => native.NativeJob.lines(on, range.from, range.to, rest, 1, 1)
    for await (const { numbers } of steps(extent, make, range)) {
      if (numbers[0] !== undefined) return numbers[0] - extent.origin
    }
    throw changed('has fewer lines')
  }

  /** One line as a Buffer, without its ending, read off the main thread. */
  line(line: number | bigint, options: IndexedLineOptions & { encoding: null }): Promise<Buffer>
  /**
   * One line as text, without its ending, read off the main thread.
   *
   * @param line - From 0 to `count - 1`.
   * @throws (rejects) `RangeError` `ERR_OUT_OF_RANGE` · `ERR_SMMAP_FILE_CHANGED` · the signal's reason ·
   * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · `ERR_SMMAP_WINDOW_TOO_LARGE` or `ERR_STRING_TOO_LONG`
   * for a line that no Buffer, or string, can hold.
   */
  line(line: number | bigint, options?: IndexedLineOptions): Promise<string>
  async line(line: number | bigint, options: IndexedLineOptions = {}): Promise<string | Buffer> {
    const wanted = toInteger(line, 'line', 0, this.count - 1)
    const [found] = await this.#read({ start: wanted, end: wanted + 1 }, options)
    if (found === undefined) throw changed('has fewer lines')
    return found
  }

  /** Lines as Buffers, from line `from` up to, but not including, line `to`, without their endings. */
  lines(
    from: number | bigint | undefined,
    to: number | bigint | undefined,
    options: IndexedLineOptions & { encoding: null },
  ): Promise<Buffer[]>
  /**
   * Lines as text, from line `from` (default 0) up to, but not including, line `to` (default: the last);
   * negative numbers count from the end. They are read off the main thread and are all in memory then. For
   * very many, loop over the long buffer's `lines({ start: await index.offsetOf(from) })`.
   *
   * @throws (rejects) `TypeError` · `RangeError` `ERR_OUT_OF_RANGE` · `ERR_SMMAP_FILE_CHANGED` · the signal's
   * reason · `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · `ERR_SMMAP_WINDOW_TOO_LARGE` or
   * `ERR_STRING_TOO_LONG` for what no Buffer, or string, can hold.
   *
   * @example
   * ```ts
   * const index = await buffer.lineIndex()
   * const last = await index.lines(-10)
   * last.length // 10
   * ```
   */
  lines(from?: number | bigint, to?: number | bigint, options?: IndexedLineOptions): Promise<string[]>
  async lines(
    from?: number | bigint,
    to?: number | bigint,
    options: IndexedLineOptions = {},
  ): Promise<string[] | Buffer[]> {
    return this.#read(toRange({ start: from, end: to }, this.count, ['from', 'to']), options)
  }

  /**
   * The index as bytes, to be loaded by {@link load}. All numbers are little-endian:
   *
   * | at | what |
   * |---|---|
   * | 0 | `smmapidx` |
   * | 8 | version, 32 bits: 2 |
   * | 12 | `every`, 32 bits |
   * | 16 | `count`, the reader's start in the file, its `length`, the first index, `bytes`: 64-bit floats |
   * | 56 | zeros |
   * | 64 | the file: device, inode, size, written and changed when, in nanoseconds: 64-bit integers |
   * | 104 | how many offsets follow, a 64-bit float |
   * | 112 | the reader's indices of lines 0, `every`, 2 × `every` …: a 64-bit float each |
   * | end − 32 | SHA-256 of all that |
   */
  save(): Buffer {
    return encode(this.#marks)
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const { count, every, bytes } = this
    return show(this, { count, every, bytes }, depth, options)
  }

  async #read({ start, end }: Range, options: IndexedLineOptions): Promise<string[] | Buffer[]> {
    const { encoding = 'utf8', keepEnding, signal, onProgress } = toOptions(options, INDEXED_LINE)
    const keepsEnding = toBoolean(keepEnding, 'options.keepEnding', false)
    const decodes = toDecoder(encoding)
    // Both ends at once; progress is reported for one of them.
    const [from, to] = await Promise.all([
      this.offsetOf(start, { signal, onProgress }),
      this.offsetOf(Math.max(start, end), { signal }),
    ])
    // One read for all lines, cut afterwards.
    const bytes = await this.#reader.read(from, to - from, { signal })
    // Once more: the file may have been written to while it was read.
    this.#check()
    const lines = [...cut(bytes, keepsEnding)]
    return decodes === null ? lines : lines.map((line) => line.toString(decodes))
  }

  /** The reader's part of the file; throws if that is not what was indexed. */
  #check(): Extent {
    const { origin, length, fingerprint: before } = this.#marks
    const extent = extentOf(this.#reader)
    const fingerprint = extent.cursor?.fingerprint(true) ?? Buffer.alloc(0)
    if (!fingerprint.equals(before))
      throw changed(difference(before, fingerprint), extent.cursor?.target.name)
    if (extent.origin === origin && extent.length === length) return extent
    const expected =
      `must read ${length} bytes from ${origin} on, as when the index was made, ` +
      `not ${extent.length} from ${extent.origin} on`
    throw invalidArgValue('reader', this.#reader, expected)
  }
}

/** Loads the index, or makes it by one pass over the lines. */
export async function lineIndex(reader: IndexedReader, options: LineIndexOptions): Promise<LineIndex> {
  const { every: wanted, file, ...rest } = toOptions(options, LINE_INDEX)
  const every = wanted === undefined ? undefined : toInteger(wanted, 'options.every', 1, MAX_EVERY)
  if (file === undefined) return new LineIndex(reader, await markLines(extentOf(reader), every, rest))
  const path = toPath(file, 'options.file')
  const range = toRange(rest, reader.length)
  const saved = await loadFile(path)
  if (saved !== undefined && isFor(saved, reader, range, every)) return new LineIndex(reader, saved)
  const marks = await markLines(extentOf(reader), every, rest)
  await saveFile(path, marks)
  return new LineIndex(reader, marks)
}

/** Whether an index made now would have the same marks. */
function isFor(saved: LineMarks, reader: IndexedReader, range: Range, every: number | undefined): boolean {
  const { cursor, origin, length } = extentOf(reader)
  const fingerprint = cursor?.fingerprint(true) ?? NO_FINGERPRINT
  const isSamePart = saved.start === range.start && saved.bytes === range.end - range.start
  const isSameFile =
    fingerprint.equals(saved.fingerprint) && saved.origin === origin && saved.length === length
  return isSameFile && isSamePart && (every === undefined || every === saved.every)
}

async function markLines(extent: Extent, every: number = 1024, options: SearchOptions): Promise<LineMarks> {
  const { cursor, origin, length } = extent
  const range = toJobRange(extent, options)
  const fingerprint = cursor?.fingerprint(false) ?? NO_FINGERPRINT
  const [start, bytes] = [range.from - origin, range.to - range.from]
  const batches: Float64Array[] = [Float64Array.of(range.from)]
  let newlines = 0
  const make = (on: NativeCursor): NativeJob =>
    native.NativeJob.lines(on, range.from, range.to, every, BATCH, range.threads)
  for await (const { numbers, count } of steps(extent, make, range)) {
    newlines = count
    batches.push(numbers)
  }
  const { signal } = options
  // A last line without a newline is a line, which counting newlines does not see.
  const endsOpen = bytes > 0 && (await read(extent, start + bytes - 1, 1, { signal }))[0] !== NEWLINE
  const count = newlines + (endsOpen ? 1 : 0)
  const offsets = toOffsets(batches, Math.ceil(count / every), origin)
  return { every, count, origin, length, start, bytes, offsets, fingerprint }
}

/** The offsets of the lines, without a mark after the last newline, where there is no line. */
function toOffsets(batches: readonly Float64Array[], count: number, origin: number): Float64Array {
  const offsets = new Float64Array(count)
  let at = 0
  for (const batch of batches) for (const offset of batch) if (at < count) offsets[at++] = offset - origin
  return offsets
}

/** The lines in these bytes, which are whole lines. */
function* cut(bytes: Buffer, keepsEnding: boolean): Generator<Buffer, void, undefined> {
  const newlines = new Newlines()
  let start = 0
  while (newlines.hasNext || newlines.search(bytes)) {
    const newline = newlines.take()
    yield bytes.subarray(start, keepsEnding ? newline + 1 : endOfText(bytes, start, newline))
    start = newline + 1
  }
  // The last line may have no newline.
  if (start < bytes.length) yield bytes.subarray(start)
}

function toDecoder(encoding: unknown): 'utf8' | 'latin1' | null {
  if (encoding === null || encoding === 'utf8' || encoding === 'latin1') return encoding
  if (encoding === 'utf-8') return 'utf8'
  if (encoding === 'binary') return 'latin1'
  if (typeof encoding !== 'string')
    throw invalidArgType('options.encoding', 'of type string or null', encoding)
  throw invalidArgValue('options.encoding', encoding, "must be one of: 'utf8', 'latin1', null (Buffers)")
}

function difference(before: Buffer, now: Buffer): string {
  if (now.length === 0) return 'is not open any more'
  // Device and inode first: of another file, the size and times say nothing.
  if (!before.subarray(0, 16).equals(now.subarray(0, 16))) return 'is another one'
  const sizes = [before, now].map((fingerprint) => fingerprint.readBigUInt64LE(16))
  if (sizes[0] !== sizes[1]) return `had ${sizes[0]} bytes and has ${sizes[1]}`
  const isWritten = !before.subarray(24, 32).equals(now.subarray(24, 32))
  return isWritten ? 'was written to' : 'had its attributes or content changed'
}

function changed(what: string, name?: string): FileChangedError {
  const where = name === undefined ? '' : `: ${name}`
  return new FileChangedError(`since the line index was made, the file ${what}${where}; make a new index`)
}
