/**
 * @file A cursor on one file that holds at most one region: below every public cursor. Knows no public API.
 */
import { type BigIntStats, fstatSync } from 'node:fs'
import { constants } from 'node:os'
import type { Target } from '../arguments/arguments.js'
import { checkReadable } from '../arguments/permission.js'
import { fromNative } from '../errors/native-errors.js'
import {
  FileTruncatedError,
  HandleLimitError,
  MemoryLimitError,
  ReleasedError,
  systemError,
} from '../errors/smmap-errors.js'
import {
  dropCursor,
  faults,
  type NativeCursor,
  openCursor,
  readInto,
  readLone,
  standOn,
  useRegion,
} from '../native.js'
import { type Cells, NO_CELLS } from './cells.js'
import type { NativeManager, OwnCursor, Straggler } from './native-manager.js'
import { checkLength, type NativeRegion } from './native-region.js'
import { isMoved, NO_PANE, type Pane, View } from './pane.js'

/** What the hot calls return for an error, and if regions must be let go of first. */
const FAILED = -2
const MUST_LET_GO = -3

/** As a size: whatever the region at the offset has. */
export const ANY = -1

/** What a lone read returns when it has read. */
const READ = 1

/** A file of a manager, opened at first use, and the region of it that is held. */
export class RegionCursor implements Straggler {
  declare readonly regions: NativeManager
  declare readonly target: Target
  /** The region held; `null` for none. It may have been taken away: see {@link isHeld}. */
  region: NativeRegion | null = null
  /** The offset in the file of its first byte. */
  offset = 0
  /** Exclusive; 0 when no region is held. */
  end = 0
  /** Whether the region ends where the file does: a request may be cut there. */
  endsFile = false
  /** Why the region was lost, if its file was cut below it: every call throws it until the cursor moves. */
  damage: Error | null = null
  /** The exposed pane last shown from. */
  exposed: Pane = NO_PANE
  /** What is seen of the file in place; nothing before any region of it was. */
  cells: Cells = NO_CELLS
  /** Whether it has moved without reporting it to the native side yet. */
  #isAway = false
  #own: OwnCursor | null = null
  #number = 0
  #fileSize = 0
  /** The file of a descriptor when the cursor was made. */
  readonly #descriptor: BigIntStats | undefined

  constructor(
    regions: NativeManager,
    target: Target,
    descriptor: BigIntStats | undefined = statDescriptor(target),
  ) {
    this.regions = regions
    this.target = target
    this.#descriptor = descriptor
  }

  /** The file's size in bytes when it was opened, which is now if it is not open yet. */
  get fileSize(): number {
    this.open(0)
    return this.#fileSize
  }

  get windowSize(): number {
    return this.regions.windowSize
  }

  /** Whether a region is held that was not taken away and whose file was not cut below it. */
  get isHeld(): boolean {
    const { region, regions } = this
    if (region === null) return false
    // A fault anywhere may have been in this region.
    if (regions.faults !== faults[0]) regions.confirm()
    return region.isCached || this.#verify()
  }

  #verify(): boolean {
    let isThere = false
    try {
      isThere = this.regions.call(() => this.#native.verify(), this.#name)
    } catch (error) {
      this.damage = error as Error
    }
    if (!isThere) this.#forget()
    return isThere
  }

