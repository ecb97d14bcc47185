/** @file Node's and the web's streams over a range of a file. The chunks come from other loops. */
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { toInteger } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { invalidArgValue, outOfRange } from '../errors/smmap-errors.js'
import { webStreams } from '../node.js'
import { chunksOf } from './chunks.js'
import { type LoopOptions, Steps, StepsAhead, type LoopRange } from './steps.js'

// Node's stream gets views, as many as it asks for: its queue holds references, and the file's pages stay
// mapped until they are consumed. A web stream of type `bytes` transfers each chunk's whole ArrayBuffer,
// which would take the memory away from every other view of the same pane; so it gets copies, read straight
// into memory of its own.

/** The size of a chunk, as in `fs.createReadStream`. */
const CHUNK = 2 ** 16

/** The options of `createReadStream()`: those of `fs.createReadStream` that concern reading. */
export interface ReadStreamOptions {
  /** Index of the first byte. Default: 0. */
  start?: number | bigint | undefined
  /** Index of the last byte, **inclusive**. Default: `Infinity`. */
  end?: number | bigint | undefined
  /** How many bytes a chunk has (at most a window), and how many are kept ready. Default: 64 KiB. */
  highWaterMark?: number | undefined
  /** Makes chunks strings, in which no character is cut. */
  encoding?: BufferEncoding | undefined
  /** Destroys the stream with an `AbortError`. */
  signal?: AbortSignal | undefined
}

const READ_STREAM: Names<ReadStreamOptions> = {
  start: true,
  end: true,
  highWaterMark: true,
  encoding: true,
  signal: true,
}

/** The stream that `createReadStream()` gives. */
export function toReadable(options: ReadStreamOptions, rangeOf: (range: LoopOptions) => LoopRange): Readable {
  const given = toOptions(options, READ_STREAM)
  const { start = 0, end = Infinity, highWaterMark = CHUNK, encoding, signal } = given
  const first = toInteger(start, 'options.start', 0, Number.MAX_SAFE_INTEGER)
  const last = end === Infinity ? Infinity : toInteger(end, 'options.end', 0, Number.MAX_SAFE_INTEGER - 1)
  if (first > last) throw outOfRange('start', `<= "end" (here: ${last})`, first)
  const most = toInteger(highWaterMark, 'options.highWaterMark', 1, Number.MAX_SAFE_INTEGER)
  checkEncoding(encoding)
  // Node's `end` is inclusive; ours is not.
  const range = rangeOf({ start: first, end: last + 1, signal })
  // A chunk is one view, so it must fit a window.
  const size = Math.min(most, range.windowSize || most)
  const chunks = chunksOf(range, { size })[Symbol.asyncIterator]()
  return new Readable({
    highWaterMark: most,
    ...(encoding === undefined ? {} : { encoding }),
    ...(signal === undefined ? {} : { signal }),
    read() {
      chunks.next().then(
        ({ done, value }) => this.push(done === true ? null : value),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, callback) {
      // Closes the cursor, whether the stream ended, failed or was destroyed.
      void chunks.return?.()
      callback(error)
    },
  })
}

function checkEncoding(encoding: unknown): void {
  if (encoding === undefined || (typeof encoding === 'string' && Buffer.isEncoding(encoding))) return
  throw invalidArgValue('options.encoding', encoding, 'must be one of the encodings of Buffer')
}

/** The stream that `toWebStream()` gives. */
export function toReadableStream(range: LoopRange): ReadableStream<Uint8Array> {
  const copies = new Copies(range)
  const ahead = new StepsAhead(copies)
  const { ReadableStream: Stream } = webStreams()
  return new Stream({
    type: 'bytes',
    autoAllocateChunkSize: CHUNK,
    async pull(controller) {
      const request = controller.byobRequest
      // With `autoAllocateChunkSize`, every pull has one.
      if (request === null || request.view === null) return
      const { buffer, byteOffset, byteLength } = request.view
      // The consumer's own memory, or a block that the stream allocated: the bytes are read straight into it.
      copies.target = new Uint8Array(buffer, byteOffset, byteLength)
      const { done, value } = await ahead.next()
      // A BYOB request must be answered even at the end, with 0 bytes and after the close (WHATWG Streams).
      if (done === true) controller.close()
      request.respond(done === true ? 0 : value)
    },
    cancel() {
      copies.return()
    },
  })
}

/** Copies into a target that is set before each step, and gives how many bytes. */
class Copies extends Steps<number> {
  target: Uint8Array = new Uint8Array(0)

  get wanted(): number {
    return Math.min(this.position + this.target.length, this.range.end)
  }

  next(): IteratorResult<number, undefined> {
    const { position, wanted } = this
    if (this.isDone || position >= wanted) return this.return()
    try {
      this.cursor.readInto(this.target.subarray(0, wanted - position), position)
      this.position = wanted
      this.report(wanted)
      return { done: false, value: wanted - position }
    } catch (error) {
      this.throw(error)
    }
  }
}
