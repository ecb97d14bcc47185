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

/** What becomes of views when their manager is closed. */
export interface CloseOptions {
  /** Whether views become empty (length 0), and their memory is unmapped now. Default: `false`. */
  detach?: boolean | undefined
}

const CLOSE: Names<CloseOptions> = { detach: true }

/**
 * Keeps regions of files mapped, within limits: regions that nothing uses stay cached until their place is
 * needed, and then the one used longest ago goes.
 *
 * `maxOpenHandles` is never overstepped; `maxMemorySize` is when everything mapped is in use, unless
 * `strict`.
 */
export abstract class MapManager {
  readonly #regions: NativeManager
  readonly #options: ResolvedOptions

  readonly #mapsWhole: boolean
  /** Whether another thread made it: closing it here closes it for this thread alone. */
  readonly #isAttached: boolean

  /** @internal */
  constructor(options: ManagerOptions | undefined, defaults: { windowSize: -1 | 0; mapsWhole: boolean }) {
    staysInItsThread(this)
    const shared = options instanceof Attachment ? options : null
    this.#options = shared?.checkedFor(defaults.mapsWhole) ?? toManagerOptions(options, defaults)
    this.#mapsWhole = defaults.mapsWhole
    this.#isAttached = shared !== null
    const mapsWhole = defaults.mapsWhole || this.#options.windowSize === 0
    this.#regions = new NativeManager(this.#options, mapsWhole, shared?.number)
  }

  /**
   * A value by which other threads of this process can have this very manager: one cache, one set of limits,
   * one set of counters. It can be posted, or be among a worker's `workerData`; there `from(shared)` of the
   * manager's class takes it.
   *
   * Each thread has cursors and views of its own. A thread that ends lets go of what it had. {@link close}
   * here closes the manager for all; that of an attached one lets go of what its thread has. Keep this
   * manager until the others have attached: `share()` does not.
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
    return shareOf(this.regions, this.#options, this.#mapsWhole)
  }

  /** Whether it is a manager, and not only looks like one. @internal */
  static isManager(value: unknown): value is MapManager {
    return typeof value === 'object' && value !== null && #regions in value
  }

  /** @internal */
  get regions(): NativeManager {
    if (this.#regions.isClosed) throw new ClosedError('the manager is closed: make a new one')
    return this.#regions
  }

  /** The most bytes a cursor spans at once; 0: whole files. */
  get windowSize(): number {
    return this.#options.windowSize
  }

  /** The memory limit in bytes. */
  get maxMappedMemorySize(): number {
    return this.#options.maxMemorySize
  }

  /** The handle limit, of mappings and of file descriptors alike; `Infinity`: none. */
  get maxFileHandles(): number {
    return this.#options.maxOpenHandles
  }

  /** Bytes mapped by regions in the cache. */
  get mappedMemorySize(): number {
    return this.stats().mappedMemorySize
  }

  /** Mappings alive. smmap holds a file handle for each; here a file has one, however many regions it has. */
  get numFileHandles(): number {
    return this.stats().numFileHandles
  }

  /** Files that have a region. */
  get numOpenFiles(): number {
    return this.stats().numOpenFiles
  }

  /** Regions in the cache. */
  get numOpenRegions(): number {
    return this.stats().numOpenRegions
  }

  /** Regions with a client other than the manager. */
  get numUsedRegions(): number {
    return this.stats().numUsedRegions
  }

  /** Cursors that hold a file: used, and not closed yet. */
  get numOpenCursors(): number {
    return this.stats().numOpenCursors
  }

  /** Whether {@link close} was called; of a manager that threads share, also by the thread that shared it. */
  get closed(): boolean {
    return this.#regions.isClosed
  }

  /**
   * Whether Buffers lie directly over the file: not where the runtime forbids it, or the option `zeroCopy`
   * does.
   */
  get zeroCopy(): boolean {
    return this.#regions.zeroCopy
  }

  /** Every counter at this moment. Costs a microsecond. */
  stats(): ManagerStats {
    const stats = this.#regions.call(() => native.stats(this.#regions.handle))
    return {
      mappedMemorySize: stats.mappedMemory,
      peakMappedMemorySize: stats.peakMappedMemory,
      numFileHandles: stats.mappings,
      peakFileHandles: stats.peakMappings,
      numOpenFiles: stats.filesWithRegions,
      numOpenRegions: stats.regions,
      numUsedRegions: stats.usedRegions,
      numOpenCursors: stats.cursors,
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
   * Records what this manager does from now on, to see why it maps what it maps. Several may run at once.
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
   * for (const { kind, offset } of trace.events) if (kind === 'map') times.set(offset, (times.get(offset) ??
   * 0) + 1)
   * ```
   */
  trace(options: TraceOptions = {}): Trace {
    return new Trace(this, this.regions, options)
  }

  /**
   * The regions mapped of a file at this moment, ordered by offset.
   *
   * @throws `ERR_SMMAP_CLOSED`, and as `makeCursor` does for the same argument.
   */
  regionList(pathOrFd: PathOrFd): MapRegionList {
    const target = toTarget(pathOrFd)
    const { regions: open } = this
    const numbers = open.call(() => native.regionsOf(open.handle, pathBytes(target), target.fd))
    const regions: MapRegion[] = []
    for (let index = 0; index < numbers.length; index += 4) {
      const [slot, generation, begin, end] = numbers.slice(index, index + 4) as [
        number,
        number,
        number,
        number,
      ]
      regions.push(MapRegion.of(this.#regions.at(slot, generation, begin, end, null)))
    }
    return new MapRegionList(pathOrFd, regions)
  }

  /**
   * Unmaps every region that nothing uses. Views of them stay right; such a region lingers until they are
   * gone.
   *
   * @returns How many regions.
   */
  collect(): number {
    return this.#regions.call(() => native.collect(this.#regions.handle))
  }

  /**
   * Unmaps every region of the files at or under a path, in use or not: their views become empty (length 0),
   * their cursors invalid until they are used again. For deleting or replacing files where that fails while
   * they are mapped, as on Windows.
   *
   * Do not call it while such a view is at work elsewhere: in `zlib`, `crypto`, a worker or a pending write.
   * Node itself ends the process then.
   *
   * Views that other threads have of a shared manager are emptied at their next turn of the event loop, or
   * when they next read.
   *
   * @param basePath - A file or a folder, matched by whole path segments, symbolic links resolved.
   * @returns How many regions.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`
   */
  forceUnmap(basePath: string | Uint8Array | URL): number {
    const path = toPath(basePath, 'basePath')
    const count = this.#regions.call(() => native.forceUnmap(this.#regions.handle, path))
    return count
  }

  /**
   * {@link forceUnmap} on Windows, where a mapped file cannot be deleted; elsewhere it does nothing.
   *
   * @returns How many regions; 0 elsewhere.
   */
  forceMapHandleRemovalWin(basePath: string | Uint8Array | URL): number {
    toPath(basePath, 'basePath')
    return process.platform === 'win32' ? this.forceUnmap(basePath) : 0
  }

  /**
   * Lets go of everything. Cursors become invalid; views stay right unless `detach` empties them at once, for
   * which the warning of {@link forceUnmap} holds. A second call does nothing.
   *
   * The manager of several threads is closed for all by the one that shared it; views of the others are
   * emptied at their next turn of the event loop. Closing an attached one, by `from()`, lets go of what its
   * thread has.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`
   */
  close(options: CloseOptions = {}): void {
    const isDetached = toBoolean(toOptions(options, CLOSE).detach, 'options.detach', false)
    if (this.#regions.isClosed) return
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

  /** As {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }
}
