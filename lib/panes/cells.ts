/**
 * @file What of a file this thread sees in place, found by arithmetic. Knows regions by what they span; makes
 * no native call.
 */
import { ALLOCATIONGRANULARITY } from '../constants.js'
import { faults } from '../native.js'
import { type InnerPane, NO_INNER_PANE } from './inner-pane.js'
import type { NativeRegion } from './native-region.js'
import type { CellsOfRegions, Viewer } from './read-path.js'

/** Found by itself, not by way of its module: this is a fifth of what a read costs. */
const missing: Int32Array = faults

/**
 * The most bytes of a cell, and of a pane with it. V8 counts a pane as heap: 64 MiB cost a full collection,
 * 32 MiB 3–6 µs.
 */
const LARGEST = 2 ** 25

/**
 * The most cells of a file: as many as the system has maps. Cells a multiple of so many apart share an entry.
 */
const MOST = 2 ** 16

const PAGE = ALLOCATIONGRANULARITY

/** How far bytes after a zero are looked at before the next page is, which is farther for the processor. */
const NEAR = 64

/** The most cells whose numbers have 32 bits. Of a file with more, nothing is seen in place. */
const MOST_NUMBERS = 2 ** 31

/**
 * A file is divided into cells, all of one size, and each has at most one *inner pane*: mapped memory that
 * only our own code reads, through a DataView. Finding the pane of an offset is a multiplication, whatever
 * the window's size and however many regions there are.
 *
 * ```text
 *   windows   |       0       |       1       |       2       |      what is mapped, as one region each
 *   cells     |   0   |   1   |   2   |   3   |   4   |   5   |      a window, or 32 MiB of it
 *   panes       [====]            [==]        |               |      what was read in place: [begin, end) of
 *   a cell
 * ```
 *
 * A pane is there exactly as long as its region is known to be in the cache: `NativeManager.sweep` takes it
 * out first, and comes back to the native side to say so after that. Only then is the memory unmapped. So
 * whatever is found here can be read.
 *
 * Whether what was read is the file's is another question, which `isTrue` answers afterwards.
 */
export class Cells implements CellsOfRegions {
  declare readonly manager: Viewer
  declare readonly fileSize: number
  // Each begins with a value of its own kind, or is only declared: V8 would ask at each use for the kind of
  // one that was undefined first.
  readonly #size: number = 0
  /** Cells are found by it: exact, since their size is a power of two. */
  readonly #inverse: number = 0.5
  /** What of an offset lies within its cell: the size less one. */
  readonly #rest: number = 0
  /** How many entries there are, less one: a power of two, less one. */
  readonly #mask: number = 0
  readonly #panes: InnerPane[] = []
  readonly #regions: (NativeRegion | null)[] = []
  /** Takes what is only looked at, so that looking is not left out as useless. */
  sight = 0

