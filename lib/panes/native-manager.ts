/**
 * @file A native manager as this thread sees it: its regions, and what it must let go of. Knows no file's
 * bytes.
 */
import type { ResolvedOptions } from '../arguments/arguments.js'
import { alignToMmap } from '../constants.js'
import { fromNative } from '../errors/native-errors.js'
import { ClosedError } from '../errors/smmap-errors.js'
import {
  faults,
  type HotCursor,
  isExternalAllowed,
  native,
  newCursor,
  type NativeCursor,
  type NativeManagerObject,
  takeGone,
} from '../native.js'
import { BLOCK } from './burst.js'
import { Cells } from './cells.js'
import { NativeRegion } from './native-region.js'
import { OwnMap } from './primordials.js'
import type { Viewer } from './read-path.js'

/**
 * Native calls leave numbers in the mailbox; see each call for which. The last counts regions to let go of.
 */
const MAILBOX_LENGTH: number = native.mailboxLength()
const LOSSES = MAILBOX_LENGTH - 1

/** The number before that: how often this thread used regions without a native call. */
const USES = MAILBOX_LENGTH - 2

/** The cell before it: this thread's clock, the time of the last of those uses. */
const TIME = MAILBOX_LENGTH - 3

/** How many native cursors a manager keeps for the next files. Making one takes half a microsecond. */
const MOST_IDLE = 64

/** A native cursor. */
export class OwnCursor {
  /** Its name in hot calls. */
  readonly hot: HotCursor
  #native: NativeCursor | undefined

  constructor(hot: HotCursor) {
    this.hot = hot
  }

  /** Its object for all other calls, made for the first of them. */
  get native(): NativeCursor {
    return (this.#native ??= new native.NativeCursor(this.hot))
  }
}

/** How many stamps a block has. */
const STAMPS_A_BLOCK: number = native.stampsABlock()

/** How far this thread's clock may go on alone before it sets the shared one. */
const ROUND: number = native.clockRound()
const NO_STAMPS = new Float64Array(0)

/** A cursor that has moved to another region without a native call. */
export interface Straggler {
  /** Reports to the native side which region it is on. */
  reportMove(): void
}

/**
 * The native manager, its regions that this thread sees, and what reading in place needs to know without a
 * native call.
 *
 * **Is it still there?** There is one rule: memory that this thread sees stays mapped until the thread has
 * let go of it. When a region leaves the cache, for whatever reason and by whichever thread, it is put on
 * this thread's list. {@link dropGone} removes it from the cells, and only the native call after that unmaps
 * it.
 *
 * ```text
 *   evicted, released, closed …      →  losses + 1      by any thread; the memory stays
 *   dropGone: takeGone()             →  which ones      their cells are emptied
 *   dropGone: takeGone() once more   →  none            now they are unmapped
 * ```
 *
 * If `dropGone` is late, that costs memory for a while, but never gives wrong bytes.
 */
export class NativeManager implements Viewer {
  declare readonly native: NativeManagerObject
  declare readonly mailbox: Float64Array
  declare readonly zeroCopy: boolean
  /** The most bytes a cursor spans at once; Infinity: the whole file. */
  declare readonly windowSize: number
  /** Whether reading methods always map what they read. */
  declare readonly alwaysMaps: boolean
  /** Whether numbers may come from a block that was read just before. */
  readonly mayHold: boolean
  /** Most regions begin on a multiple of it; Infinity: files are mapped whole. */
  declare readonly stride: number
  /** For each slot the time of its region's last use; in blocks of 64 cells. */
  readonly #stamps: (Float64Array | undefined)[] = []
  /** A block for itself, in the first cell of which is the clock that all threads share. */
  readonly #clock: Float64Array = NO_STAMPS
  /** Whether the native side sees the mailbox at any time. */
  readonly #isSeen: boolean
  /** The count of losses when it was last looked at. */
  #losses = 0
  #isClosed = false
  /**
   * False: it was open when `faults[0]` was last known. This is a field, since {@link isClosed} takes 3 ns, a
   * tenth of the step to the next line.
   */
  mayBeClosed = false
  /** The number by which other threads attach to it; 0: it is not shared. */
  #number: number
  /** `faults[0]` when it was last known to be open. */
  #openAt = -1
  /** `faults[0]` when all that is shown was last known to be whole. */
  faults = faults[0] as number
  /** The slot of the region used last. */
  lastSlot = -1
  /** How many traces are running. While there is one, every change of region is a native call. */
  traces = 0
  readonly #regions: (NativeRegion | undefined)[] = []
  readonly #files = new OwnMap<number, WeakRef<Cells>>()
  #stragglers: Straggler[] = []
  readonly #idle: OwnCursor[] = []

