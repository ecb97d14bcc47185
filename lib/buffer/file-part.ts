/**
 * @file What a long buffer knows of its file: which file and which part of it, and whether it is closed.
 * Reads nothing itself.
 */
import { isUtf8 } from 'node:buffer'
import { inspect, type InspectOptions } from 'node:util'
import { show, staysInItsThread } from '../arguments/identity.js'
import { fdOf, pathOf, type Target, toInteger } from '../arguments/arguments.js'
import { nodeError } from '../errors/node-errors.js'
import { readerOf } from './byte-reader.js'
import { NumberReader } from './number-reader.js'

// The classes of a long buffer are layers, one a file: bytes, numbers, this one, the asynchronous methods,
// and `LongBuffer` with the rest. All read by one private field of the lowest layer, which no program can
// reach.

/** What every long buffer knows about its file: which one, which part of it, and whether it is closed. */
export abstract class FilePart extends NumberReader {
  /** Whether it is a long buffer, and not only looks like one. @internal */
  static isPart(value: unknown): value is FilePart {
    return typeof value === 'object' && value !== null && #has in value
  }

  constructor() {
    super()
    staysInItsThread(this)
  }

  /** Whether this buffer, its cursor or its manager was closed. */
  abstract get closed(): boolean

  /**
   * The size of the whole file in bytes, as of when it was opened. This may be more than `length`.
   *
   * @throws `ERR_SMMAP_CLOSED` · `ERR_SMMAP_NOT_ASSOCIATED` when the buffer has no file.
   */
  abstract get fileSize(): number

  /**
   * Closes the buffer and the cursor it reads with, for good: `length` becomes 0, the region may be evicted,
   * and the file is closed when nothing else uses it. Views stay right. A second call does nothing.
   */
  abstract close(): void

  /** A copy of the bytes from `start` up to, but not including, `end`. */
  abstract slice(start?: number, end?: number): Buffer

  /** @internal */
  protected abstract target(): Target

  /**
   * The path the buffer was opened with, also after `close()`. A path given as Buffer or URL is decoded as
   * UTF-8.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was opened with a descriptor ·
   * `ERR_SMMAP_NOT_ASSOCIATED` when the buffer has no file.
   */
  get path(): string {
    return pathOf(this.target())
  }

  /**
   * The file descriptor the buffer was opened with, also after `close()`. The library reads through a
   * duplicate of it.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was opened with a path · `ERR_SMMAP_NOT_ASSOCIATED`
   * when the buffer has no file.
   */
  get fd(): number {
    return fdOf(this.target())
  }

  /** Where in the file the byte with index 0 is, in bytes. */
  get ofs(): number {
    return readerOf(this).origin
  }

  /** How many bytes the buffer has: the same as `length`, under the name that cursors and regions use. */
  get size(): number {
    return this.length
  }

  /** Where in the file the buffer ends, exclusive, in bytes: `ofs + length`. */
  get ofsEnd(): number {
    return this.ofs + this.length
  }

  /**
   * Whether the byte at offset `ofs` of the file (not an index) belongs to this buffer. `false` for negative
   * offsets.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` unless it is a safe integer.
   */
  includesOfs(ofs: number | bigint): boolean {
    // Any safe integer, also a negative one: the answer is simply no.
    return this.#has(toInteger(ofs, 'ofs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
  }

  #has(at: number): boolean {
    return at >= this.ofs && at < this.ofsEnd
  }

  /**
   * A copy of all bytes; `Buffer.from(buffer)` calls this.
   *
   * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` for more bytes than a Buffer or the machine's memory can hold · what
   * reading throws.
   */
  override valueOf(): Buffer {
    return this.slice()
  }

  /**
   * All bytes as text, for `${buffer}` and `new Blob([buffer])`; `NaN` where a number is wanted. It reads the
   * whole buffer.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_VALUE` for bytes that are not UTF-8, since decoding would change
   * them · `ERR_STRING_TOO_LONG` · `ERR_SMMAP_WINDOW_TOO_LARGE`
   */
  [Symbol.toPrimitive](hint: string): string | number {
    // As `+Buffer.alloc(1)` does. Copying gigabytes to get the same result would be a trap.
    if (hint === 'number') return Number.NaN
    const bytes = this.slice()
    if (isUtf8(bytes)) return bytes.toString()
    throw nodeError(
      new TypeError(
        'bytes that are not UTF-8 cannot become a string and stay what they are: use slice(), or toString()',
      ),
      'ERR_INVALID_ARG_VALUE',
    )
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const { length, closed } = this
    return show(this, { ...this.#file, length, ...(closed ? { closed } : {}) }, depth, options)
  }

  get #file(): object {
    // `target()` throws for a buffer without a file, and `console.log` must not.
    try {
      const { path, fd } = this.target()
      return path === null ? { fd } : { path: path.toString() }
    } catch {
      return {}
    }
  }

  /** Closes the buffer at the end of a `using` block: the same as {@link close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
