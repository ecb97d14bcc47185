/**
 * @file A region as this thread sees it: whether it is still cached, and the panes over it. Knows no cursor.
 */
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

/** The size of a cell's first inner pane: most windows that are read once are read near one offset. */
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
  /** Where its use is stamped: in the number for its slot. */
  declare readonly stamps: Float64Array
  /** Offset in the file of the region's first byte. */
  declare readonly offset: number
  /** Exclusive. */
  declare readonly end: number
  /**
   * Whether it is in the cache, as far as this thread knows. If not, its cursors ask the native side.
   */
  isCached = true
  /** The exposed pane shown last. */
  lastExposed: Pane = NO_PANE
  /** The cells that its inner panes are in; `null` if no cursor was on it yet. */
  #cells: CellsOfRegions | null
  readonly #exposed: Pane[][] = []
  readonly #inner: (InnerPane | undefined)[] = []
  #made = 0

  constructor(
    regions: Viewer,
    slot: number,
    generation: number,
    offset: number,
    end: number,
    cells: CellsOfRegions | null,
  ) {
    this.regions = regions
    this.slot = slot
    this.generation = generation
    this.stamps = regions.stampsOf(slot)
    this.offset = offset
    this.end = end
    this.#cells = cells
  }

  /** A cursor has come to it: its panes go into those cells. */
  enter(cells: CellsOfRegions): void {
    this.#cells = cells
  }

  /** It has left the cache: from now on nothing reads it in place. */
  leave(): void {
    this.isCached = false
    this.lastExposed = NO_PANE
    this.#cells?.drop(this)
    this.#inner.length = 0
  }

  /**
   * An inner pane that includes `offset`, in that cell, which is the region's index-th: a small pane the
   * first time, the whole cell the second time. `null` if there can be none, and for the file's last page: if
   * the file is cut inside that page, no fault is raised, and there is no page after it to look at.
   */
  innerPane(index: number, offset: number, cell: number, cellSize: number): InnerPane | null {
    const known = this.#inner[index]
    if (known !== undefined && offset >= known.offset && offset < known.end) return known
    const cellOffset = cell * cellSize
    // V8 counts a pane of a whole cell as up to 32 MiB of heap: only a second use of the cell is worth that.
    const first = known === undefined ? offset - (offset % FIRST) : cellOffset
    const last = known === undefined ? first + FIRST : Infinity
    const start = Math.max(first, cellOffset, this.offset)
    const end = Math.min(last, cellOffset + cellSize, this.#readableEnd())
    if (offset >= end || !this.regions.zeroCopy || !this.isCached) return null
    // One page more, for `Cells.isTrue` to look at.
    const stop = Math.min(end + ALLOCATIONGRANULARITY, this.end)
    const memory = this.#memory(start, stop, false)
    if (memory === null) return null
    const location = { region: this, offset: start, end, cell, cellOffset }
    return (this.#inner[index] = new InnerPane(memory, stop - start, location))
  }

  #readableEnd(): number {
    const fileSize = this.#cells?.fileSize ?? Infinity
    if (this.end < fileSize) return this.end
    return this.end - 1 - ((this.end - 1) % ALLOCATIONGRANULARITY)
  }

  /**
   * An exposed pane over [start, end) of the file; `null` where a copy must do. Throws if the region is gone.
   */
  exposed(start: number, end: number): Pane | null {
    // Views come mostly from the same pane, one after another.
    const last = this.lastExposed
    if (start >= last.offset && end <= last.end && !isMoved(last)) return last
    if (!this.regions.zeroCopy) return null
    const pane = this.#findExposed(start, end)
    if (pane !== null) this.lastExposed = pane
    return pane
  }

  /**
   * The bytes [start, end) of the file, which lie in the region: a view, or a copy where there can be no
   * view.
   */
  buffer(start: number, end: number): Buffer {
    checkLength(end - start)
    const pane = this.exposed(start, end)
    if (pane !== null) return new View(pane.memory, start - pane.offset, end - start)
    // Slow: a Buffer of Node's pool would keep 8 KiB of other Buffers' memory with it.
    const copy = Buffer.allocUnsafeSlow(end - start)
    const { regions, slot, generation } = this
    regions.call(() => regions.native.copyRegion(slot, generation, copy, start))
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
   * How many clients the region has: its manager, those added by hand, and the cursors on it. 0 once it is
   * gone.
   */
  get clientCount(): number {
    const { regions, slot, generation } = this
    return regions.call(() => regions.native.clientCount(slot, generation))
  }

  /**
   * Exposed panes of a level begin on every multiple of half their size, so any span of up to half a pane
   * lies in one of them, which arithmetic finds. The even ones are tried first: reading a file from start to
   * end then uses only those, half as many.
   */
  #findExposed(start: number, end: number): Pane | null {
    const from = start - this.offset
    const to = end - this.offset
    const level = Math.max(levelOf(to - from), LEVELS[Math.min(this.#made / PANES_A_LEVEL, 2) | 0] ?? 0)
    const half = UNIT * 2 ** level
    const even = Math.floor(from / half / 2) * 2
    const cell = to <= (even + 2) * half ? even : Math.floor(from / half)
    const row = (this.#exposed[level] ??= [])
    // One whose memory the program has transferred away shows nothing: a new one is made over the same bytes.
    const known = row[cell]
    if (known !== undefined && !isMoved(known)) return known
    const cellOffset = this.offset + cell * half
    const cellEnd = Math.min(cellOffset + 2 * half, this.end)
    // An ArrayBuffer has a limit (4 GiB in Node 20): then the pane is exactly as long as what is asked for.
    const isTooLong = cellEnd - cellOffset > constants.MAX_LENGTH
    const [first, last] = isTooLong ? [start, end] : [cellOffset, cellEnd]
    const memory = this.#memory(first, last, true)
    if (memory === null) return null
    this.#made += 1
    return (row[cell] = new Pane(memory, first))
  }

  #memory(start: number, end: number, exposed: boolean): ArrayBuffer | null {
    try {
      const { native } = this.regions
      return makePane(native, this.slot, this.generation, start, end, exposed) ?? null
    } catch (error) {
      const reason = fromNative(error)
      throw reason instanceof ReleasedError ? released(this) : reason
    }
  }
}

function released({ offset, end }: NativeRegion): ReleasedError {
  return new ReleasedError(
    `the region from ${offset} to ${end} has been released or evicted; use it again by a cursor`,
  )
}

/** Throws if no Buffer can be that long in this runtime. */
export function checkLength(length: number): void {
  if (length <= constants.MAX_LENGTH) return
  throw new WindowTooLargeError(
    `a Buffer of ${length} bytes is more than this runtime allows (${constants.MAX_LENGTH}): ` +
      'ask for less at once, or make the windowSize smaller',
  )
}

/** The lowest level whose half panes are at least as long as `length`, which is at most `MAX_LENGTH`. */
function levelOf(length: number): number {
  return 32 - Math.clz32(Math.ceil(length / UNIT) - 1)
}
