/** @file A native manager as this thread sees it: its regions, and what it must let go of. Knows no file's bytes. */
import type { ResolvedOptions } from '../arguments/arguments.js'
import { alignToMmap } from '../constants.js'
import { fromNative } from '../errors/smmap-errors.js'
import { faults, isExternalAllowed, native } from '../native.js'
import { Cells } from './cells.js'
import { NativeRegion } from './native-region.js'
import { OwnMap } from './primordials.js'
import type { Viewer } from './read-path.js'

/** Native calls leave numbers here; see each call for which. The last one counts the regions that left the cache. */
const MAILBOX_LENGTH: number = native.mailboxLength()
const LOSSES = MAILBOX_LENGTH - 1

const dropped = new FinalizationRegistry<number>((handle) => native.dropManager(handle))

/** A cursor that has moved to another region without a native call. */
export interface Straggler {
  /** Tells the native side where it is. */
  tell(): void
}

/**
 * The native manager, the regions of it that this thread sees, and what reading needs without asking it.
 *
 * **Still there?** There is one rule. Shown memory stays mapped until this thread has let go of it: a region that left the
 * cache, for whatever reason and by whichever thread, is put on this thread's list; {@link sweep} takes it out of what is read in
 * place, and only the native call after that unmaps it.
 *
 * ```text
 *   evicted, released, closed …   →  losses + 1      native, any thread; the memory stays
 *   sweep: takeGone()             →  which ones      its cells are emptied
 *   sweep: takeGone() once more   →  none            now they are unmapped
 * ```
 *
 * A sweep that comes late costs memory for a while, never right bytes.
 */
export class NativeManager implements Viewer {
  /** Names the native manager in calls. */
  readonly handle: number
  readonly mailbox: Float64Array
  readonly zeroCopy: boolean
  /** The most bytes a cursor spans at once; Infinity: the whole file. */
  readonly windowSize: number
  /** Whether reading methods always map what they read. */
  readonly alwaysMaps: boolean
  /** What regions' offsets are multiples of, mostly; Infinity: files are mapped whole. */
  readonly stride: number
  /** A clock in the first cell, and for each slot what it showed when that region was last used: blocks of 2^9 cells. */
  readonly #stamps: (Float64Array | undefined)[]
  readonly #isShared: boolean
  /** How many regions had left when that was last looked at. */
  #losses = 0
  /** Whether the manager is closed: nothing can be had of it any more. */
  isClosed = false
  /** `faults[0]` when all that is shown was last known to be whole. */
  faults = faults[0] as number
  /** The slot of the region used last. */
  lastSlot = -1
  /** Requests served without a native call. */
  hits = 0
  /** How many traces record what the native side is asked: then it is asked for every change of region. */
  traces = 0
  readonly #regions: (NativeRegion | undefined)[] = []
  readonly #files = new OwnMap<number, WeakRef<Cells>>()
  #stragglers: Straggler[] = []

  /**
   * @param mapsWhole - Whether each file is one region, whatever the window.
   */
  constructor(options: ResolvedOptions, mapsWhole: boolean) {
    const { windowSize, maxMemorySize, maxOpenHandles, strict, guard, advice, zeroCopy, access } = options
    const mapped = mapsWhole ? 0 : windowSize
    this.windowSize = windowSize === 0 ? Infinity : windowSize
    this.zeroCopy = zeroCopy === 'auto' && isExternalAllowed
    this.alwaysMaps = access === 'map' && this.zeroCopy
    this.stride = mapped === 0 ? Infinity : alignToMmap(mapped, true)
    const limits = { memory: maxMemorySize, handles: maxOpenHandles, strict }
    const array = new Float64Array(MAILBOX_LENGTH)
    const ways = { guard, advice, access, shows: this.zeroCopy, canShare: isExternalAllowed }
    const { handle, mailbox } = native.newManager({ window: mapped, ...limits, ...ways }, array)
    this.handle = handle
    this.#isShared = mailbox !== undefined
    this.mailbox = mailbox === undefined ? array : new Float64Array(mailbox)
    this.#stamps = [this.#stampBlock(0) ?? new Float64Array(512)]
    dropped.register(this, this.handle)
  }

