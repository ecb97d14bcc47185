/** @file One file and at most one region of it held: what every cursor stands on. Knows no public API. */
import { type BigIntStats, fstatSync } from 'node:fs'
import { constants } from 'node:os'
import type { Target } from '../arguments/arguments.js'
import { checkReadable } from '../arguments/permission.js'
import { ALLOCATIONGRANULARITY } from '../constants.js'
import {
  FileTruncatedError,
  fromNative,
  HandleLimitError,
  MemoryLimitError,
  systemError,
} from '../errors/smmap-errors.js'
import { faults, native, readLone, useRegion } from '../native.js'
import { isMoved, NO_PANE, Pane, View } from './pane.js'
import { checkLength, type NativeRegion } from './native-region.js'
import type { NativeManager } from './native-manager.js'
import { SeenPanes } from './seen-panes.js'

/** How much is read at once where nothing can be shown in place. */
const BLOCK = 2 ** 16

/** What the hot calls return for an error. */
const FAILED = -2

/** So many reads in one block, with none elsewhere in between, and it is read whole. */
const NEAR_READS = 4

const dropped = new FinalizationRegistry<number>((handle) => native.dropCursor(handle))

/** A file of a manager, opened at first use, and the region of it that is held. */
export class RegionCursor {
  readonly regions: NativeManager
  readonly target: Target
  /** The region held; `null` for none. May have been taken away: see {@link isHeld}. */
  region: NativeRegion | null = null
  /** Its first byte's offset in the file. */
  begin = 0
  /** Exclusive; 0 when no region is held. */
  end = 0
  /** Whether the region ends where the file does: a request may be cut there. */
  endsFile = false
  /** `regions.epoch` when the region was last seen to be there. */
  epoch = 0
  /** `faults[0]` then: as long as that stays, no page was missing. */
  faults = 0
  /** Why the region was lost, when its file was cut below it: said by every call until the cursor moves. */
  damage: Error | null = null
  /** The exposed pane last shown from. */
  exposed: Pane = NO_PANE
  /** The panes our own code reads through. They must not be kept: each goes when its region does. */
  readonly seen: SeenPanes
  #lastBlock = -1
  #blockReads = 0
  #handle = -1
  #fileSize = 0
  /** Which file a descriptor was when the cursor was made. */
  readonly #descriptor: BigIntStats | undefined

