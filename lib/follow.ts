/**
 * @file Follows a growing file. Knows what may happen to its name; maps nothing, since new bytes are read
 * once.
 */
import type { BigIntStats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { URL } from 'node:url'
import { toBoolean, toInteger, toPath } from './arguments/arguments.js'
import { type Names, toOptions } from './arguments/options.js'
import { checkWork } from './arguments/work.js'
import { Alarm } from './follow/alarm.js'
import { FollowedFile } from './follow/followed-file.js'
import { native } from './native.js'
import { milliseconds } from './node.js'

// How a log changes: a program appends to it. Now and then a rotation renames it and makes a new one (the
// name leads to another inode), or copies it and cuts it to nothing (the same inode, shorter). So each look
// asks two things: does the open file have more bytes, or fewer; and does the name still lead to it. Between
// two looks both may have happened, so the open file is always read to its end before the new one is opened.

/** How many milliseconds a file that was replaced amid a line may take to complete it. */
const PATIENCE = 1000

/** Where to start following a file, and what ends it. */
export interface FollowOptions {
  /**
   * The offset of the first byte to give. Default: `'end'`, what is written from now on; with `wholeLines`,
   * that starts with the line that is being written.
   */
  from?: number | bigint | 'end' | undefined
  /** Starts with this many last lines instead of at `from`. */
  lastLines?: number | bigint | undefined
  /**
   * Whether bytes are held back until their line ends. A line longer than 64 KiB comes in pieces, cut between
   * UTF-8 characters. Default: `false`.
   */
  wholeLines?: boolean | undefined
  /**
   * Whether to wait for a file that does not exist, or cannot be read, yet. Default: `false`, which makes
   * that an error.
   */
  wait?: boolean | undefined
  /**
   * How many milliseconds pass at most between two looks at the file. It looks earlier where the system
   * reports a change. Default: 250.
   */
  interval?: number | undefined
  /**
   * The descriptor that the bytes are written to, 1 for stdout: following ends when nobody reads that pipe or
   * socket any more, also while nothing is written. Windows does not report that; there the next write fails.
   */
  output?: number | undefined
  /** Ends it, with the signal's reason. */
  signal?: AbortSignal | undefined
}

const FOLLOW: Names<FollowOptions> = {
  from: true,
  lastLines: true,
  wholeLines: true,
  wait: true,
  interval: true,
  output: true,
  signal: true,
}

/**
 * What happened to the file:
 * - `data`: it has more bytes, at `offset`;
 * - `truncated`: it was cut, from `from` to `to` bytes; reading goes on at the start of what is there now;
 * - `replaced`: another file has the name now; reading goes on at its start;
 * - `removed`: the name is gone;
 * - `unreadable`: the name leads to something that cannot be read, such as a folder, or a new log without
 * permission yet.
 *
 * After the last two, `replaced` follows when the name leads to a readable file again.
 */
export type FollowEvent =
  | { type: 'data'; offset: number; bytes: Buffer }
  | { type: 'truncated'; from: number; to: number }
  | { type: 'replaced' }
  | { type: 'removed' }
  | { type: 'unreadable'; error: Error }

/**
 * Gives what is written to a growing file, as `tail -F` does, through rotations and truncations. It reads
 * without mapping. It goes on until you leave the loop, abort it, or its `output` is closed.
 *
 * The file is known by its identity, its size and the last 64 bytes read: one that was cut and has grown past
 * the offset read so far is reported as `truncated`, unless those bytes are the same. What is still written
 * to a replaced file is given until the new one is noticed, and with `wholeLines` up to a second longer to
 * complete its last line.
 *
 * @param path - A path or `file:` URL.
 * @throws (rejects) the signal's reason · the system's error when the file cannot be opened at first
 * (`ENOENT`) or read · `ERR_SMMAP_NOT_REGULAR_FILE` · `TypeError` · `RangeError`
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
  const target = toPath(path)
  const plan = toPlan(options)
  plan.signal?.throwIfAborted()
  const alarm = new Alarm(target, plan.signal)
  const follower = new Follower(target, plan)
  try {
    await follower.begin()
    for (;;) {
      yield* follower.look()
      if (plan.output !== undefined && native.isUnread(plan.output)) return
      if (!follower.isDue) await alarm.wait(plan.interval)
    }
  } finally {
    alarm.close()
    await follower.close()
  }
}

/** {@link FollowOptions}, checked. */
interface Plan {
  readonly from: number | 'end'
  readonly lastLines: number | undefined
  readonly wholeLines: boolean
  readonly wait: boolean
  readonly interval: number
  readonly output: number | undefined
  readonly signal: AbortSignal | undefined
}

function toPlan(options: FollowOptions): Plan {
  const given = toOptions(options, FOLLOW)
  const { from = 'end', lastLines, wholeLines, wait, interval = 250, output, signal } = given
  const most = Number.MAX_SAFE_INTEGER
  checkWork({ signal })
  return {
    from: from === 'end' ? from : toInteger(from, 'options.from', 0, most),
    lastLines: lastLines === undefined ? undefined : toInteger(lastLines, 'options.lastLines', 0, most),
    wholeLines: toBoolean(wholeLines, 'options.wholeLines', false),
    wait: toBoolean(wait, 'options.wait', false),
    interval: toInteger(interval, 'options.interval', 1, 2 ** 31 - 1),
    output: output === undefined ? undefined : toInteger(output, 'options.output', 0, 2 ** 31 - 1),
    signal,
  }
}

/** A name, and the file it led to when that was last opened. */
class Follower {
  readonly #path: Buffer
  readonly #plan: Plan
  #file: FollowedFile | undefined
  /** Why the name leads to no file that can be read; reported once. */
  #trouble: string | undefined
  /** When the file was first seen to be replaced amid a line. */
  #replaced: number | undefined
  /** Whether the next look should not wait. */
  isDue = false

  constructor(path: Buffer, plan: Plan) {
    this.#path = path
    this.#plan = plan
  }

  async begin(): Promise<void> {
    const { from, lastLines, wait, wholeLines } = this.#plan
    try {
      const file = (this.#file = await FollowedFile.open(this.#path, wholeLines))
      if (lastLines !== undefined) await file.startAtLastLines(lastLines)
      else if (from === 'end') await file.startAtEnd()
      else file.startAt(from)
    } catch (error) {
      // With `wait`, the first look reports why the file is not there, and later ones find it.
      if (!wait) throw error
    }
  }

  async close(): Promise<void> {
    await this.#file?.close()
  }

  /** What happened since the last look. */
  async *look(): AsyncGenerator<FollowEvent> {
    const { signal } = this.#plan
    this.isDue = false
    const file = this.#file
    // The open file first: what was written to it before a rotation is not lost.
    if (file !== undefined) yield* file.news(signal)
    const next = await this.#openNext()
    if (next instanceof Error) {
      yield* this.#report(next)
    } else if (next !== undefined) {
      yield* this.#change(next)
    } else {
      this.#trouble = undefined
    }
  }

  /** The file that the name leads to now, if it is another one; or why there is none. */
  async #openNext(): Promise<FollowedFile | Error | undefined> {
    try {
      const now: BigIntStats = await stat(this.#path, { bigint: true })
      if (this.#file?.is(now)) return undefined
      const next = await FollowedFile.open(this.#path, this.#plan.wholeLines)
      // Between the two calls it may have got its old file back.
      if (!this.#file?.is(next)) return next
      await next.close()
      return undefined
    } catch (error) {
      return error as Error
    }
  }

  *#report(error: Error): Generator<FollowEvent> {
    const { code = error.message } = error as NodeJS.ErrnoException
    // Reported once, not at each look.
    if (code === this.#trouble) return
    this.#trouble = code
    const isGone = code === 'ENOENT' && this.#file !== undefined
    yield isGone ? { type: 'removed' } : { type: 'unreadable', error }
  }

  async *#change(next: FollowedFile): AsyncGenerator<FollowEvent> {
    const file = this.#file
    try {
      if (file !== undefined) {
        // What was written between the last look and the replacement.
        yield* file.news(this.#plan.signal)
        this.#replaced ??= milliseconds()
        if (this.#plan.wholeLines && file.isAmidLine && milliseconds() - this.#replaced < PATIENCE) return
        yield* file.rest()
      }
      await file?.close()
      this.#file = next
    } finally {
      if (this.#file !== next) await next.close()
    }
    this.#replaced = undefined
    this.#trouble = undefined
    this.isDue = true
    yield { type: 'replaced' }
  }
}
