/** @file What all managers share: limits, counters, collecting, closing. Knows no kind of cursor. */
import { inspect, type InspectOptions } from 'node:util'
import {
  type ManagerOptions,
  type PathOrFd,
  type ResolvedOptions,
  toBoolean,
  toManagerOptions,
  pathBytes,
  toPath,
  toTarget,
} from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { show, staysInItsThread } from '../arguments/identity.js'
import { ClosedError } from '../errors/smmap-errors.js'
import { native } from '../native.js'
import { MapRegionList } from '../region/map-region-list.js'
import { MapRegion } from '../region/map-region.js'
import { NativeManager } from '../panes/native-manager.js'
import { Attachment, type SharedManager, shareOf } from './sharing.js'
import type { ManagerStats } from './stats.js'
import { Trace, type TraceOptions } from './trace.js'

// The four managers differ in two things only: whether a file is mapped in windows or whole, and which cursor
// they give. All else is here. A manager of this class is a thin shell over a native one, which holds the
// cache and the limits; the numbers that `stats()` gives come from there, except the hits inside a region,
// which the native side never sees.

/** What happens to views when their manager is closed. */
export interface CloseOptions {
  /**
   * Whether views become empty (length 0) and their memory is unmapped at once. Default: `false`: they stay
   * right.
   */
  detach?: boolean | undefined
}

const CLOSE: Names<CloseOptions> = { detach: true }

/** A manager's native manager, for our own modules; throws when it is closed. */
export let regionsOf: (manager: MapManager) => NativeManager

/**
 * What all managers have in common: a cache of mapped regions, kept under limits. Unused regions stay cached
 * until another one needs the room; then the region used longest ago is evicted.
 *
 * `maxOpenHandles` is never exceeded. `maxMemorySize` is exceeded only when everything mapped is in use, and
 * never with `strict`.
 */
export abstract class MapManager {
  readonly #regions: NativeManager
  readonly #options: ResolvedOptions

  readonly #mapsWhole: boolean
  /** Whether another thread made it: closing it here closes it only for this thread. */
  readonly #isAttached: boolean

  /** @internal */
  constructor(options: ManagerOptions | undefined, defaults: { windowSize: -1 | 0; mapsWhole: boolean }) {
    staysInItsThread(this)
    // `from()` passes what `share()` of another thread led to in place of options.
    const shared = options instanceof Attachment ? options : null
    this.#options = shared?.checkedFor(defaults.mapsWhole) ?? toManagerOptions(options, defaults)
    this.#mapsWhole = defaults.mapsWhole
    this.#isAttached = shared !== null
    const mapsWhole = defaults.mapsWhole || this.#options.windowSize === 0
    this.#regions = new NativeManager(this.#options, mapsWhole, shared?.number)
  }