  constructor(
    regions: NativeManager,
    target: Target,
    descriptor: BigIntStats | undefined = statDescriptor(target),
  ) {
    this.regions = regions
    this.target = target
    this.seen = new SeenPanes(regions)
    this.seen.faults = faults[0] as number
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

  /** Whether a region is held that nobody took away and whose file was not cut below it. */
  get isHeld(): boolean {
    if (this.end === 0) return false
    return (this.epoch === this.regions.epoch && this.faults === faults[0]) || this.#verify()
  }

  #verify(): boolean {
    const seen = faults[0] as number
    let isThere = false
    try {
      isThere = this.regions.call(() => native.verifyCursor(this.#handle), this.#name)
    } catch (error) {
      this.damage = error as Error
    }
    if (isThere) {
      this.epoch = this.regions.epoch
      this.faults = seen
    } else {
      this.#forget()
    }
    return isThere
  }

  /** Throws when bytes just read in place may not be the file's: its end was cut off below them. */
  confirm(): void {
    const now = faults[0] as number
    const { region } = this.seen.last
    const isOther = region !== null && region !== this.region
    if (isOther) region.verify()
    const isRight = isOther || this.isHeld || this.damage === null
    this.seen.faults = now
    if (!isRight) throw this.damage
  }

  /** Opens the file, unless it is open: whether it was not. `flags` are added to those of `open(2)`. */
  open(flags: number): boolean {
    if (this.#handle >= 0) return false
    checkReadable(this.target)
    checkDescriptor(this.target, this.#descriptor)
    const { regions, target } = this
    this.#handle = regions.call(() => {
      const handle = native.openCursor(regions.handle, target.path, target.fd, flags)
      this.#fileSize = regions.mailbox[0] as number
      return handle
    }, this.#name)
    dropped.register(this, this.#handle, this)
    return true
  }

  /**
   * Lets the region go and takes the one at `offset`, with `size` bytes of it if those are at most a window. Whether
   * there is one: not at or past the end of the file.
   */
  move(offset: number, size: number): boolean {
    this.#forget()
    this.damage = null
    const slot = useRegion(this.#handle, offset, size)
    if (slot >= 0) {
      const { mailbox } = this.regions
      // Read before anything else calls.
      const begin = mailbox[1] as number
      const end = mailbox[2] as number
      this.#take(this.regions.at(slot, mailbox[0] as number, begin, end), begin, end)
    } else if (slot === FAILED) {
      this.#fail()
    }
    return slot >= 0
  }

  #fail(): void {
    try {
      this.regions.call(() => native.takeError(this.#handle), this.#name)
    } catch (error) {
      if (error instanceof FileTruncatedError) this.damage = error
      throw error
    }
  }

  /** Lets the region go; it stays cached. */
  unuse(): void {
    this.damage = null
    if (this.end === 0) return
    this.#forget()
    native.unuseRegion(this.#handle)
    this.regions.sweep()
  }

  /** Lets the region and the file go. It may be opened again, as whatever its name leads to then. */
  close(): void {
    this.#forget()
    this.seen.clear()
    this.damage = null
    if (this.#handle < 0) return
    dropped.unregister(this)
    native.dropCursor(this.#handle)
    this.#handle = -1
    this.regions.sweep()
  }

  /** Another one on the same open file, in the same place. */
  copy(): RegionCursor {
    const copy = new RegionCursor(this.regions, this.target, this.#descriptor)
    if (this.#handle < 0) return copy
    copy.#handle = this.regions.call(() => native.copyCursor(this.#handle))
    dropped.register(copy, copy.#handle, copy)
    copy.#fileSize = this.#fileSize
    if (this.isHeld) copy.#take(this.region, this.begin, this.end)
    return copy
  }

  /** Throws when the file is no longer the one that was opened. */
  check(mayGrow: boolean): void {
    this.open(0)
    this.regions.call(() => native.checkCursor(this.#handle, mayGrow), this.#name)
  }

  /** The bytes [begin, end) of the region held: a view, or a copy where there can be none. */
  buffer(begin: number, end: number): Buffer {
    const { exposed } = this
    if (begin >= exposed.begin && end <= exposed.end && !isMoved(exposed))
      return new View(exposed.memory, begin - exposed.begin, end - begin)
    checkLength(end - begin)
    const pane = this.region?.exposed(begin, end)
    if (pane === undefined) return this.read(begin, end)
    this.exposed = pane
    return new View(pane.memory, begin - pane.begin, end - begin)
  }

  /** As {@link buffer}, moving first where [begin, begin + size) is not in the region held. */
  view(begin: number, size: number): Buffer {
    const end = begin + size
    if (!(begin >= this.begin && end <= this.end && this.isHeld)) {
      this.open(0)
      this.move(begin, size)
    }
    return this.buffer(begin, end)
  }

  /** The place in `seen` of a pane for our own reading that includes `offset`, which lies in the file. */
  placeAt(offset: number): number {
    const place = this.placeHeld(offset)
    return place < 0 ? this.#readBlock(offset) : place
  }

  /** As {@link placeAt}; −1 where the bytes cannot be seen in place. */
  placeHeld(offset: number): number {
    if (!(offset >= this.begin && offset < this.end && this.isHeld)) {
      this.open(0)
      this.move(offset, 0)
    }
    const pane = this.region?.inner(offset)
    return pane === undefined ? -1 : this.seen.enter(offset, pane, this.#fileSize)
  }

  /**
   * Reads the `size` bytes at `offset` of the file into `target` from `start` on, without mapping. Whether it did: not
   * where they are mapped, or are read so often that they should be.
   */
  readLone(target: Uint8Array, start: number, size: number, offset: number): boolean {
    if (this.regions.alwaysMaps) return false
    this.open(0)
    this.seen.leave()
    const outcome = readLone(this.#handle, target, start, size, offset)
    if (outcome === FAILED) this.#fail()
    return outcome === 1
  }

  /** The place of a block that includes `offset`, where that is what reads near each other are served from; or −1. */
  blockNear(offset: number): number {
    if (!this.regions.readsBlocks) return -1
    const block = Math.floor(offset / BLOCK)
    this.#blockReads = block === this.#lastBlock ? this.#blockReads + 1 : 1
    this.#lastBlock = block
    return this.#blockReads > NEAR_READS ? this.#readBlock(offset) : -1
  }

  /** A pane that is read, not mapped: of the file's last page, or of anything where nothing is shown in place. */
  #readBlock(offset: number): number {
    const size = this.regions.zeroCopy ? ALLOCATIONGRANULARITY : BLOCK
    const begin = offset - (offset % size)
    const copy = this.read(begin, Math.min(begin + size, this.#fileSize))
    return this.seen.enter(offset, new Pane(copy.buffer as ArrayBuffer, begin), this.#fileSize)
  }

  /** A copy of the bytes [begin, end) of the file, read without mapping. */
  read(begin: number, end: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(end - begin)
    this.readInto(copy, begin)
    return copy
  }

  /** Fills `target` with the bytes of the file from `begin` on, as far as there are, without mapping. */
  readInto(target: Uint8Array, begin: number): void {
    this.open(0)
    this.regions.call(() => native.readInto(this.#handle, target, begin), this.#name)
  }

  /** The offset of the first or last match that lies whole in [begin, end) of the file; −1: there is none. */
  search(needle: Uint8Array, begin: number, end: number, last: boolean): number {
    this.open(0)
    const search = (): number => native.search(this.#handle, needle, begin, end, last)
    try {
      return this.regions.call(search, this.#name)
    } catch (error) {
      // It takes regions of its own: where the limits allow none beside this cursor's, that one goes.
      const isLimit = error instanceof HandleLimitError || error instanceof MemoryLimitError
      if (!isLimit || this.end === 0) throw error
      this.unuse()
      return this.regions.call(search, this.#name)
    }
  }

  /** Reads into `target` on the thread pool, all of it or up to the end of the file, without mapping. */
  async readAsync(target: Buffer, begin: number): Promise<void> {
    this.open(0)
    const reading = this.regions.call(() => native.readAsync(this.#handle, target, begin), this.#name)
    const { error } = await reading
    if (error !== undefined) throw fromNative(new Error(error), this.target.name)
  }

  /** Which file was opened, or what it is now: see `stamp` of the native side. */
  stamp(now: boolean): Buffer {
    this.open(0)
    return this.regions.call(() => native.stamp(this.#handle, now), this.#name)
  }

  /** What `make` makes of the native cursor: a job on this file, with a native cursor of its own. */
  start<T>(make: (handle: number) => T): T {
    this.open(0)
    return this.regions.call(() => make(this.#handle), this.#name)
  }

  /** As errors name the file. */
  get #name(): string | number {
    return this.target.path === null ? this.target.fd : this.target.name
  }

  #take(region: NativeRegion | null, begin: number, end: number): void {
    this.region = region
    this.begin = begin
    this.end = end
    this.endsFile = end >= this.#fileSize
    this.epoch = this.regions.epoch
    this.faults = faults[0] as number
    this.seen.faults = this.faults
  }

  #forget(): void {
    this.region = null
    this.begin = 0
    this.end = 0
    this.exposed = NO_PANE
    this.seen.leave()
  }
}

/** What the descriptor is at this moment; what is wrong with it will be said when it is used. */
function statDescriptor({ path, fd }: Target): BigIntStats | undefined {
  try {
    return path === null ? fstatSync(fd, { bigint: true }) : undefined
  } catch {
    return undefined
  }
}

/** Throws where the number means another file by now: the one meant was closed. */
function checkDescriptor(target: Target, meant: BigIntStats | undefined): void {
  const now = meant && statDescriptor(target)
  if (meant === undefined || (now?.dev === meant.dev && now.ino === meant.ino)) return
  throw systemError(constants.errno.EBADF, 'fstat')
}