  /** Opens the file. False: it was open already. `flags` are added to those of `open(2)`. */
  open(flags: number): boolean {
    if (this.#own !== null) return false
    // At the first use, not in the constructor: a cursor may be made for a file that does not exist yet.
    checkReadable(this.target)
    checkDescriptor(this.target, this.#descriptor)
    const { regions, target } = this
    const own = regions.takeCursor()
    if (openCursor(own.hot, target.path, target.fd, flags) === FAILED) {
      regions.giveBack(own)
      regions.call(() => own.native.takeError(), this.#name)
    }
    this.#own = own
    this.#fileSize = regions.mailbox[0] as number
    this.#number = regions.mailbox[1] as number
    // If the file has changed, regions of its former content have left the cache.
    regions.dropGone()
    return true
  }

  /**
   * Lets the region go and takes one with the `size` bytes at `offset`, at most a window; 0: a window; {@link
   * ANY}: whatever the region there has. False: the offset is at or past the end of the file.
   */
  move(offset: number, size: number): boolean {
    const { regions } = this
    regions.reportMoves()
    this.#forget()
    this.damage = null
    const { hot } = this.#own as OwnCursor
    let slot = useRegion(hot, offset, size)
    while (slot === MUST_LET_GO) {
      regions.dropGone()
      slot = useRegion(hot, offset, size)
    }
    if (slot >= 0) {
      const { mailbox } = regions
      // Read before any other native call overwrites them.
      const [generation, start, end] = [mailbox[0] as number, mailbox[1] as number, mailbox[2] as number]
      if (this.cells === NO_CELLS) this.cells = regions.cellsOf(this.#number, this.#fileSize)
      this.#take(regions.regionOf(slot, generation, start, end, this.cells), start, end)
      this.cells.see(this.region as NativeRegion, offset)
    } else if (slot === FAILED) {
      this.#fail()
    }
    return slot >= 0
  }

  /**
   * As {@link move}, but without a native call: to a region that this thread sees and that has the `size`
   * bytes at `offset`, or all up to the end of the file. False: there is none. The move is reported before
   * the next native call.
   */
  moveInSight(offset: number, size: number): boolean {
    const { regions, region } = this
    const next = this.cells.regionAt(offset)
    if (next === null || !next.isCached || regions.traces > 0 || regions.faults !== faults[0]) return false
    if (offset + size > next.end && next.end < this.#fileSize) return false
    if (region !== null) regions.stamp(region.slot, region.stamps)
    regions.turnTo(next.slot, next.stamps)
    this.damage = null
    this.#take(next, next.offset, next.end)
    this.exposed = next.lastExposed
    this.#fallBehind()
    return true
  }

  #fallBehind(): void {
    if (this.#isAway) return
    this.#isAway = true
    this.regions.await(this)
  }

  /** Reports to the native side which region is held. */
  reportMove(): void {
    if (!this.#isAway) return
    this.#isAway = false
    const { region } = this
    if (this.#own === null) return
    const isThere = standOn(this.#own.hot, region?.slot ?? -1, region?.generation ?? 0) === 1
    if (!isThere && region !== null) this.#forget()
  }

  #fail(): void {
    try {
      this.regions.call(() => this.#native.takeError(), this.#name)
    } catch (error) {
      if (error instanceof FileTruncatedError) this.damage = error
      throw error
    }
  }

  /** Lets the region go; it stays cached. */
  unuse(): void {
    this.damage = null
    if (this.region === null) return
    this.regions.reportMoves()
    this.#forget()
    this.regions.call(() => this.#native.unuseRegion())
  }

  /** Lets the region and the file go. It may be opened again, as whatever its name leads to then. */
  close(): void {
    if (this.#isAway) this.regions.reportMoves()
    this.#forget()
    this.cells = NO_CELLS
    this.damage = null
    // The native cursor is kept for the next file: making one takes half a microsecond.
    const own = this.#own
    if (own === null) return
    this.#own = null
    dropCursor(own.hot)
    this.regions.giveBack(own)
    this.regions.dropGone()
  }

  /** Another cursor on the same open file, at the same position. */
  copy(): RegionCursor {
    const copy = new RegionCursor(this.regions, this.target, this.#descriptor)
    if (this.#own === null) return copy
    const own = this.regions.takeCursor()
    this.regions.call(() => this.#native.copyTo(own.native))
    copy.#own = own
    copy.#fileSize = this.#fileSize
    copy.#number = this.#number
    copy.cells = this.cells
    if (this.isHeld && this.region !== null) copy.#take(this.region, this.offset, this.end)
    return copy
  }

  /** Throws when the file is no longer the one that was opened. */
  check(mayGrow: boolean): void {
    this.open(0)
    this.regions.call(() => this.#native.check(mayGrow), this.#name)
  }

  /** The bytes [start, end) of the region held: a view, or a copy where there can be no view. */
  buffer(start: number, end: number): Buffer {
    // The pane of the last view nearly always has the next one too.
    const { exposed } = this
    if (start >= exposed.offset && end <= exposed.end && !isMoved(exposed))
      return new View(exposed.memory, start - exposed.offset, end - start)
    checkLength(end - start)
    const pane = this.#exposed(start, end)
    if (pane === null) return this.read(start, end)
    this.exposed = pane
    return new View(pane.memory, start - pane.offset, end - start)
  }

  /** `null` also if the region was evicted without the cursor's knowledge: then the file is read. */
  #exposed(start: number, end: number): Pane | null {
    try {
      return this.region === null ? null : this.region.exposed(start, end)
    } catch (error) {
      if (error instanceof ReleasedError) return null
      throw error
    }
  }

  /** As {@link buffer}, but moves first if [offset, offset + size) is not in the region held. */
  view(offset: number, size: number): Buffer {
    const end = offset + size
    if (!(offset >= this.offset && end <= this.end && this.isHeld)) {
      this.open(0)
      if (!this.moveInSight(offset, size)) this.move(offset, size)
    }
    return this.buffer(offset, end)
  }

  /** Moves to the region at `offset`, wherever it ends. False: there is none. */
  reach(offset: number): boolean {
    this.open(0)
    if (offset >= this.offset && offset < this.end && this.isHeld) return true
    return this.moveInSight(offset, 1) || this.move(offset, ANY)
  }

  /**
   * Lets go of a region that is only read in place, for which it need not be held. This is reported to the
   * native side later.
   */
  leave(): void {
    if (this.region === null) return
    this.#forget()
    this.#fallBehind()
  }

  /**
   * Reads the `size` bytes at `offset` of the file into `target` from `start` on, without mapping. False:
   * nothing was read, because they are mapped or have earned a map. `isUse`: it counts as a use of its own,
   * not as one with the read before.
   */
  readLone(target: Uint8Array, start: number, size: number, offset: number, isUse: boolean): boolean {
    if (this.regions.alwaysMaps) return false
    this.open(0)
    const { mailbox } = this.regions
    mailbox[0] = start
    mailbox[1] = size
    mailbox[2] = offset
    mailbox[3] = isUse ? 1 : 0
    const outcome = readLone((this.#own as OwnCursor).hot, target)
    if (outcome === FAILED) this.#fail()
    return outcome === READ
  }

  /** A copy of the bytes [start, end) of the file, read without mapping. */
  read(start: number, end: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(end - start)
    this.readInto(copy, start)
    return copy
  }

  /** Fills `target` with the bytes of the file from `start` on, as far as there are, without mapping. */
  readInto(target: Uint8Array, start: number): void {
    this.open(0)
    this.regions.reportMoves()
    const outcome = readInto((this.#own as OwnCursor).hot, target, start)
    this.regions.dropGone()
    if (outcome === FAILED) this.regions.call(() => this.#native.takeError(), this.#name)
  }

  /** The offset of the first or last match that lies whole in [start, end) of the file; −1: there is none. */
  search(needle: Uint8Array, start: number, end: number, last: boolean): number {
    this.open(0)
    const search = (): number => this.#native.search(needle, start, end, last)
    try {
      return this.regions.call(search, this.#name)
    } catch (error) {
      // The search needs a region of its own. If the limits allow none beside this cursor's, that one goes.
      const isLimit = error instanceof HandleLimitError || error instanceof MemoryLimitError
      if (!isLimit || this.end === 0) throw error
      this.unuse()
      return this.regions.call(search, this.#name)
    }
  }

  /** Reads into `target` on the thread pool, all of it or up to the end of the file, without mapping. */
  async readAsync(target: Buffer, start: number): Promise<void> {
    this.open(0)
    const reading = this.regions.call(() => this.#native.readAsync(target, start), this.#name)
    const { error } = await reading
    if (error !== undefined) throw fromNative(new Error(error), this.target.name)
  }

  /** What identifies the file and its content, as it was opened or is now: see the native `fingerprint`. */
  fingerprint(now: boolean): Buffer {
    this.open(0)
    return this.regions.call(() => this.#native.fingerprint(now), this.#name)
  }

  /** A job on this file, which `make` makes with a native cursor of its own. */
  start<T>(make: (cursor: NativeCursor) => T): T {
    this.open(0)
    return this.regions.call(() => make(this.#native), this.#name)
  }

  /** The file's name in errors. */
  get #name(): string | number {
    return this.target.path === null ? this.target.fd : this.target.name
  }

  get #native(): NativeCursor {
    return (this.#own as OwnCursor).native
  }

  #take(region: NativeRegion, offset: number, end: number): void {
    this.region = region
    this.offset = offset
    this.end = end
    this.endsFile = end >= this.#fileSize
  }

  #forget(): void {
    this.region = null
    this.offset = 0
    this.end = 0
    this.exposed = NO_PANE
  }
}

/** The file of the descriptor at this moment; an error is thrown when it is used. */
function statDescriptor({ path, fd }: Target): BigIntStats | undefined {
  try {
    return path === null ? fstatSync(fd, { bigint: true }) : undefined
  } catch {
    return undefined
  }
}

/** Throws if the number is another file's by now: the descriptor was closed and its number used again. */
function checkDescriptor(target: Target, meant: BigIntStats | undefined): void {
  const now = meant && statDescriptor(target)
  if (meant === undefined || (now?.dev === meant.dev && now.ino === meant.ino)) return
  throw systemError(constants.errno.EBADF, 'fstat')
}