  /**
   * @param mapsWhole - Whether each file is one region, whatever the window.
   * @param number - Of the manager that another thread shared; 0: a new one.
   */
  constructor(options: ResolvedOptions, mapsWhole: boolean, number: number = 0) {
    const { windowSize, maxMemorySize, maxOpenHandles, strict, guard, advice, zeroCopy, access } = options
    // 0 is the native side's word for whole files; a cursor may still span less.
    const mapped = mapsWhole ? 0 : windowSize
    this.windowSize = windowSize === 0 ? Infinity : windowSize
    this.zeroCopy = zeroCopy === 'auto' && isExternalAllowed
    this.alwaysMaps = access === 'map' && this.zeroCopy
    this.mayHold = access === 'auto' && this.zeroCopy && this.windowSize >= BLOCK
    this.stride = mapped === 0 ? Infinity : alignToMmap(mapped, true)
    const limits = { memory: maxMemorySize, handles: maxOpenHandles, strict }
    const array = new Float64Array(MAILBOX_LENGTH)
    const ways = { guard, advice, access, shows: this.zeroCopy, canShare: isExternalAllowed }
    this.native =
      number === 0
        ? new native.NativeManager({ window: mapped, ...limits, ...ways }, array)
        : attach(number, array, this.zeroCopy)
    const mailbox = this.native.mailbox()
    this.#number = number
    this.#isSeen = mailbox !== null
    this.mailbox = mailbox === null ? array : new Float64Array(mailbox)
    this.#clock = this.#stampBlock(0)
    if (number > 0) this.#listen()
  }

  /** Shares it with other threads, by the number returned. */
  share(options: string): number {
    this.#listen()
    return (this.#number = this.native.share(options))
  }

  #listen(): void {
    listen(this)
    // Here no fault is counted where another thread closes it.
    this.mayBeClosed ||= !isExternalAllowed
  }

