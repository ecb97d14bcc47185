/** @file Knows how a loop reads a part of a file, at once or with read-ahead; not what its steps give. */
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
// A step reads, and then confirms: a file may be cut while it is mapped, and the zeros in place of what was
// cut look like bytes. What was confirmed may be handed on; what comes of it later (a view kept by the
// program) is said in the guide to views.

/** How far is read ahead: long enough to be worth a task of the thread pool, short enough to wait for. */
const AHEAD = 2 ** 22

/** A part of a reader's file, and how to get a cursor for it. */
export interface Stretch {
  /** Offset in the file of the reader's first byte. */
  readonly origin: number
  /** Offset in the file. */
  readonly begin: number
  /** Exclusive. */
  readonly end: number
  /** The most bytes a view has. */
  readonly windowSize: number
  /**
   * A cursor on the reader's open file, for a loop of its own; throws where the reader is no longer on it.
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
  readonly #begin: () => Steps<T>

  /** @internal */
  constructor(begin: () => Steps<T>) {
    this.#begin = begin
  }

  /** Starts a loop. */
  [Symbol.iterator](): Loop<T> {
    return this.#begin()
  }

  /** Starts a loop that reads ahead on the thread pool. */
  [Symbol.asyncIterator](): AsyncLoop<T> {
    return new StepsAhead(this.#begin())
  }
}

/** One loop over a stretch. */
export abstract class Steps<T> implements Loop<T> {
  readonly stretch: Stretch
  /** Offset in the file of the first byte not read yet. */
  protected position: number
  #cursor: RegionCursor | null = null
  #isDone = false
  #regions: RegionCursor['regions'] | null = null
  #faults = 0
  readonly #tell: NonNullable<WorkOptions['onProgress']>

  constructor(stretch: Stretch) {
    this.stretch = stretch
    this.position = stretch.begin
    this.#tell = paced(stretch.onProgress)
  }

  /** Offset in the file behind all that the next step may read; 0 where it reads nothing. */
  abstract get wanted(): number

  /** The next piece. Throws, and lets go, when there is none to be had. */
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
    this.stretch.signal?.throwIfAborted()
    return (this.#cursor ??= this.stretch.open())
  }

  /**
   * Whether nothing happened to the manager or to any mapped file since {@link confirm}, and nobody aborted.
   * Where something did, what was read before may still be handed on, once confirmed again.
   */
  protected get isFresh(): boolean {
    return (
      this.#regions !== null &&
      !this.#regions.isClosed &&
      this.#faults === faults[0] &&
      this.stretch.signal?.aborted !== true
    )
  }

  /**
   * Throws when the manager was closed, or when the file's bytes up to `end` are gone, of which a view would
   * show zeros. That is asked of the system by reading the last one, since a cut inside a page raises no
   * fault.
   */
  protected confirm(end: number): void {
    const { cursor } = this
    const seen = faults[0] as number
    cursor.readInto(probe, end - 1)
    // The read above may have come from the file; the region that views were given from is a matter of its
    // own.
    if (cursor.region !== null && !cursor.isHeld && cursor.damage !== null) throw cursor.damage
    this.#regions = cursor.regions
    this.#faults = seen
    this.tell(end)
  }

  /** Reports that the bytes up to `end` of the file were read. */
  protected tell(end: number): void {
    const { begin, end: last, onProgress } = this.stretch
    if (onProgress === undefined) return
    this.#tell({ bytesScanned: end - begin, bytesTotal: last - begin, found: 0 })
  }
}

const probe: Buffer = Buffer.alloc(1)

/** The same loop, with what the next steps read brought into memory first. */
export class StepsAhead<T> implements AsyncLoop<T> {
  readonly #steps: Steps<T>
  /** In memory up to here. */
  #until: number
  #reading: Promise<void> | null = null

  constructor(steps: Steps<T>) {
    this.#steps = steps
    this.#until = steps.stretch.begin
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    const steps = this.#steps
    // Calls that wait together go on in their order.
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
    // `prefetch` touches the pages on the thread pool, so that the main thread finds them in memory.
    const until = Math.min(this.#until + AHEAD, this.#steps.stretch.end)
    await prefetchFile(this.#steps.cursor, this.#until, until)
    this.#until = until
    this.#reading = null
  }

  #readAhead(): void {
    const { isDone, wanted, stretch } = this.#steps
    if (isDone || wanted === 0 || this.#reading !== null || this.#until >= stretch.end) return
    this.#reading = this.#readOn()
    // Whoever needs it awaits it; that may be nobody.
    this.#reading.catch(() => {})
  }
}
