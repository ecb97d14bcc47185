/**
 * @file Knows which file, and which part of it, a long buffer reads, and that it can be closed; reads
 * nothing.
 */
import { isUtf8 } from 'node:buffer'
import { inspect, type InspectOptions } from 'node:util'
import { show, staysInItsThread } from '../arguments/identity.js'
import { fdOf, pathOf, type Target, toInteger } from '../arguments/arguments.js'
import { nodeError } from '../errors/node-errors.js'
import { readerOf } from './byte-reader.js'
import { NumberReader } from './number-reader.js'

/** What every long buffer tells of its file. */
export abstract class FilePart extends NumberReader {
  /** Whether it is a long buffer, and not only looks like one. @internal */
  static isPart(value: unknown): value is FilePart {
    return typeof value === 'object' && value !== null && #has in value
  }

  constructor() {
    super()
    staysInItsThread(this)
  }

  /** Whether it, or what it reads by, was closed. */
  abstract get closed(): boolean

  /**
   * The file's size in bytes when it was opened.
   *
   * @throws `ERR_SMMAP_CLOSED` · `ERR_SMMAP_NOT_ASSOCIATED` when the buffer has no file.
   */
  abstract get fileSize(): number

  /**
   * Lets the region, the file and the cursor that it reads by go for good: `length` is 0. A second call does
   * nothing; views live on.
   */
  abstract close(): void

  /** A copy of the bytes from `start` to `end`. */
  abstract slice(start?: number, end?: number): Buffer

  /** @internal */
  protected abstract target(): Target

  /**
   * The path it was made from; one given as Buffer or URL is decoded as UTF-8. Also of a closed one.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was a descriptor · `ERR_SMMAP_NOT_ASSOCIATED` when the
   * buffer has no file.
   */
  get path(): string {
    return pathOf(this.target())
  }

  /**
   * The descriptor it was made from. Also of a closed one.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was a path · `ERR_SMMAP_NOT_ASSOCIATED` when the
   * buffer has no file.
   */
  get fd(): number {
    return fdOf(this.target())
  }

  /** Offset in the file of the byte with index 0. */
  get ofs(): number {
    return readerOf(this).begin
  }

  /** How many bytes, as `length`. */
  get size(): number {
    return this.length
  }

  /** Offset in the file of the end of the last byte: `ofs + length`. */
  get ofsEnd(): number {
    return this.ofs + this.length
  }

  /**
   * Whether the byte at that offset in the file is one of these.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`: no integer.
   */
  includesOfs(ofs: number | bigint): boolean {
    return this.#has(toInteger(ofs, 'ofs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
  }

  #has(at: number): boolean {
    return at >= this.ofs && at < this.ofsEnd
  }

  /** A copy of all bytes: what `Buffer.from(buffer)` takes. Throws as `slice`. */
  override valueOf(): Buffer {
    return this.slice()
  }

  /**
   * The bytes as text, where they are UTF-8: what `${buffer}` and `new Blob([buffer])` take. Others would
   * change on the way.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_VALUE` for bytes that are not UTF-8; and as `toString`.
   */
  [Symbol.toPrimitive](hint: string): string | number {
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
    try {
      const { path, fd } = this.target()
      return path === null ? { fd } : { path: path.toString() }
    } catch {
      return {}
    }
  }

  /** As {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }
}
