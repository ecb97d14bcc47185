/** @file The panes over one region: which there are, and how large the next one is. Knows no cursor. */
import { constants } from 'node:buffer'
import { ALLOCATIONGRANULARITY } from '../constants.js'
import { fromNative, ReleasedError, WindowTooLargeError } from '../errors/smmap-errors.js'
import { native } from '../native.js'
import { isMoved, NO_PANE, Pane, View } from './pane.js'

/** What a region asks of its manager. */
export interface RegionManager {
  readonly handle: number
  readonly zeroCopy: boolean
  /** See {@link NativeRegion.isMapped}. */
  sweep(): void
  /** Runs a native call; what it may have unmapped is forgotten, also when it throws. */
  call<T>(body: () => T): T
}

/** Half of the smallest pane, in bytes. */
const UNIT = 2 ** 15

/**
 * The size of a pane is `2 * UNIT * 2 ** level`: 64 KiB on first use, 1 MiB once 16 panes were made, 32 MiB after 16
 * more. V8 counts a pane as heap: 64 MiB or more would cost a full collection each (250–850 µs), 32 MiB 3–6 µs.
 */
const LEVELS = [0, 4, 9] as const
const PANES_A_LEVEL = 16

/**
 * The panes over one region, in two kinds. *Exposed* ones have views in the program's hands and keep the region mapped
 * until the last is gone. *Inner* ones are read by our own code only, while a cursor holds the region.
 */
export class NativeRegion {
  readonly regions: RegionManager
  readonly slot: number
  readonly generation: number
  /** Offset in the file of the region's first byte. */
  readonly begin: number
  /** Exclusive. */
  readonly end: number
  /** Whether the region is in the cache, as far as is known here: see {@link RegionManager.sweep}. */
  isMapped = true
  #lastInner: Pane = NO_PANE
  readonly #exposed: Pane[][] = []
  readonly #inner: Pane[][] = []
  /** Where its last whole page ends: not its end only where that is the file's. */
  readonly #wholeEnd: number
  #made = 0

  constructor(regions: RegionManager, slot: number, generation: number, begin: number, end: number) {
    this.regions = regions
    this.slot = slot
    this.generation = generation
    this.begin = begin
    this.end = end
    this.#wholeEnd = end - (end % ALLOCATIONGRANULARITY)
  }

  /** An exposed pane over [begin, end) of the file; `undefined` where a copy must do. Throws when it cannot be had. */
  exposed(begin: number, end: number): Pane | undefined {
    return this.regions.zeroCopy ? this.#find(this.#exposed, begin, end, this.end) : undefined
  }

  /**
   * An inner pane that includes `offset` of the file; `undefined` where there is none. There is none over the file's last
   * page unless that is whole: cut inside it, the file raises no fault, and what is missing would read as zeros.
   */
  inner(offset: number): Pane | undefined {
    const last = this.#lastInner
    if (offset >= last.begin && offset < last.end) return last
    if (!this.regions.zeroCopy || offset >= this.#wholeEnd) return undefined
    const pane = this.#find(this.#inner, offset, offset + 1, this.#wholeEnd)
    if (pane !== undefined) this.#lastInner = pane
    return pane
  }

  /** The region has left the cache: its inner panes must not be read any more. */
  dismiss(): void {
    this.isMapped = false
    for (const row of this.#inner) for (const pane of row ?? []) pane?.dismiss()
  }

  /** The bytes [begin, end) of the file, which lie in the region: a view, or a copy where there can be none. */
  buffer(begin: number, end: number): Buffer {
    checkLength(end - begin)
    const pane = this.exposed(begin, end)
    if (pane !== undefined) return new View(pane.memory, begin - pane.begin, end - begin)
    const copy = Buffer.allocUnsafeSlow(end - begin)
    try {
      native.copyRegion(this.regions.handle, this.slot, this.generation, copy, begin)
    } catch (error) {
      throw fromNative(error)
    }
    return copy
  }

  /** Throws when the region is gone, or its file was cut below it. */
  verify(): void {
    const { handle } = this.regions
    try {
      this.regions.call(() => native.verifyRegion(handle, this.slot, this.generation))
    } catch (error) {
      throw error instanceof ReleasedError ? released(this) : error
    }
  }

  /** How many clients the region has: its owner, those added by hand, and the cursors on it. 0 once it is gone. */
  get clientCount(): number {
    return native.clientCount(this.regions.handle, this.slot, this.generation)
  }

  /**
   * Cells of a level begin on every multiple of half their size, so a span of up to half a cell lies in one of them,
   * found by arithmetic alone; the even ones come first, so that reading on does not use twice as many.
   */
  #find(panes: Pane[][], begin: number, end: number, limit: number): Pane | undefined {
    const from = begin - this.begin
    const to = end - this.begin
    const level = Math.max(levelOf(to - from), LEVELS[Math.min(this.#made / PANES_A_LEVEL, 2) | 0] ?? 0)
    const half = UNIT * 2 ** level
    const even = Math.floor(from / half / 2) * 2
    const cell = to <= (even + 2) * half ? even : Math.floor(from / half)
    const row = (panes[level] ??= [])
    const known = row[cell]
    if (known !== undefined && !isMoved(known)) return known
    const cellBegin = this.begin + cell * half
    const cellEnd = Math.min(cellBegin + 2 * half, limit)
    const isTooLong = cellEnd - cellBegin > constants.MAX_LENGTH
    const pane = isTooLong
      ? this.#make(begin, end, panes === this.#exposed)
      : this.#make(cellBegin, cellEnd, panes === this.#exposed)
    if (pane !== undefined) row[cell] = pane
    return pane
  }

  #make(begin: number, end: number, exposed: boolean): Pane | undefined {
    try {
      const { handle } = this.regions
      const memory = native.makePane(handle, this.slot, this.generation, begin, end, exposed)
      if (memory === undefined || memory === null) return undefined
      this.#made += 1
      return new Pane(memory, begin, this)
    } catch (error) {
      const reason = fromNative(error)
      throw reason instanceof ReleasedError ? released(this) : reason
    }
  }
}

function released({ begin, end }: NativeRegion): ReleasedError {
  return new ReleasedError(
    `the region from ${begin} to ${end} has been released or evicted; use it again by a cursor`,
  )
}

/** Throws where no Buffer can be that long in this runtime. */
export function checkLength(length: number): void {
  if (length <= constants.MAX_LENGTH) return
  throw new WindowTooLargeError(
    `a Buffer of ${length} bytes is more than this runtime allows (${constants.MAX_LENGTH}): ask for less at once, ` +
      `or make the windowSize smaller`,
  )
}

/** The lowest level whose half cells are as long as `length`, which is at most `MAX_LENGTH`. */
function levelOf(length: number): number {
  return 32 - Math.clz32(Math.ceil(length / UNIT) - 1)
}
