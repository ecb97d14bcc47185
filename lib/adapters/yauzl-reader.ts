/** @file yauzl's RandomAccessReader. */
import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { type ByteSource, checkSource, copyBytes, readBytes } from './byte-source.js'

/** How much a stream of an entry's data reads at once. */
const PIECE = 2 ** 18

/** What yauzl asks of a `RandomAccessReader`: it counts who uses the reader, and waits for `close`. */
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

  ref(): void {
    this.#users += 1
  }

  unref(): void {
    this.#users -= 1
    if (this.#users === 0) this.close((error) => this.emit(error ? 'error' : 'close', error))
  }

  /**
   * Copies at once, since yauzl reads nothing but headers this way, two for each entry: going to the thread
   * pool for them would cost more than they do.
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
    setImmediate(callback, failure, failure === null ? size : 0)
  }

  createReadStream({ start, end }: { start: number; end: number }): Readable {
    const stream = this._readStreamForRange(start, end)
    this.ref()
    return stream.once('close', () => this.unref())
  }

  _readStreamForRange(start: number, end: number): Readable {
    const source = this.#source
    const stop = Math.min(end, this.#size)
    let at = start
    return new Readable({
      read() {
        const size = Math.min(PIECE, stop - at)
        if (size <= 0) return void this.push(null)
        const position = at
        at += size
        readBytes(source, position, size).then(
          (bytes) => this.push(bytes),
          (error: Error) => this.destroy(error),
        )
      },
    })
  }

  /** The source stays the caller's. */
  close(callback: (error: Error | null) => void): void {
    setImmediate(callback, null)
  }
}

/**
 * A ZIP file of any size for yauzl.
 *
 * @example
 * ```ts
 * import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
 * import { yauzlReader } from 'smmap/adapters'
 * import { fromRandomAccessReaderPromise } from 'yauzl'
 *
 * using manager = new SlidingWindowMapManager()
 * const file = new SlidingWindowMapBuffer(manager.makeCursor('archive.zip'))
 * const zip = await fromRandomAccessReaderPromise(yauzlReader(file), file.length)
 * const names: string[] = []
 * for await (const entry of zip.eachEntry()) names.push(entry.fileName)
 * names[0] // 'hello.txt'
 * ```
 * @returns What the source throws (`ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …) arrives where yauzl says
 * its errors: in callbacks, rejections and streams.
 */
export function yauzlReader(source: ByteSource): YauzlReader {
  checkSource(source)
  return new YauzlReader(source)
}
