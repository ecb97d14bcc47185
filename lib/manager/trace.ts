/** @file What a manager did, event by event. Knows kinds and batches; the recording is native. */
import { toBoolean, toInteger } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { native } from '../native.js'
import type { NativeManager } from '../panes/native-manager.js'
import type { ManagerStats } from './stats.js'

// The native side writes events into a ring of fixed size, under the manager's lock, as numbers. They are
// fetched in batches and made objects only when they are read, so that recording costs some 50 ns an event
// and a program that never looks pays nothing more.

/** How many events are fetched at once, which takes a fraction of a millisecond. */
const BATCH = 1024
/** The most events that are kept. */
const MOST = 2 ** 31 - 1
/** How many numbers the native side gives for an event. */
const NUMBERS = 7
/** In the order in which the core counts them. */
const KINDS = ['open', 'hit', 'miss', 'map', 'evict', 'release'] as const

/** What `manager.trace()` accepts. */
export interface TraceOptions {
  /**
   * How many events are kept, at least 1; beyond that the oldest are dropped. Default: 65,536, which take
   * some 6 MiB.
   */
  capacity?: number | bigint | undefined
  /** Whether each hit is an event, too. Default: `false`; hits are counted either way. */
  hits?: boolean | undefined
}

const TRACE: Names<TraceOptions> = { capacity: true, hits: true }

/** One thing that a manager did. */
export interface TraceEvent {
  /**
   * - `'open'`: a file was opened that was not open, or had changed since;
   * - `'miss'`: no region had all of the bytes asked for, which are `offset` and `size`;
   * - `'map'`: a region was mapped;
   * - `'evict'`: a region was unmapped to make room, because the system ran short, or by `collect()`;
   * - `'release'`: a region was unmapped for another reason: released, taken by `forceUnmap()`, its file
   * changed or cut, the manager closed;
   * - `'hit'`: a region asked for was mapped already (only with the option `hits`).
   */
  kind: (typeof KINDS)[number]
  /** Milliseconds since the trace began. */
  time: number
  /** The file's path, or `fd 5`. */
  file: string
  /** Where in the file the region begins, in bytes; for a miss, where the bytes asked for begin. */
  offset: number
  /** How many bytes the region, or for a miss the request, has. */
  size: number
  /** Bytes that the regions in the cache mapped right after this event. */
  mapped: number
  /** How many hits there were since the trace began. */
  hits: number
}

/**
 * How often each thing happened while the trace ran, whether or not its events were kept. The counters are
 * those of {@link ManagerStats}.
 */
export type TraceCounts = Pick<ManagerStats, 'hits' | 'misses' | 'maps' | 'evictions' | 'reads'>

/** A trace as plain data: what `JSON.stringify(trace)` writes and `smmap map --trace` reads. */
export interface TraceData {
  /** The manager's limits; `maxFileHandles` is `null` where there is no limit. */
  manager: { windowSize: number; maxMappedMemorySize: number; maxFileHandles: number | null }
  /** Milliseconds from its start to its end, or to now. */
  duration: number
  /** Bytes that were mapped when the trace began. */
  mappedBefore: number
  /** What was counted. */
  counts: TraceCounts
  /** How many events were dropped because there were more than `capacity`. */
  dropped: number
  /** The events that were kept, oldest first. */
  events: TraceEvent[]
}

/** Whose trace it is: what a trace needs of a manager. */
interface Traced {
  readonly windowSize: number
  readonly maxMappedMemorySize: number
  readonly maxFileHandles: number
  stats(): ManagerStats
}

/**
 * Records what a manager does, from `manager.trace()` to {@link stop}: when which window was asked for,
 * mapped and evicted, and how much was mapped then. It can be read at any time, also while it runs.
 *
 * Each event costs some 50 ns. Moves of a cursor inside its region, and reads of bytes that a long buffer has
 * at hand, never reach the manager: the former are counted in {@link counts}`.hits`, and neither is an event.
 *
 * @example
 * ```ts
 * using trace = manager.trace({ hits: true })
 * cursor.useRegion(0, 100)
 * trace.stop()
 * console.log(trace.counts, [...trace.events].length)
 * ```
 */
