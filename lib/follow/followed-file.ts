/**
 * @file An open file that grows, and how much of it was given out. Knows pieces and lines; not what its name
 * leads to now.
 */
import { constants } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { NotRegularFileError } from '../errors/smmap-errors.js'

/** How many bytes are given at once. */
const MOST = 2 ** 16
/**
 * How many bytes before the position are compared, to notice a file that was cut and has grown beyond it
 * since.
 */
const MEMORY = 64
const NEWLINE = 10
const NOTHING: Buffer = Buffer.alloc(0)

/** What is read of an open file. */
export type FileNews =
  { type: 'data'; offset: number; bytes: Buffer } | { type: 'truncated'; from: number; to: number }

/** An open file, read as it grows. */
export class FollowedFile {
  readonly #handle: FileHandle
  readonly #opened: BigIntStats
  readonly #wholeLines: boolean
  /** Offset of the next byte to give. */
  #position = 0
  /** The bytes read from there on, and held back: a line, or a character, that is not complete. */
  #held = NOTHING
  /** The last bytes read, held back or not. */
  #memory = NOTHING

  private constructor(handle: FileHandle, opened: BigIntStats, wholeLines: boolean) {
    this.#handle = handle
    this.#opened = opened
    this.#wholeLines = wholeLines
  }

  static async open(path: Buffer, wholeLines: boolean): Promise<FollowedFile> {
    // A FIFO would wait for its writer otherwise.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const opened = await handle.stat({ bigint: true })
      if (opened.isFile()) return new FollowedFile(handle, opened, wholeLines)
      throw new NotRegularFileError(`only a regular file can be followed: ${path.toString()}`)
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** Whether `other` is of this file. */
  is(other: BigIntStats | FollowedFile): boolean {
    const { dev, ino } = other instanceof FollowedFile ? other.#opened : other
    // Not the name: after a rotation the name leads to another file, and this one is still open.
    return dev === this.#opened.dev && ino === this.#opened.ino
  }

  /** Whether an incomplete line is held back. */
  get isAmidLine(): boolean {
    return this.#held.length > 0
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  /** Starts with the byte at `offset`. */
  startAt(offset: number): void {
    this.#position = offset
  }

  /**
   * Starts where the file ended when it was opened; with whole lines, where its last incomplete line begins.
   */
  async startAtEnd(): Promise<void> {
    if (this.#wholeLines) await this.startAtLastLines(0)
    else this.#position = Number(this.#opened.size)
  }

  /** Starts at the last `lines` lines; an incomplete line counts as one. */
  async startAtLastLines(lines: number): Promise<void> {
    const size = Number(this.#opened.size)
    const piece = Buffer.allocUnsafe(MOST)
    let wanted = lines
    for (let end = size; end > 0; end -= Math.min(end, MOST)) {
      const start = Math.max(end - MOST, 0)
      const { bytesRead } = await this.#handle.read(piece, 0, end - start, start)
      // Backwards through the file, piece by piece: the last lines of a huge log need only its end.
      let at = bytesRead
      // A newline at the very end ends a line, and begins none.
      if (end === size) wanted = piece[bytesRead - 1] === NEWLINE ? lines + 1 : Math.max(lines, 1)
      while (wanted > 0 && at > 0) {
        at = piece.lastIndexOf(NEWLINE, at - 1)
        if (at === -1) break
        wanted -= 1
        if (wanted === 0) {
          this.#position = start + at + 1
          return
        }
      }
    }
    this.#position = 0
  }

  /** What was written since the last look. */
  async *news(signal: AbortSignal | undefined): AsyncGenerator<FileNews> {
    const { size } = await this.#handle.stat()
    // Shorter, or with other bytes before the position: the file was cut and written again.
    if (size < this.#end || !(await this.#isAsRemembered(size))) {
      const from = this.#end
      yield* this.rest()
      this.#position = 0
      this.#memory = NOTHING
      yield { type: 'truncated', from, to: size }
    }
    for (let isMore = true; isMore;) {
      signal?.throwIfAborted()
      const { bytes, isFull } = await this.#readOn()
      isMore = isFull
      if (bytes.length > 0) yield this.#give(bytes)
    }
  }

  /** What is held back, for when nothing more will come. */
  *rest(): Generator<FileNews> {
    const bytes = this.#held
    this.#held = NOTHING
    if (bytes.length > 0) yield this.#give(bytes)
  }

  /** The offset up to which the file was read. */
  get #end(): number {
    return this.#position + this.#held.length
  }

  #give(bytes: Buffer): FileNews {
    const offset = this.#position
    this.#position += bytes.length
    return { type: 'data', offset, bytes }
  }

  /** The next piece, with what was held back before it; `isFull`: there may be more. */
  async #readOn(): Promise<{ bytes: Buffer; isFull: boolean }> {
    const piece = Buffer.allocUnsafe(MOST)
    // What was held back comes first, so that a line is given whole and in one piece.
    const held = this.#held.copy(piece)
    const { bytesRead } = await this.#handle.read(piece, held, MOST - held, this.#end)
    const size = held + bytesRead
    const end = this.#cut(piece, size)
    if (bytesRead > 0) {
      const known =
        bytesRead < MEMORY
          ? Buffer.concat([this.#memory, piece.subarray(held, size)])
          : piece.subarray(0, size)
      this.#memory = Buffer.from(known.subarray(-MEMORY))
    }
    // A copy: the piece itself is handed out.
    this.#held = Buffer.from(piece.subarray(end, size))
    return { bytes: piece.subarray(0, end), isFull: size === MOST }
  }

  /** How many of the `size` bytes are given now: no line is cut that fits into a piece, and no character. */
  #cut(piece: Buffer, size: number): number {
    const isFull = size === MOST
    if (!this.#wholeLines) return isFull ? wholeCharacters(piece) : size
    const lines = size === 0 ? 0 : piece.lastIndexOf(NEWLINE, size - 1) + 1
    return lines === 0 && isFull ? wholeCharacters(piece) : lines
  }

  /**
   * Whether the bytes before the position are those that were read there; looked at only if the file has
   * grown.
   */
  async #isAsRemembered(size: number): Promise<boolean> {
    const memory = this.#memory
    // Nothing new, so nothing that could be wrong; a look would cost a read each time.
    if (memory.length === 0 || size === this.#end) return true
    const now = Buffer.allocUnsafe(memory.length)
    const { bytesRead } = await this.#handle.read(now, 0, memory.length, this.#end - memory.length)
    return bytesRead === memory.length && now.equals(memory)
  }
}

/**
 * How many of the bytes there are before an incomplete character of UTF-8 at the end; all, if they are not
 * UTF-8.
 */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 4; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    // A continuation byte: the character began earlier.
    if ((byte & 0xc0) === 0x80) continue
    // The first byte says how long its character is.
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
    return length > back ? bytes.length - back : bytes.length
  }
  return bytes.length
}
