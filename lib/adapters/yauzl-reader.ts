/** @file yauzl's RandomAccessReader. */
import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { type ByteSource, checkSource, copyBytes, readBytes } from './byte-source.js'

// yauzl needs a class of its own making: it calls `ref`, `unref`, `read` and `createReadStream`, and waits
// for a `close` event. Its own base class is not extended, because then the adapters would need yauzl to be
// installed.

/** How much a stream of an entry's data reads at once. */
const PIECE = 2 ** 18

/**
 * What yauzl calls a `RandomAccessReader`. yauzl counts the users of the reader by `ref` and `unref`, and
 * waits for `close`.
 */
export class YauzlReader extends EventEmitter {
  readonly #source: ByteSource
  readonly #size: number
  #users = 0

  /** @internal */
  constructor(source: ByteSource) {
    super()
    this.#source = source
    this.#size = source.length
  }

  /** Adds a user; yauzl calls it. */
  ref(): void {
    this.#users += 1
  }

  /** Takes a user away; when none is left, the reader closes and emits `close`. */
  unref(): void {
    this.#users -= 1
    if (this.#users === 0) this.close((error) => this.emit(error ? 'error' : 'close', error))
  }

  /**
   * Copies `length` bytes at `position` into `buffer`, and calls back later. It copies on the calling thread:
   * yauzl reads only headers this way, two for each entry, and the thread pool would cost more than the copy.
   */
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead: number) => void,
  ): void {
    const size = Math.max(Math.min(length, this.#size - position), 0)
    let failure: Error | null = null
    try {
      buffer.set(copyBytes(this.#source, position, size), offset)
    } catch (error) {
      failure = error as Error
    }
    // Never before this call returns: yauzl's own readers are asynchronous, and it relies on that.
    setImmediate(callback, failure, failure === null ? size : 0)
  }

  /**
   * A stream of the bytes from `start` up to `end` (exclusive), read on the thread pool in pieces of 256 KiB.
   */
  createReadStream({ start, end }: { start: number; end: number }): Readable {
    const stream = this._readStreamForRange(start, end)
    this.ref()
    return stream.once('close', () => this.unref())
  }

  /** The same stream, without counting it as a user: the name under which yauzl asks for it. */
  _readStreamForRange(start: number, end: number): Readable {
    const source = this.#source
    const stop = Math.min(end, this.#size)
    let at = start
    return new Readable({
      read() {
        const size = Math.min(PIECE, stop - at)
        if (size <= 0) return void this.push(null)
        const position = at
        // Moved on before the read is done, so that the next call of `read()` takes the next piece.
        at += size
        readBytes(source, position, size).then(
          (bytes) => this.push(bytes),
          (error: Error) => this.destroy(error),
        )
      },
    })
  }

  /** Calls back; the source stays open, since it is yours. */
  close(callback: (error: Error | null) => void): void {
    setImmediate(callback, null)
  }
}

/**
 * A ZIP file of any size for yauzl, which reads the directory and the entries that are asked for.
 *
 * @example
 * ```ts
 * import { open } from 'smmap'
 * import { yauzlReader } from 'smmap/adapters'
 * import { fromRandomAccessReaderPromise } from 'yauzl'
 *
 * using file = open('archive.zip')
 * const zip = await fromRandomAccessReaderPromise(yauzlReader(file), file.length)
 * const names: string[] = []
 * for await (const entry of zip.eachEntry()) names.push(entry.fileName)
 * names[0] // 'hello.txt'
 * ```
 * @returns What the source throws (`ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …) arrives where yauzl
 * reports its errors: in callbacks, rejections and streams.
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `source` is no long buffer or Buffer.
 */
export function yauzlReader(source: ByteSource): YauzlReader {
  checkSource(source)
  return new YauzlReader(source)
}