  /** The region a native call has just named. `cells`: of its file, where a cursor reads it. */
  at(slot: number, generation: number, begin: number, end: number, cells: Cells | null): NativeRegion {
    const known = this.#regions[slot]
    if (known?.generation === generation) {
      if (cells !== null) known.enter(cells)
      return known
    }
    // It was mapped by that call, and others may have been evicted for it.
    this.sweep()
    const block = (slot + 1) >> 9
    if (this.#stamps[block] === undefined) this.#stamps[block] = this.#stampBlock(block)
    return (this.#regions[slot] = new NativeRegion(this, slot, generation, begin, end, cells))
  }

  /** What is seen of a file, by whichever cursor. */
  cellsOf(file: number, fileSize: number): Cells {
    const known = this.#files.get(file)?.deref()
    if (known !== undefined) return known
    const cells = new Cells(this, fileSize, this.stride)
    this.#files.set(file, new WeakRef(cells))
    forgotten.register(cells, { files: this.#files, file })
    return cells
  }

  /** Lets go of what has left the cache; due after every native call that may unmap. */
  sweep(): void {
    const { mailbox } = this
    const losses = mailbox[LOSSES] as number
    if (losses === this.#losses && this.#isShared) return
    this.tell()
    this.#losses = losses
    for (;;) {
      const count = native.takeGone(this.handle)
      if (count === 0) return
      for (let index = 0; index < 2 * count; index += 2) {
        const slot = mailbox[index] as number
        const region = this.#regions[slot]
        if (region?.generation !== mailbox[index + 1]) continue
        region?.leave()
        this.#regions[slot] = undefined
        if (slot === this.lastSlot) this.lastSlot = -1
      }
    }
  }

  /** A page was missing somewhere: lets go of the regions that lack one. What is seen in place afterwards is whole. */
  confirm(): void {
    const now = faults[0] as number
    this.call(() => native.dropDamaged(this.handle))
    this.faults = now
  }

  /** Notes that a region is used from now on, for the native side to see when it must choose one that goes. */
  turnTo(slot: number): void {
    this.hits += 1
    this.lastSlot = slot
    this.stamp(slot)
  }

  /** Notes that a region is used at this moment. */
  stamp(slot: number): void {
    const first = this.#stamps[0] as Float64Array
    const now = (first[0] as number) + 1
    first[0] = now
    const cell = slot + 1
    const block = cell < 512 ? first : this.#stamps[cell >> 9]
    if (block !== undefined) block[cell & 511] = now
  }

  #stampBlock(block: number): Float64Array | undefined {
    const memory = this.#isShared ? native.stamps(this.handle, block) : undefined
    return memory && new Float64Array(memory)
  }

  /** The native side is to be told where that cursor is, before it is asked anything. */
  await(straggler: Straggler): void {
    this.#stragglers[this.#stragglers.length] = straggler
  }

  /** Tells the native side where cursors are that moved without it. */
  tell(): void {
    const stragglers = this.#stragglers
    if (stragglers.length === 0) return
    this.#stragglers = []
    for (let index = 0; index < stragglers.length; index += 1) stragglers[index]?.tell()
  }

  /** Runs a native call that knows where every cursor is; what it may have unmapped is let go of, also when it throws. */
  call<T>(body: () => T, target?: string | number): T {
    this.tell()
    try {
      return body()
    } catch (error) {
      throw fromNative(error, target)
    } finally {
      this.sweep()
    }
  }
}

const forgotten = new FinalizationRegistry<{ files: OwnMap<number, WeakRef<Cells>>; file: number }>(
  ({ files, file }) => {
    if (files.get(file)?.deref() === undefined) files.delete(file)
  },
)