  /**
   * A value with which other threads of this process can use this same manager: one cache, one set of limits,
   * one set of counters. Post it to a worker, or put it into its `workerData`; there, give it to `from()` of
   * the manager's class.
   *
   * Each thread has cursors and views of its own, which are let go when it ends. {@link close} here closes
   * the manager for all threads; in another thread it lets go of what that thread has. Keep this manager
   * until the others have attached: the value alone does not keep it.
   *
   * @throws `ERR_SMMAP_CLOSED`
   *
   * @example
   * ```ts
   * const shared = manager.share() // to be posted, or a worker's workerData
   * const same = SlidingWindowMapManager.from(shared) // in that thread
   * same.close() // there
   * ```
   */
  share(): SharedManager {
    return shareOf(regionsOf(this), this.#options, this.#mapsWhole)
  }

  /** Whether it is a manager, and not only looks like one. @internal */
  static isManager(value: unknown): value is MapManager {
    return typeof value === 'object' && value !== null && #regions in value
  }

  static {
    regionsOf = (manager) => {
      if (manager.#regions.isClosed) throw new ClosedError('the manager is closed: make a new one')
      return manager.#regions
    }
  }

  /** The most bytes that a cursor spans at once; 0: whole files. */
  get windowSize(): number {
    return this.#options.windowSize
  }

  /** The limit on mapped memory, in bytes: the option `maxMemorySize`, with the default filled in. */
  get maxMappedMemorySize(): number {
    return this.#options.maxMemorySize
  }

  /** The limit on mappings, and on open files too: the option `maxOpenHandles`. `Infinity`: no limit. */
  get maxFileHandles(): number {
    return this.#options.maxOpenHandles
  }

  /** How many bytes the regions in the cache map now. Costs a microsecond, as {@link stats} does. */
  get mappedMemorySize(): number {
    return this.stats().mappedMemorySize
  }

  /**
   * How many mappings exist now. smmap holds a file handle for each; here a file has one, however many
   * regions it has.
   */
  get numFileHandles(): number {
    return this.stats().numFileHandles
  }

  /** How many files have a region in the cache now. */
  get numOpenFiles(): number {
    return this.stats().numOpenFiles
  }

  /** How many regions are in the cache now, used or not. */
  get numOpenRegions(): number {
    return this.stats().numOpenRegions
  }

  /** How many regions are in use now: by a cursor, or by another client besides the manager. */
  get numUsedRegions(): number {
    return this.stats().numUsedRegions
  }

  /** How many cursors hold a file now: used at least once, and not closed. */
  get numOpenCursors(): number {
    return this.stats().numOpenCursors
  }

  /** Whether the manager was closed. A shared one is also closed when the thread that shared it closes it. */
  get closed(): boolean {
    return this.#regions.isClosed
  }

  /**
   * Whether `buffer()` and `subarray()` give views of the file (`true`) or copies (`false`): they are copies
   * where the runtime forbids views, as Electron does, or with the option `zeroCopy: 'never'`.
   */
  get zeroCopy(): boolean {
    return this.#regions.zeroCopy
  }

  /**
   * Every counter at this moment. Costs a microsecond. Also of a closed manager.
   *
   * @example
   * ```ts
   * const { hits, misses, peakMappedMemorySize } = manager.stats()
   * ```
   */
  stats(): ManagerStats {
    // Not by `regionsOf`: the counters of a closed manager can still be read.
    const stats = this.#regions.call(() => this.#regions.native.stats())
    return {
      mappedMemorySize: stats.mappedMemory,
      peakMappedMemorySize: stats.peakMappedMemory,
      numFileHandles: stats.mappings,
      peakFileHandles: stats.peakMappings,
      numOpenFiles: stats.filesWithRegions,
      numOpenRegions: stats.regions,
      numUsedRegions: stats.usedRegions,
      numOpenCursors: stats.cursors,
      // Moves inside a region never reach the native side; they are counted here.
      hits: stats.hits + this.#regions.unseenHits,
      misses: stats.misses,
      evictions: stats.evictions,
      maps: stats.maps,
      reads: stats.reads,
      lingeringRegions: stats.lingeringRegions,
      lingeringBytes: stats.lingeringBytes,
      guard: this.#options.guard ? (native.guardStatus() as ManagerStats['guard']) : 'off',
    }
  }

  /**
   * Records what this manager does from now on, to find out why it maps what it maps. Several traces may run
   * at once; each event costs some 50 ns.
   *
   * @throws `ERR_SMMAP_CLOSED` · `RangeError` `ERR_OUT_OF_RANGE` · `TypeError` `ERR_INVALID_ARG_TYPE`
   *
   * @example Which windows were mapped more than once?
   * ```ts
   * const trace = manager.trace()
   * for (const at of [0, 300_000, 0, 300_000]) cursor.useRegion(at, 100).unuseRegion()
   * trace.stop()
   * console.log(trace.counts) // { hits: 2, misses: 2, … }
   * const times = new Map<number, number>()
   * for (const { kind, offset } of trace.events) {
   *   if (kind === 'map') times.set(offset, (times.get(offset) ?? 0) + 1)
   * }
   * ```
   */
  trace(options: TraceOptions = {}): Trace {
    return new Trace(this, regionsOf(this), options)
  }

  /**
   * The regions of one file that are mapped at this moment, ordered by offset.
   *
   * @throws `ERR_SMMAP_CLOSED` · `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` · `RangeError`
   * `ERR_OUT_OF_RANGE` · the system's error.
   */
  regionList(pathOrFd: PathOrFd): MapRegionList {
    const target = toTarget(pathOrFd)
    const open = regionsOf(this)
    const numbers = open.call(() => open.native.regionsOf(pathBytes(target), target.fd))
    const regions: MapRegion[] = []
    // Four numbers a region, in one array: an object for each would cost more than the list.
    for (let index = 0; index < numbers.length; index += 4) {
      const [slot, generation, offset, end] = numbers.slice(index, index + 4) as [
        number,
        number,
        number,
        number,
      ]
      regions.push(MapRegion.of(this.#regions.regionOf(slot, generation, offset, end, null)))
    }
    return new MapRegionList(pathOrFd, regions)
  }

  /**
   * Unmaps every region that nothing uses. Views of them stay right: such a region is unmapped when they are
   * gone.
   *
   * @returns How many regions left the cache.
   */
  collect(): number {
    return this.#regions.call(() => this.#regions.native.collect())
  }

  /**
   * Unmaps every region of the files at or under a path, also those in use: their views become empty (length
   * 0), their cursors invalid. For deleting or replacing files where a mapped file cannot be, as on Windows.
   *
   * Do not call it while such a view is at work in `zlib`, `crypto`, a worker or a pending write: Node itself
   * aborts the process then. Views in other threads of a shared manager become empty at that thread's next
   * turn of the event loop, or when it next reads.
   *
   * @param basePath - A file or folder; whole path segments are compared, symbolic links are resolved.
   * @returns How many regions were unmapped.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`
   */
  forceUnmap(basePath: string | Uint8Array | URL): number {
    const path = toPath(basePath, 'basePath')
    const count = this.#regions.call(() => this.#regions.native.forceUnmap(path))
    return count
  }

  /**
   * On Windows, where a mapped file cannot be deleted, the same as {@link forceUnmap}; elsewhere it does
   * nothing.
   *
   * @returns How many regions were unmapped; 0 elsewhere.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`
   */
  forceMapHandleRemovalWin(basePath: string | Uint8Array | URL): number {
    // Checked everywhere, so that a wrong argument is found on any system.
    toPath(basePath, 'basePath')
    return process.platform === 'win32' ? this.forceUnmap(basePath) : 0
  }

  /**
   * Closes the manager and all its cursors. Views stay right, unless `detach` empties them at once; the
   * warning of {@link forceUnmap} holds for that. A second call does nothing.
   *
   * The thread that made a shared manager closes it for all threads, and their views become empty (with
   * `detach`) at their next turn of the event loop. A manager from `from()` only lets go of what its own
   * thread has.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`
   */
  close(options: CloseOptions = {}): void {
    const isDetached = toBoolean(toOptions(options, CLOSE).detach, 'options.detach', false)
    if (this.#regions.isClosed) return
    // Only the thread that made the manager may end it for the others.
    if (this.#isAttached) this.#regions.leave(isDetached)
    else this.#regions.close(isDetached)
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const { windowSize, maxMappedMemorySize, closed } = this
    const counted = closed ? { closed } : this.#used
    return show(this, { windowSize, maxMappedMemorySize, ...counted }, depth, options)
  }

  get #used(): object {
    const { mappedMemorySize, numOpenRegions, numOpenCursors } = this.stats()
    return { mappedMemorySize, numOpenRegions, numOpenCursors }
  }

  /** Closes the manager at the end of a `using` block: the same as {@link close}. */
  [Symbol.dispose](): void {
    this.close()
  }
}