export class Trace {
  /** When the trace began, in milliseconds on the clock of `performance.now()`. */
  readonly startTime: number = performance.now()
  readonly #native: InstanceType<typeof native.NativeTrace>
  readonly #manager: Traced
  readonly #regions: NativeManager
  readonly #before: ManagerStats
  #end: { stats: ManagerStats; time: number } | null = null

  /** @internal */
  constructor(manager: Traced, regions: NativeManager, options: TraceOptions = {}) {
    const { capacity = 65_536, hits } = toOptions(options, TRACE)
    const most = capacity === Infinity ? MOST : toInteger(capacity, 'options.capacity', 1, MOST)
    const hasHits = toBoolean(hits, 'options.hits', false)
    this.#manager = manager
    this.#before = manager.stats()
    this.#regions = regions
    this.#native = native.NativeTrace.start(regions.native, most, hasHits)
    // While anyone records, moves in sight have to make a native call, or hits would be missing.
    regions.traces += 1
  }

  /** Whether {@link stop} was called. */
  get stopped(): boolean {
    return this.#end !== null
  }

  /** How many of the oldest events were dropped because there were more than `capacity`. */
  get dropped(): number {
    return this.#native.dropped()
  }

  /** How often each thing happened, from the start of the trace to its end, or to now. */
  get counts(): TraceCounts {
    const { hits, misses, maps, evictions, reads } = this.#end?.stats ?? this.#manager.stats()
    const before = this.#before
    return {
      hits: hits - before.hits,
      misses: misses - before.misses,
      maps: maps - before.maps,
      evictions: evictions - before.evictions,
      reads: reads - before.reads,
    }
  }

  /**
   * The events that are kept, oldest first. Each loop starts over; a slow loop misses events that are dropped
   * while it runs.
   */
  get events(): Iterable<TraceEvent> {
    return { [Symbol.iterator]: () => this.#read() }
  }

  /** Stops recording. What was recorded can still be read. A second call does nothing. */
  stop(): void {
    if (this.#end !== null) return
    // First, so that the counters below are not older than the last event.
    this.#native.stop()
    this.#regions.traces -= 1
    this.#end = { stats: this.#manager.stats(), time: performance.now() }
  }

  /** Stops recording at the end of a `using` block: the same as {@link stop}. */
  [Symbol.dispose](): void {
    this.stop()
  }

  /** The whole trace as plain data, for `JSON.stringify`. */
  toJSON(): TraceData {
    const { windowSize, maxMappedMemorySize, maxFileHandles } = this.#manager
    return {
      manager: {
        windowSize,
        maxMappedMemorySize,
        // JSON has no Infinity.
        maxFileHandles: Number.isFinite(maxFileHandles) ? maxFileHandles : null,
      },
      duration: (this.#end?.time ?? performance.now()) - this.startTime,
      mappedBefore: this.#before.mappedMemorySize,
      counts: this.counts,
      dropped: this.dropped,
      events: [...this.events],
    }
  }

  *#read(): Generator<TraceEvent, undefined> {
    // A batch at a time: the ring may move on while the program looks at what it has.
    for (let next = 0, count = BATCH; count === BATCH; next += count) {
      const { first, numbers, files } = this.#native.read(next, BATCH)
      // Later than asked for, if events were dropped in the meantime.
      next = first
      count = numbers.length / NUMBERS
      for (let at = 0; at < numbers.length; at += NUMBERS) yield toEvent(numbers.subarray(at), files)
    }
  }
}

function toEvent(numbers: Float64Array, files: readonly string[]): TraceEvent {
  const [kind = 0, time = 0, file = 0, offset = 0, size = 0, mapped = 0, hits = 0] = numbers
  return {
    kind: KINDS[kind] as TraceEvent['kind'],
    time,
    file: files[file] as string,
    offset,
    size,
    mapped,
    hits,
  }
}
