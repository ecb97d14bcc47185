/** @file A region as this thread sees it: what became of it, and the panes over it. Knows no cursor. */
import { constants } from 'node:buffer'
import { ALLOCATIONGRANULARITY } from '../constants.js'
import { fromNative } from '../errors/native-errors.js'
import { ReleasedError, WindowTooLargeError } from '../errors/smmap-errors.js'
import { makePane } from '../native.js'
import { InnerPane } from './inner-pane.js'
import { isMoved, NO_PANE, Pane, View } from './pane.js'
import type { CellsOfRegions, Viewer } from './read-path.js'

/** Half of the smallest exposed pane, in bytes. */
const UNIT = 2 ** 15

/**
 * The size of an exposed pane is `2 * UNIT * 2 ** level`: 64 KiB on first use, 1 MiB once 16 panes were made,
 * 32 MiB after 16 more. V8 counts a pane as heap: 64 MiB or more would cost a full collection each (250–850
 * µs), 32 MiB 3–6 µs.
 */
const LEVELS = [0, 4, 9] as const
const PANES_A_LEVEL = 16

/** The first inner pane of a cell: most windows that are read once are read in one place. */
const FIRST = 2 ** 16

/**
 * A region of a native manager. Its panes are of two kinds: *exposed* ones have views in the program's hands
 * and keep the region mapped until the last view is gone; *inner* ones are read by our own code only, see
 * `Cells`.
 */
export class NativeRegion {
  declare readonly regions: Viewer
  declare readonly slot: number
  declare readonly generation: number
  /** Where its use is noted: in the cell of its slot. */
  declare readonly stamps: Float64Array
  /** Offset in the file of the region's first byte. */
  declare readonly begin: number
  /** Exclusive. */
  declare readonly end: number
  /**
   * Whether it is in the cache, as far as is known here. Cursors on one that is not ask what became of it.
   */
  isCached = true
  /** The exposed pane shown last. */
  lastExposed: Pane = NO_PANE
  /** Where its inner panes are; `null` for a region that no cursor has come to. */
  #cells: CellsOfRegions | null
  readonly #exposed: Pane[][] = []
  readonly #inner: (InnerPane | undefined)[] = []
  #made = 0

  constructor(
    regions: Viewer,
    slot: number,
    generation: number,
    begin: number,
    end: number,
    cells: CellsOfRegions | null,
  ) {
    this.regions = regions
    this.slot = slot
    this.generation = generation
    this.stamps = regions.stampsOf(slot)
    this.begin = begin
    this.end = end
    this.#cells = cells
  }

  /** A cursor has come to it: its panes are going to be in those cells. */
  enter(cells: CellsOfRegions): void {
    this.#cells = cells
  }

  /** It has left the cache: nothing reads it in place any more. */
  leave(): void {
    this.isCached = false
    this.lastExposed = NO_PANE
    this.#cells?.drop(this)
    this.#inner.length = 0
  }

  /**
   * An inner pane that includes `offset`, of the cell of that number, the region's index-th: a small one at
   * first, the whole cell the second time. `null` where none can be had, and for the file's last page: cut
   * inside it, the file raises no fault, and there is no page after it to look at.
   */
  innerPane(index: number, offset: number, cell: number, cellSize: number): InnerPane | null {
    const known = this.#inner[index]
    if (known !== undefined && offset >= known.begin && offset < known.end) return known
    const cellBegin = cell * cellSize
    const first = known === undefined ? offset - (offset % FIRST) : cellBegin
    const last = known === undefined ? first + FIRST : Infinity
    const begin = Math.max(first, cellBegin, this.begin)
    const end = Math.min(last, cellBegin + cellSize, this.#readableEnd())
    if (offset >= end || !this.regions.zeroCopy || !this.isCached) return null
    const stop = Math.min(end + ALLOCATIONGRANULARITY, this.end)
    const memory = this.#memory(begin, stop, false)
    if (memory === null) return null
    const place = { region: this, begin, end, cell, cellBegin }
    return (this.#inner[index] = new InnerPane(memory, stop - begin, place))
  }

  #readableEnd(): number {
    const fileSize = this.#cells?.fileSize ?? Infinity
    if (this.end < fileSize) return this.end
    return this.end - 1 - ((this.end - 1) % ALLOCATIONGRANULARITY)
  }

  /**
   * An exposed pane over [begin, end) of the file; `null` where a copy must do. Throws when it cannot be had.
   */
  exposed(begin: number, end: number): Pane | null {
    const last = this.lastExposed
    if (begin >= last.begin && end <= last.end && !isMoved(last)) return last
    if (!this.regions.zeroCopy) return null
    const pane = this.#findExposed(begin, end)
    if (pane !== null) this.lastExposed = pane
    return pane
  }

  /**
   * The bytes [begin, end) of the file, which lie in the region: a view, or a copy where there can be none.
   */
  buffer(begin: number, end: number): Buffer {
    checkLength(end - begin)
    const pane = this.exposed(begin, end)
    if (pane !== null) return new View(pane.memory, begin - pane.begin, end - begin)
    const copy = Buffer.allocUnsafeSlow(end - begin)
    const { regions, slot, generation } = this
    regions.call(() => regions.native.copyRegion(slot, generation, copy, begin))
    return copy
  }

  /** Throws when the region is gone, or its file was cut below it. */
  verify(): void {
    const { regions, slot, generation } = this
    try {
      regions.call(() => regions.native.verifyRegion(slot, generation))
    } catch (error) {
      throw error instanceof ReleasedError ? released(this) : error
    }
  }

  /**
   * How many clients the region has: its owner, those added by hand, and the cursors on it. 0 once it is
   * gone.
   */
  get clientCount(): number {
    const { regions, slot, generation } = this
    return regions.call(() => regions.native.clientCount(slot, generation))
  }

  /**
   * Cells of a level begin on every multiple of half their size, so a span of up to half a cell lies in one
   * of them, found by arithmetic alone; the even ones come first, so that reading on does not use twice as
   * many.
   */
  #findExposed(begin: number, end: number): Pane | null {
    const from = begin - this.begin
    const to = end - this.begin
    const level = Math.max(levelOf(to - from), LEVELS[Math.min(this.#made / PANES_A_LEVEL, 2) | 0] ?? 0)
    const half = UNIT * 2 ** level
    const even = Math.floor(from / half / 2) * 2
    const cell = to <= (even + 2) * half ? even : Math.floor(from / half)
    const row = (this.#exposed[level] ??= [])
    const known = row[cell]
    if (known !== undefined && !isMoved(known)) return known
    const cellBegin = this.begin + cell * half
    const cellEnd = Math.min(cellBegin + 2 * half, this.end)
    const isTooLong = cellEnd - cellBegin > constants.MAX_LENGTH
    const [first, last] = isTooLong ? [begin, end] : [cellBegin, cellEnd]
    const memory = this.#memory(first, last, true)
    if (memory === null) return null
    this.#made += 1
    return (row[cell] = new Pane(memory, first))
  }

  #memory(begin: number, end: number, exposed: boolean): ArrayBuffer | null {
    try {
      const { native } = this.regions
      return makePane(native, this.slot, this.generation, begin, end, exposed) ?? null
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
    `a Buffer of ${length} bytes is more than this runtime allows (${constants.MAX_LENGTH}): ` +
      'ask for less at once, or make the windowSize smaller',
  )
}

/** The lowest level whose half cells are as long as `length`, which is at most `MAX_LENGTH`. */
function levelOf(length: number): number {
  return 32 - Math.clz32(Math.ceil(length / UNIT) - 1)
}