  /** @param windowSize - What windows begin on multiples of; Infinity: the file is one. */
  constructor(manager: Viewer, fileSize: number, windowSize: number) {
    this.manager = manager
    this.fileSize = fileSize
    this.#size = cellSize(windowSize)
    this.#inverse = 1 / this.#size
    this.#rest = this.#size - 1
    const count = Math.min(2 ** Math.ceil(Math.log2(Math.max(fileSize / this.#size, 1))), MOST)
    this.#mask = count - 1
    for (let entry = 0; entry < count; entry += 1) {
      this.#panes[entry] = NO_INNER_PANE
      this.#regions[entry] = null
    }
  }

  /** The pane in the entry of the cell at `offset`: {@link placeIn} tells whether it has what is wanted. */
  paneAt(offset: number): InnerPane {
    return this.#panes[(offset * this.#inverse) & this.#mask] as InnerPane
  }

  /**
   * Where in a pane the `size` bytes at `offset` are; −1 when it has not all of them. If it has, they may be
   * read until the next native call, and their region counts as used now.
   */
  placeIn(pane: InnerPane, offset: number, size: number): number {
    // By whole numbers of 32 bits: an offset may need more, but what of it lies within a cell does not.
    const place = ((offset & this.#rest) - pane.from) | 0
    const isThere = pane.cell === ((offset * this.#inverse) | 0) && place >= 0 && place + size <= pane.span
    if (!isThere) return -1
    if (pane.slot !== this.manager.lastSlot) this.manager.turnTo(pane.slot, pane.stamps)
    return place
  }

  /**
   * Whether what has just been read in a pane, up to its byte `last`, are the file's bytes. A file that was
   * cut reads as zeros past its end: whole pages of it raise a fault, which is counted, but the rest of the
   * page in which it ends does not. Such a read ends with a zero, and zeros follow; so after a zero, bytes
   * near it are looked at, and then the next page, which would raise a fault.
   */
  isTrue(pane: InnerPane, last: number): boolean {
    return (this.manager.faults === missing[0] && pane.getUint8(last) !== 0) || this.#isTrue(pane, last)
  }

  #isTrue(pane: InnerPane, last: number): boolean {
    const { manager } = this
    // A fault may have been elsewhere: then the zero is asked about again.
    while (pane === this.#panes[pane.cell & this.#mask]) {
      if (manager.faults === missing[0]) {
        if (hasMore(pane, last)) return true
        const next = last - (last % PAGE) + PAGE
        // A pane has the page after its end, unless its region ends there.
        if (next >= pane.size) return false
        this.sight ^= pane.getUint8(next)
        if (manager.faults === missing[0]) return true
      }
      manager.confirm()
    }
    return false
  }

  /** The region that was seen last where `offset` is, wherever it ends; `null` where there is none. */
  regionAt(offset: number): NativeRegion | null {
    const region = this.#regions[this.#entryOf(offset)] as NativeRegion | null
    return region !== null && offset >= region.begin && offset < region.end ? region : null
  }

  /** From now on the region is seen where `offset` is, without a pane. */
  see(region: NativeRegion, offset: number): void {
    const entry = this.#entryOf(offset)
    if (this.#regions[entry] === region) return
    this.#panes[entry] = NO_INNER_PANE
    this.#regions[entry] = region
  }

  /** Makes a pane of the region's that includes `offset`, and puts it in its cell: whether one can be had. */
  open(region: NativeRegion, offset: number): boolean {
    if (this.fileSize * this.#inverse >= MOST_NUMBERS) return false
    const cell = Math.floor(offset * this.#inverse)
    const index = cell - Math.floor(region.begin * this.#inverse)
    const pane = region.innerPane(index, offset, cell, this.#size)
    if (pane === null) return false
    const entry = cell & this.#mask
    this.#regions[entry] = region
    this.#panes[entry] = pane
    this.manager.turnTo(region.slot, region.stamps)
    return true
  }

  /** The region is gone: none of its panes is read any more. */
  drop(region: { readonly begin: number; readonly end: number }): void {
    const first = Math.floor(region.begin * this.#inverse)
    const last = Math.min(Math.floor((region.end - 1) * this.#inverse), first + this.#mask)
    for (let cell = first; cell <= last; cell += 1) {
      const entry = cell & this.#mask
      if (this.#regions[entry] !== region) continue
      this.#panes[entry] = NO_INNER_PANE
      this.#regions[entry] = null
    }
  }

  #entryOf(offset: number): number {
    return (offset * this.#inverse) & this.#mask
  }
}

/** Whether a byte from `index` on, in the same page and not far, is not zero: then the file goes on there. */
function hasMore(pane: InnerPane, index: number): boolean {
  if (pane.getUint8(index) !== 0) return true
  const stop = Math.min(index - (index % PAGE) + PAGE, pane.size, index + NEAR) - 8
  for (let at = index + 1; at <= stop; at += 8) if (pane.getFloat64(at) !== 0) return true
  return false
}

/** The largest power of two that windows are a multiple of. */
function cellSize(windowSize: number): number {
  for (let size = LARGEST; size > PAGE; size /= 2) {
    if (windowSize === Infinity || windowSize % size === 0) return size
  }
  return PAGE
}

/** Where nothing is seen. */
export const NO_CELLS: Cells = new Cells(null as never, 0, PAGE)
