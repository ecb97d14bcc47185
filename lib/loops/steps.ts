/**
 * @file The base of all loops over a file: synchronous, or with read-ahead. Does not know what a step gives.
 */
import type { Names } from '../arguments/options.js'
import { RANGE, type RangeOptions } from '../arguments/range.js'
import { paced, WORK, type WorkOptions } from '../arguments/work.js'
import { prefetchFile } from '../jobs/read.js'
import { faults } from '../native.js'
import type { RegionCursor } from '../panes/region-cursor.js'

// A loop is a class and not a generator, for two reasons. `for await` needs to know what the next step is
// going to read before it is made, so that the thread pool can bring it into memory first; and a call of
// `next()` costs less than a step of a generator, which counts where a step is one line of a log.
//
// A step reads, and then confirms: a file may be cut while it is mapped, and then it reads as zeros. What was
// confirmed is given to the program.

/** How many bytes are read ahead: enough to be worth a task of the thread pool, few enough to wait for. */
const AHEAD = 2 ** 22

/** The range of a loop in its reader's file, and how to get a cursor for it. */
export interface LoopRange {
  /** Offset in the file of the reader's first byte. */
  readonly origin: number
  /** Offset in the file. */
  readonly start: number
  /** Exclusive. */
  readonly end: number
  /** The most bytes a view has. */
  readonly windowSize: number
  /**
   * Makes a cursor on the reader's open file, for this loop. Throws if the reader reads something else by
   * now.
   */
  readonly open: () => RegionCursor
  readonly signal: AbortSignal | undefined
  readonly onProgress: WorkOptions['onProgress']
}

/** Which part of the bytes to loop over, how to end the loop, and how to hear of its progress. */
export interface LoopOptions extends RangeOptions, WorkOptions {}

/** Its names, to be spread into those of options that have more. */
export const LOOP: Names<LoopOptions> = { ...RANGE, ...WORK }

export const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

/** A loop that has started. (TypeScript 5.6 has a type of its own for this; older ones do not.) */
export interface Loop<T> extends Iterator<T, undefined> {
  /** Ends the loop and closes its cursor; a `break` out of `for … of` calls this. */
  return(): IteratorReturnResult<undefined>
  /** The loop itself, which goes on where it is. */
  [Symbol.iterator](): Loop<T>
}

/** A loop that has started and reads ahead on the thread pool. */
export interface AsyncLoop<T> extends AsyncIterator<T, undefined> {
  /** Ends the loop and closes its cursor; a `break` out of `for await … of` calls this. */
  return(): Promise<IteratorReturnResult<undefined>>
  /** The loop itself, which goes on where it is. */
  [Symbol.asyncIterator](): AsyncLoop<T>
}

/**
 * What `chunks()` and `lines()` give, for `for … of` and `for await … of`. Each loop starts at the beginning,
 * with a cursor of its own, so reading elsewhere at the same time does no harm; the cursor is closed when the
 * loop ends, however it ends.
 *
 * `for await` reads ahead on the thread pool, so that the event loop does not wait for the disk.
 */
export class Iteration<T> implements Iterable<T>, AsyncIterable<T> {
  readonly #start: () => Steps<T>

  /** @internal */
  constructor(start: () => Steps<T>) {
    this.#start = start
  }

  /** Starts a loop. */
  [Symbol.iterator](): Loop<T> {
    return this.#start()
  }

  /** Starts a loop that reads ahead on the thread pool. */
  [Symbol.asyncIterator](): AsyncLoop<T> {
    return new StepsAhead(this.#start())
  }
}

/** One loop over a range. */
export abstract class Steps<T> implements Loop<T> {
  readonly range: LoopRange
  /** Offset in the file of the first byte not read yet. */
  protected position: number
  #cursor: RegionCursor | null = null
  #isDone = false
  #regions: RegionCursor['regions'] | null = null
  #faults = 0
  readonly #report: NonNullable<WorkOptions['onProgress']>

