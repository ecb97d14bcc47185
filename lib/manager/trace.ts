/** @file What a manager did, event by event. Knows kinds and batches; the recording is native. */
import { toBoolean, toInteger } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { native } from '../native.js'
import type { NativeManager } from '../panes/native-manager.js'
import type { ManagerStats } from './stats.js'

/** How many events are taken over at once: a fraction of a millisecond. */
const BATCH = 1024
/** The most events that are kept. */
const MOST = 2 ** 31 - 1
/** How many numbers an event has on its way. */
const NUMBERS = 7
/** In the order in which the core counts them. */
const KINDS = ['open', 'hit', 'miss', 'map', 'evict', 'release'] as const

/** What is recorded. */
export interface TraceOptions {
  /**
   * How many events are kept, at least 1; when there are more, the first ones go. Default: 65,536, which take
   * some 6 MiB.
   */
  capacity?: number | bigint | undefined
  /** Whether each hit is an event, too. Default: `false`; they are counted either way. */
  hits?: boolean | undefined
}

const TRACE: Names<TraceOptions> = { capacity: true, hits: true }

/** Something that a manager did. */
export interface TraceEvent {
  /**
   * - `'open'`: a file was opened that was not open, or had changed since;
   * - `'miss'`: no region had all of what was asked for, which `offset` and `size` tell;
   * - `'map'`: a region was mapped;
   * - `'evict'`: a region had to go, for another one, for the system, or by `collect()`;
   * - `'release'`: a region went for another reason: given back, taken by force, its file changed or was cut,
   *   the manager closed;
   * - `'hit'`: a region asked for was there (with the option `hits`).
   */
  kind: (typeof KINDS)[number]
  /** Milliseconds since the trace began. */
  time: number
  /** What the file was opened as: its path, or `fd 5`. */
  file: string
  /** Where in the file the region begins; for a miss, what was asked for. */
  offset: number
  /** How many bytes that is. */
  size: number
  /** Bytes mapped by regions in the cache, when this had happened. */
  mapped: number
  /** How many hits there were by then. */
  hits: number
}

/** How often what happened, whether or not its events were kept: what {@link ManagerStats} went up by. */
export type TraceCounts = Pick<ManagerStats, 'hits' | 'misses' | 'maps' | 'evictions' | 'reads'>

/** A trace as plain data, for a file or for `smmap map --trace`. */
export interface TraceData {
  /** What the manager was made with; `maxFileHandles` is `null` where there is no limit. */
  manager: { windowSize: number; maxMappedMemorySize: number; maxFileHandles: number | null }
  /** Milliseconds from its begin to its end, or to now. */
  duration: number
  /** Bytes that were mapped when it began. */
  mappedBefore: number
  counts: TraceCounts
  dropped: number
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
 * Records what a manager does, from {@link MapManager.trace} to {@link stop}: when which window was asked
 * for, mapped and evicted, and how much was mapped then. It can be read while it runs, as often as one likes.
 *
 * Its price is some 50 ns for each event. Moves of a cursor inside its region, and
 * reads inside the bytes that a long buffer has at hand, never leave JavaScript: the former are among {@link
 * counts}`.hits`, none is an event.
 */
export class Trace {
  /** When it began, on the clock of `performance.now()`. */
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
    this.#native = native.NativeTrace.start(regions.handle, most, hasHits)
    regions.traces += 1
  }

  /** Whether {@link stop} was called. */
  get stopped(): boolean {
    return this.#end !== null
  }

  /** How many of the first events are gone, because there were more than `capacity`. */
  get dropped(): number {
    return this.#native.dropped()
  }

  /** How often what happened, from its begin to its end or to now. */
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
   * The events that are kept, from first to last. Each loop over it begins anew; a slow one misses those that
   * go meanwhile.
   */
  get events(): Iterable<TraceEvent> {
    return { [Symbol.iterator]: () => this.#read() }
  }

  /** Records nothing more. What was recorded can still be read. */
  stop(): void {
    if (this.#end !== null) return
    this.#native.stop()
    this.#regions.traces -= 1
    this.#end = { stats: this.#manager.stats(), time: performance.now() }
  }

  /** As {@link stop}, for `using`. */
  [Symbol.dispose](): void {
    this.stop()
  }

  /** For `JSON.stringify`. */
  toJSON(): TraceData {
    const { windowSize, maxMappedMemorySize, maxFileHandles } = this.#manager
    return {
      manager: {
        windowSize,
        maxMappedMemorySize,
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
    for (let next = 0, count = BATCH; count === BATCH; next += count) {
      const { first, numbers, files } = this.#native.read(next, BATCH)
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