  /** Whether the manager is closed, by whichever thread. */
  get isClosed(): boolean {
    // Only another thread can close it unnoticed, and then the count of faults moves: one comparison, and no
    // native call, shows that nothing happened.
    if (this.#isClosed || this.#number === 0) return this.#isClosed
    const now = faults[0] as number
    if (isExternalAllowed && this.#openAt === now) return false
    this.#openAt = now
    return this.native.isClosed() && this.#markClosed()
  }

  #markClosed(): true {
    this.mayBeClosed = true
    return (this.#isClosed = true)
  }

  /** Closes it, for every thread that has it. */
  close(isDetached: boolean): void {
    this.#markClosed()
    this.call(() => this.native.close(isDetached))
  }

  /** Lets go of all that this thread has of it; other threads keep theirs. */
  leave(isDetached: boolean): void {
    this.reportMoves()
    this.#markClosed()
    for (let slot = 0; slot < this.#regions.length; slot += 1) this.#regions[slot]?.leave()
    this.#regions.length = 0
    this.lastSlot = -1
    this.native.leave(isDetached)
  }

  /** Hits without a native call that the native side has not counted, because it does not see the mailbox. */
  get unseenHits(): number {
    return this.#isSeen ? 0 : (this.mailbox[USES] as number)
  }

  /** The region that a native call has just named. `cells`: those of its file, if a cursor reads it. */
  regionOf(slot: number, generation: number, offset: number, end: number, cells: Cells | null): NativeRegion {
    const known = this.#regions[slot]
    if (known?.generation === generation) {
      if (cells !== null) known.enter(cells)
      return known
    }
    // That call has mapped it, and may have evicted others for it: their slots may be used again.
    this.dropGone()
    return (this.#regions[slot] = new NativeRegion(this, slot, generation, offset, end, cells))
  }

  /** A native cursor on no file. */
  takeCursor(): OwnCursor {
    return this.#idle.pop() ?? new OwnCursor(newCursor(this.native))
  }

  /** Takes back a cursor that is on no file. */
  giveBack(cursor: OwnCursor): void {
    if (this.#idle.length < MOST_IDLE) this.#idle.push(cursor)
  }

  /** What is seen of a file, by whichever cursor. */
  cellsOf(file: number, fileSize: number): Cells {
    // Shared by all cursors on the file: what one has seen, the others read in place, too.
    const known = this.#files.get(file)?.deref()
    if (known !== undefined) return known
    const cells = new Cells(this, fileSize, this.stride)
    // Weak, or every file ever opened would keep its cells; cursors and regions hold them while they are
    // used.
    this.#files.set(file, new WeakRef(cells))
    forgotten.register(cells, { files: this.#files, file })
    return cells
  }

  /** Lets go of what has left the cache; due after every native call that may unmap. */
  dropGone(): void {
    const { mailbox } = this
    const losses = mailbox[LOSSES] as number
    // Nothing left the cache, which is what nearly every call finds.
    if (losses === this.#losses && this.#isSeen) return
    this.reportMoves()
    this.#losses = losses
    for (;;) {
      // Each call unmaps what the one before has named; the last one names nothing.
      const count = takeGone(this.native)
      if (count === 0) return
      for (let index = 0; index < 2 * count; index += 2) {
        const slot = mailbox[index] as number
        const region = this.#regions[slot]
        // Known by slot and generation: the slot may be a newer region's by now.
        if (region?.generation !== mailbox[index + 1]) continue
        region?.leave()
        this.#regions[slot] = undefined
        if (slot === this.lastSlot) this.lastSlot = -1
      }
    }
  }

  /**
   * A page was missing somewhere: lets go of the regions that lack one. Those still seen in place afterwards
   * are whole.
   */
  confirm(): void {
    // Read before the call: a fault during it must not count as dealt with.
    const now = faults[0] as number
    this.call(() => this.native.dropDamaged())
    this.faults = now
  }

  /** Notes that a region is used from now on, for the native side to see when it chooses one to evict. */
  turnTo(slot: number, stamps: Float64Array): void {
    this.countHit()
    this.lastSlot = slot
    this.stamp(slot, stamps)
  }

  /** Counts a request that was served without a native call. */
  countHit(): void {
    this.mailbox[USES] = (this.mailbox[USES] as number) + 1
  }

  /**
   * Stamps a region: this moment is its last use. The time is by this thread's own clock. It goes on from the
   * shared one, which the native side puts forward by a round at each use that it sees; after a round of uses
   * without a native call this thread does.
   */
  stamp(slot: number, stamps: Float64Array): void {
    const shared = this.#clock[0] as number
    let now = (this.mailbox[TIME] as number) + 1
    if (now <= shared) now = shared + 1
    else if (now >= shared + ROUND) this.#clock[0] = now
    this.mailbox[TIME] = now
    stamps[slot & (STAMPS_A_BLOCK - 1)] = now
  }

  /** The stamps among which a slot's is. */
  stampsOf(slot: number): Float64Array {
    const block = Math.floor(slot / STAMPS_A_BLOCK)
    return (this.#stamps[block] ??= this.#stampBlock(block + 1))
  }

  #stampBlock(block: number): Float64Array {
    // Where the native side sees no memory of ours, stamps are of no use, but they have to go somewhere.
    const memory = this.#isSeen ? this.native.stamps(block) : null
    return memory === null ? new Float64Array(STAMPS_A_BLOCK) : new Float64Array(memory)
  }

  /** That cursor's move is to be reported before the next call to the native side. */
  await(straggler: Straggler): void {
    // Not `push`, which a program could have replaced.
    this.#stragglers[this.#stragglers.length] = straggler
  }

  /** Reports to the native side which regions the cursors are on that moved without it. */
  reportMoves(): void {
    const stragglers = this.#stragglers
    if (stragglers.length === 0) return
    // Emptied first, so that each is reported once.
    this.#stragglers = []
    for (let index = 0; index < stragglers.length; index += 1) stragglers[index]?.reportMove()
  }

  /**
   * Makes a native call after all moves were reported. Afterwards, also when it throws, lets go of the
   * regions that it has evicted.
   */
  call<T>(body: () => T, target?: string | number): T {
    this.reportMoves()
    try {
      return body()
    } catch (error) {
      throw fromNative(error, target)
    } finally {
      this.dropGone()
    }
  }
}

/** This thread's managers that other threads may have, too. */
const listeners = new Set<WeakRef<NativeManager>>()

/**
 * From now on the manager lets go of regions that another thread evicts, when this thread's event loop comes
 * to it, if not before.
 */
function listen(manager: NativeManager): void {
  hangBell()
  // Weak: being shared does not keep a manager alive.
  for (const known of listeners) if (known.deref() === manager) return
  listeners.add(new WeakRef(manager))
}

let hasBell = false

/** Must come before the first `share` or `attach` of this thread: the native seat takes the bell then. */
function hangBell(): void {
  if (!hasBell) native.setBell(dropAllGone)
  hasBell = true
}

function dropAllGone(): void {
  for (const known of listeners) {
    const manager = known.deref()
    if (manager === undefined) listeners.delete(known)
    else manager.dropGone()
  }
}

function attach(number: number, array: Float64Array, shows: boolean): NativeManagerObject {
  hangBell()
  const found = native.NativeManager.attach(number, array, shows, isExternalAllowed)
  if (found !== null) return found
  throw new ClosedError('the manager that was shared is closed, or nobody has it any more')
}

const forgotten = new FinalizationRegistry<{ files: OwnMap<number, WeakRef<Cells>>; file: number }>(
  ({ files, file }) => {
    if (files.get(file)?.deref() === undefined) files.delete(file)
  },
)