  constructor(range: LoopRange) {
    this.range = range
    this.position = range.start
    this.#report = paced(range.onProgress)
  }

  /** The offset in the file up to which the next step may read; 0 if it reads nothing. */
  abstract get wanted(): number

  /** The next piece. If it cannot be read, the loop ends, and this throws. */
  abstract next(): IteratorResult<T, undefined>

  /** Ends the loop and lets go; a second call does nothing. */
  return(): IteratorReturnResult<undefined> {
    this.#isDone = true
    this.#regions = null
    this.#cursor?.close()
    this.#cursor = null
    return DONE
  }

  /** Ends the loop with an error. */
  throw(error: unknown): never {
    this.return()
    throw error
  }

  [Symbol.iterator](): this {
    return this
  }

  /** Whether the loop has ended. */
  get isDone(): boolean {
    return this.#isDone
  }

  /** The loop's own cursor. Throws the signal's reason once the loop is aborted. */
  get cursor(): RegionCursor {
    this.range.signal?.throwIfAborted()
    return (this.#cursor ??= this.range.open())
  }

  /**
   * Whether nothing happened to the manager or to any mapped file since {@link confirm}, and the signal was
   * not aborted. If false, what was read before must be confirmed again.
   */
  protected get isFresh(): boolean {
    return (
      this.#regions !== null &&
      !(this.#regions.mayBeClosed && this.#regions.isClosed) &&
      this.#faults === faults[0] &&
      this.range.signal?.aborted !== true
    )
  }

  /**
   * Throws if the manager was closed, or if the file's bytes up to `end` are gone, where a view would show
   * zeros. It reads the last of them from the file, since a cut inside a page raises no fault.
   */
  protected confirm(end: number): void {
    const { cursor } = this
    const seen = faults[0] as number
    cursor.readInto(probe, end - 1)
    // The read above says nothing of the region that views were given from: it may lack a page all the same.
    if (cursor.region !== null && !cursor.isHeld && cursor.damage !== null) throw cursor.damage
    this.#regions = cursor.regions
    this.#faults = seen
    this.report(end)
  }

  /** Reports that the bytes up to `end` of the file were read. */
  protected report(end: number): void {
    const { start, end: last, onProgress } = this.range
    if (onProgress === undefined) return
    this.#report({ bytesScanned: end - start, bytesTotal: last - start, found: 0 })
  }
}

const probe: Buffer = Buffer.alloc(1)

/** The same loop, but the bytes of the next steps are brought into memory first. */
export class StepsAhead<T> implements AsyncLoop<T> {
  readonly #steps: Steps<T>
  /** The offset up to which the file was brought into memory. */
  #until: number
  #reading: Promise<void> | null = null

  constructor(steps: Steps<T>) {
    this.#steps = steps
    this.#until = steps.range.start
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const steps = this.#steps
    // Several `next()` may be called at once, as `Promise.all` does: they wait for the same reading.
    while (!steps.isDone && steps.wanted > this.#until) {
      try {
        await (this.#reading ??= this.#readOn())
      } catch (error) {
        steps.throw(error)
      }
    }
    // Half a step ahead: while the program works on this piece, the thread pool reads the next one.
    if (steps.wanted + AHEAD > this.#until) this.#readAhead()
    return steps.next()
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    return Promise.resolve(this.#steps.return())
  }

  throw(error: unknown): Promise<never> {
    this.#steps.return()
    return Promise.reject(error as Error)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #readOn(): Promise<void> {
    const until = Math.min(this.#until + AHEAD, this.#steps.range.end)
    await prefetchFile(this.#steps.cursor, this.#until, until)
    this.#until = until
    this.#reading = null
  }

  #readAhead(): void {
    const { isDone, wanted, range } = this.#steps
    if (isDone || wanted === 0 || this.#reading !== null || this.#until >= range.end) return
    this.#reading = this.#readOn()
    // The next step awaits it, if there is one; otherwise its failure must not be reported as unhandled.
    this.#reading.catch(() => {})
  }
}
