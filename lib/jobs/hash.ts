/** @file The hash of a range of a file. Knows which algorithm is computed where; reads no bytes itself. */
import { paced } from '../arguments/work.js'
import { lastStepOf } from './job.js'
import { invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'
import { native } from '../native.js'
import { crypto } from '../node.js'
import type { Extent } from './extent.js'
import { SEARCH, type SearchOptions, steps, toJobRange } from './search.js'
import { toOptions } from '../arguments/options.js'

/**
 * Large enough to be worth a read on the thread pool, small enough to be hashed in less than a millisecond.
 */
const PIECE = 2 ** 20

/** Which bytes to hash, and with how many threads. */
export interface HashOptions extends SearchOptions {
  /**
   * How many threads compute BLAKE3, from 1 to 256; the other algorithms run on the calling thread. Default:
   * 1.
   */
  threads?: number | undefined
}

/** The hash, as bytes. */
export async function hash(extent: Extent, algorithm: string, options: HashOptions): Promise<Buffer> {
  if (typeof algorithm !== 'string') throw invalidArgType('algorithm', 'of type string', algorithm)
  const checked = toOptions(options, SEARCH)
  if (algorithm === 'blake3') return blake3(extent, checked)
  if (crypto().getHashes().includes(algorithm)) return byNode(extent, algorithm, checked)
  throw invalidArgValue('algorithm', algorithm, "must be 'blake3' or one of crypto.getHashes()")
}

async function blake3(extent: Extent, options: HashOptions): Promise<Buffer> {
  const range = toJobRange(extent, options)
  const last = await lastStepOf(
    steps(extent, (on) => native.NativeJob.blake3(on, range.from, range.to, range.threads), range),
  )
  return last?.bytes ?? Buffer.from(BLAKE3_OF_NOTHING, 'hex')
}

/** Without a file there are no steps. */
const BLAKE3_OF_NOTHING = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262'

/**
 * One piece is hashed while the thread pool reads the next. It is read, not mapped: views given to
 * `node:crypto` keep their windows mapped until they are collected, and page faults would block the event
 * loop.
 */
async function byNode(extent: Extent, algorithm: string, options: HashOptions): Promise<Buffer> {
  const { from, to, signal } = toJobRange(extent, options)
  const report = paced(options.onProgress)
  signal?.throwIfAborted()
  const digest = crypto().createHash(algorithm)
  // Used alternately: one is hashed while the other is filled.
  const buffers = [Buffer.allocUnsafeSlow(PIECE), Buffer.allocUnsafeSlow(PIECE)] as const
  const pieceAt = (at: number): Buffer => {
    return buffers[((at - from) / PIECE) % 2 ? 1 : 0].subarray(0, Math.min(PIECE, to - at))
  }
  const read = (at: number): Promise<void> | undefined => {
    return at < to ? extent.cursor?.readAsync(pieceAt(at), at) : undefined
  }
  let reading = read(from)
  for (let at = from; at < to; at += PIECE) {
    await reading
    signal?.throwIfAborted()
    // The next read is under way before this piece is hashed.
    reading = read(at + PIECE)
    // It is awaited above. After an error it is not, and its own failure must not be reported as unhandled.
    reading?.catch(() => {})
    digest.update(pieceAt(at))
    report({ bytesScanned: Math.min(at + PIECE, to) - from, bytesTotal: to - from, found: 0 })
  }
  return digest.digest()
}
