/**
 * @file Which parts of a file this thread can read in place, found by arithmetic. Knows regions by what they
 * span; makes no native call.
 */
import { ALLOCATIONGRANULARITY } from '../constants.js'
import { faults } from '../native.js'
import { type InnerPane, NO_INNER_PANE } from './inner-pane.js'
import type { NativeRegion } from './native-region.js'
import type { CellsOfRegions, Viewer } from './read-path.js'

/**
 * The most bytes of a cell, and of a pane with it. V8 counts a pane as heap: 64 MiB cost a full collection,
 * 32 MiB 3–6 µs.
 */
const LARGEST = 2 ** 25

/**
 * The most entries for cells of a file: about as many as the system allows maps. Direct-mapped: cell n uses
 * entry n mod the number of entries.
 */
const MOST = 2 ** 16

const PAGE = ALLOCATIONGRANULARITY

/** How many bytes after a zero are looked at first; the next page is more likely to miss the caches. */
const NEAR = 64

/** The most cells whose numbers fit 32 bits. A file with more is not read in place. */
const MOST_NUMBERS = 2 ** 31

/**
 * A file is divided into cells, all of one size, and each has at most one *inner pane*: mapped memory that
 * only our own code reads, through a DataView. Finding the pane of an offset is a multiplication, whatever
 * the window's size and however many regions there are.
 *
 * ```text
 *   windows   |       0       |       1       |       2       |      what is mapped, as one region each
 *   cells     |   0   |   1   |   2   |   3   |   4   |   5   |      a window, or 32 MiB of it
 *   panes       [====]            [==]        |               |      what was read in place
 * ```
 *
 * A pane is here exactly as long as its region is known to be in the cache. `NativeManager.dropGone` first
 * removes the pane and then makes a native call; only that call unmaps the memory. So whatever is found here
 * can be read.
 *
 * Whether the bytes read were the file's is another question. `isTrue` answers it afterwards.
 */
export class Cells implements CellsOfRegions {
  declare readonly manager: Viewer
  declare readonly fileSize: number
  // Each field starts with a value of its own kind, or is only declared. V8 would check the kind at each use
  // of a field that was undefined first.
  readonly #size: number = 0
  /** 1 / size. Multiplying by it is exact, since the size is a power of two. */
  readonly #inverse: number = 0.5
  /** Size − 1: a mask for the part of an offset that lies within its cell. */
  readonly #rest: number = 0
  /** Number of entries − 1: a mask, since that is a power of two. */
  readonly #mask: number = 0
  readonly #panes: InnerPane[] = []
  readonly #regions: (NativeRegion | null)[] = []
  /** Takes in bytes that are read only for their faults, so that V8 does not leave the read out. */
  sight = 0

  /** @param windowSize - Windows begin on multiples of it; Infinity: the whole file is one. */
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

  /** The pane in the entry for `offset`, which may be another cell's: ask {@link locate}. */
  paneAt(offset: number): InnerPane {
    return this.#panes[(offset * this.#inverse) & this.#mask] as InnerPane
  }

  /**
   * The index of the `size` bytes at `offset` in a pane; −1 if the pane does not have all of them. Otherwise
   * they may be read until the next native call, and their region counts as used now.
   */
  locate(pane: InnerPane, offset: number, size: number): number {
    // In 32-bit integers: an offset may need more bits, but not the part of it within a cell.
    const index = ((offset & this.#rest) - pane.from) | 0
    const isThere = pane.cell === ((offset * this.#inverse) | 0) && index >= 0 && index + size <= pane.span
    if (!isThere) return -1
    if (pane.slot !== this.manager.lastSlot) this.manager.turnTo(pane.slot, pane.stamps)
    return index
  }

  /**
   * Whether the bytes just read in a pane, up to index `last`, are the file's. Past the end of a file that
   * was cut, whole pages raise a fault, which is counted; the rest of the page in which the file ends reads
   * as zeros and raises none (`mmap(2)`). So after a last byte of zero, the bytes next to it are looked at:
   * if one is not zero, the file goes on there. If all are, the next page is, which would raise a fault.
   */
  isTrue(pane: InnerPane, last: number): boolean {
    return (this.manager.faults === faults[0] && pane.getUint8(last) !== 0) || this.#isTrue(pane, last)
  }

  #isTrue(pane: InnerPane, last: number): boolean {
    const { manager } = this
    // The fault may have been in another region. Then the pane is still here, and the zero is checked again.
    while (pane === this.#panes[pane.cell & this.#mask]) {
      if (manager.faults === faults[0]) {
        if (hasMore(pane, last)) return true
        const next = last - (last % PAGE) + PAGE
        // A pane includes the page after its cell, unless its region ends there.
        if (next >= pane.size) return false
        this.sight ^= pane.getUint8(next)
        if (manager.faults === faults[0]) return true
      }
      manager.confirm()
    }
    return false
  }

  /** The region seen last at `offset`, wherever it ends; `null` if there is none. */
  regionAt(offset: number): NativeRegion | null {
    const region = this.#regions[this.#entryOf(offset)] as NativeRegion | null
    return region !== null && offset >= region.offset && offset < region.end ? region : null
  }

  /** From now on the region is the one seen at `offset`. It has no pane there yet. */
  see(region: NativeRegion, offset: number): void {
    const entry = this.#entryOf(offset)
    if (this.#regions[entry] === region) return
    this.#panes[entry] = NO_INNER_PANE
    this.#regions[entry] = region
  }

  /** Makes a pane of the region that includes `offset`, and puts it in its cell. False: there can be none. */
  open(region: NativeRegion, offset: number): boolean {
    if (this.fileSize * this.#inverse >= MOST_NUMBERS) return false
    const cell = Math.floor(offset * this.#inverse)
    const index = cell - Math.floor(region.offset * this.#inverse)
    const pane = region.innerPane(index, offset, cell, this.#size)
    if (pane === null) return false
    const entry = cell & this.#mask
    this.#regions[entry] = region
    this.#panes[entry] = pane
    this.manager.turnTo(region.slot, region.stamps)
    return true
  }

  /** Removes the panes of a region that is gone. */
  drop(region: { readonly offset: number; readonly end: number }): void {
    const first = Math.floor(region.offset * this.#inverse)
    const last = Math.min(Math.floor((region.end - 1) * this.#inverse), first + this.#mask)
    for (let cell = first; cell <= last; cell += 1) {
      const entry = cell & this.#mask
      // A newer region, or another cell, has the entry by now.
      if (this.#regions[entry] !== region) continue
      this.#panes[entry] = NO_INNER_PANE
      this.#regions[entry] = null
    }
  }

  #entryOf(offset: number): number {
    return (offset * this.#inverse) & this.#mask
  }
}

/** Whether a byte from `index` on, in the same page and near, is not zero: then the file goes on there. */
function hasMore(pane: InnerPane, index: number): boolean {
  if (pane.getUint8(index) !== 0) return true
  // Eight bytes at a time, as a double: only bits that are all zero make one that equals 0, apart from −0.
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

/** Cells in which nothing is seen. */
export const NO_CELLS: Cells = new Cells(null as never, 0, PAGE)
