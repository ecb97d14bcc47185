/** @file A native manager's regions as TypeScript sees them: by slot, each with its panes. Knows no cursor. */
import type { ResolvedOptions } from '../arguments/arguments.js'
import { alignToMmap } from '../constants.js'
import { fromNative } from '../errors/smmap-errors.js'
import { isExternalAllowed, native } from '../native.js'
import { NativeRegion } from './native-region.js'

/** Native calls leave numbers here; see each call for which. */
const MAILBOX_LENGTH: number = native.mailboxLength()

const dropped = new FinalizationRegistry<number>((handle) => native.dropManager(handle))

/** The native manager, the regions it has mapped, and what the hit path needs without asking it. */
export class NativeManager {
  /** Names the native manager in calls. */
  readonly handle: number
  readonly mailbox: Float64Array = new Float64Array(MAILBOX_LENGTH)
  readonly zeroCopy: boolean
  /** The most bytes a cursor spans at once; Infinity: the whole file. */
  readonly windowSize: number
  /** Whether reading methods always map what they read. */
  readonly alwaysMaps: boolean
  /** Whether they keep what they read near by, where they cannot see it in place. */
  readonly readsBlocks: boolean
  /** What regions' offsets are multiples of, mostly. */
  readonly stride: number
  /**
   * A clock, for each of the first slots what it showed when that region was last read, and how many regions have left the
   * cache. Where it is not shared with the native side, no slot.
   */
  readonly #stamps: Float64Array
  /** How many regions had left when that was last looked at. */
  #swept = 0
  /** Goes up whenever regions are taken away from cursors: who took a region at an earlier epoch must ask again. */
  epoch = 0
  /** Whether the manager is closed: nothing can be had of it any more. */
  isClosed = false
  /** How many regions left the cache so far, and their panes with them. */
  dismissals = 0
  /** Requests served without a native call. */
  hits = 0
  readonly #tables: (NativeRegion | undefined)[] = []

  /**
   * @param mapsWhole - Whether each file is one region, whatever the window.
   */
  constructor(options: ResolvedOptions, mapsWhole: boolean) {
    const { windowSize, maxMemorySize, maxOpenHandles, strict, guard, advice, zeroCopy, access } = options
    const mapped = mapsWhole ? 0 : windowSize
    this.windowSize = windowSize === 0 ? Infinity : windowSize
    this.zeroCopy = zeroCopy === 'auto' && isExternalAllowed
    this.alwaysMaps = access === 'map'
    this.readsBlocks = access === 'auto' && !this.zeroCopy
    this.stride = mapped === 0 ? Infinity : alignToMmap(mapped, true)
    const limits = { memory: maxMemorySize, handles: maxOpenHandles, strict }
    this.handle = native.newManager({ window: mapped, ...limits, guard, advice }, this.mailbox)
    // Nothing is gained by a map that cannot be seen.
    if (access !== 'auto' || this.readsBlocks)
      native.forceAccess(this.handle, access === 'map', access === 'auto')
    this.#stamps = new Float64Array((this.zeroCopy && native.stamps(this.handle)) || new ArrayBuffer(16))
    dropped.register(this, this.handle)
  }

  /** The region a native call has just named. */
  at(slot: number, generation: number, begin: number, end: number): NativeRegion {
    const known = this.#tables[slot]
    if (known?.generation === generation) return known
    // It was mapped by that call, and others may have been evicted for it.
    this.sweep()
    return (this.#tables[slot] = new NativeRegion(this, slot, generation, begin, end))
  }

  /** Forgets the panes of regions that left the cache; due after every native call that may unmap. */
  sweep(): void {
    const stamps = this.#stamps
    const removals = stamps[stamps.length - 1] as number
    if (removals === this.#swept && stamps.length > 2) return
    this.#swept = removals
    let count: number
    do {
      count = native.takeRemoved(this.handle)
      for (let index = 0; index < count; index += 1) {
        const slot = this.mailbox[index] as number
        this.#tables[slot]?.dismiss()
        this.dismissals += 1
        this.#tables[slot] = undefined
      }
    } while (count === MAILBOX_LENGTH)
  }

  /** Whether the native side would see a {@link stamp} of that region: not of more than it has room for. */
  sees(slot: number): boolean {
    return slot + 2 < this.#stamps.length
  }

  /** Notes that a region is read at this moment, for the native side to see when it must choose one that goes. */
  stamp(slot: number): void {
    const now = (this.#stamps[0] as number) + 1
    this.#stamps[0] = now
    this.#stamps[slot + 1] = now
  }

  /** Runs a native call; what it may have unmapped is forgotten, also when it throws. */
  call<T>(body: () => T, target?: string | number): T {
    try {
      return body()
    } catch (error) {
      throw fromNative(error, target)
    } finally {
      this.sweep()
    }
  }
}
