/** @file A file that grows, as it grows. Knows what may happen to it meanwhile; maps nothing, since a tail is read once. */
import { constants } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { URL } from 'node:url'
import { toBoolean, toInteger, toPath } from './arguments/arguments.js'
import { type Names, toOptions } from './arguments/options.js'
import { NotRegularFileError } from './errors/smmap-errors.js'
import { checkWork } from './arguments/work.js'

/** How much is given at once. */
const MOST = 2 ** 16
const NEWLINE = 10

/** Where to begin, and who may end it. */
export interface FollowOptions {
  /** The offset of the first byte given; `'end'`, the default: what is written from now on. */
  from?: number | bigint | 'end' | undefined
  /** Whether bytes are held back until their line ends, unless it is longer than 64 KiB. Default: `false`. */
  wholeLines?: boolean | undefined
  /** How many milliseconds pass between two looks at the file. Default: 250. */
  interval?: number | undefined
  /** Ends it, with the signal's reason. */
  signal?: AbortSignal | undefined
}

const FOLLOW: Names<FollowOptions> = { from: true, wholeLines: true, interval: true, signal: true }

/**
 * What happened to a file: it has more bytes; it was cut, or replaced by another of that name, and reading goes on at the
 * begin of what is there now; or its name is gone, and a new file of that name will be `replaced`.
 */
export type FollowEvent =
  | { type: 'data'; offset: number; bytes: Buffer }
  | { type: 'truncated'; from: number; to: number }
  | { type: 'replaced' }
  | { type: 'removed' }

/**
 * What is written to a growing file, as `tail -F` shows it. It never ends by itself: leave the loop, or abort it.
 *
 * The file is looked at by its size and identity. One that was cut and written beyond where it was between two looks is
 * not told from one that grew.
 *
 * @throws (rejects) the signal's reason · what the system says, when the file cannot be opened at first (`ENOENT`) or read ·
 * `ERR_SMMAP_NOT_REGULAR_FILE` · `TypeError` · `RangeError`
 *
 * @example
 * ```ts
 * for await (const event of follow('huge.log', { from: 0 })) {
 *   if (event.type === 'data') process.stdout.write(event.bytes)
 *   break
 * }
 * ```
 */
export async function* follow(
  path: string | Uint8Array | URL,
  options: FollowOptions = {},
): AsyncGenerator<FollowEvent, void, undefined> {
  const { from = 'end', wholeLines, interval = 250, signal } = toOptions(options, FOLLOW)
  const target = toPath(path)
  const delay = toInteger(interval, 'options.interval', 1, 2 ** 31 - 1)
  const isWhole = toBoolean(wholeLines, 'options.wholeLines', false)
  checkWork({ signal })
  signal?.throwIfAborted()
  let file = await Followed.open(target)
  try {
    file.position = from === 'end' ? file.size : toInteger(from, 'options.from', 0, Number.MAX_SAFE_INTEGER)
    for (let isRemoved = false; ;) {
      yield* file.news(isWhole, signal)
      const now = await statNow(target)
      if (now === undefined && !isRemoved) yield { type: 'removed' }
      isRemoved = now === undefined
      if (now !== undefined && !file.is(now)) {
        // What was written between the last look and the replacement.
        yield* file.news(false, signal)
        const next = await Followed.open(target)
        await file.close()
        file = next
        yield { type: 'replaced' }
      } else {
        await sleep(delay, undefined, { signal }).catch((error: unknown) => {
          signal?.throwIfAborted()
          throw error
        })
      }
    }
  } finally {
    await file.close()
  }
}

/** An open file, and how much of it was given. */
class Followed {
  readonly #handle: FileHandle
  readonly #opened: BigIntStats
  position = 0

  private constructor(handle: FileHandle, opened: BigIntStats) {
    this.#handle = handle
    this.#opened = opened
  }

  static async open(path: Buffer): Promise<Followed> {
    // A FIFO would wait for its writer otherwise.
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    const opened = await handle.stat({ bigint: true })
    if (opened.isFile()) return new Followed(handle, opened)
    await handle.close()
    throw new NotRegularFileError(`only a regular file can be followed: ${path.toString()}`)
  }

  /** When it was opened. */
  get size(): number {
    return Number(this.#opened.size)
  }

  is(other: BigIntStats): boolean {
    return other.dev === this.#opened.dev && other.ino === this.#opened.ino
  }

  close(): Promise<void> {
    return this.#handle.close()
  }

  /** What there is behind the position. */
  async *news(wholeLines: boolean, signal: AbortSignal | undefined): AsyncGenerator<FollowEvent> {
    const { size } = await this.#handle.stat()
    if (size < this.position) {
      yield { type: 'truncated', from: this.position, to: size }
      this.position = 0
    }
    for (;;) {
      signal?.throwIfAborted()
      const { buffer, bytesRead } = await this.#handle.read(Buffer.allocUnsafe(MOST), 0, MOST, this.position)
      const end = wholeLines && bytesRead < MOST ? buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1 : bytesRead
      if (bytesRead === 0 || end === 0) return
      const bytes = buffer.subarray(0, end)
      yield { type: 'data', offset: this.position, bytes }
      this.position += end
    }
  }
}

async function statNow(path: Buffer): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
