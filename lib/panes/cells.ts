/**
 * @file What of a file this thread sees in place, found by arithmetic. Knows regions by what they span; makes
 * no native call.
 */
import { ALLOCATIONGRANULARITY } from '../constants.js'
import { faults } from '../native.js'
import type { NativeRegion } from './native-region.js'
import { OwnDataView } from './primordials.js'
import type { CellsOfRegions, InnerPane, Viewer } from './read-path.js'

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

const NOTHING = new OwnDataView(new ArrayBuffer(0))

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
  readonly manager: Viewer
  readonly fileSize: number
  readonly #size: number
  /** Cells are found by it: exact, since their size is a power of two. */
  readonly #inverse: number
  /** How many entries there are, less one: a power of two, less one. */
  readonly #mask: number
  /** Offsets in the file; a cell without a pane begins at Infinity. */
  readonly #begins: Float64Array
  readonly #ends: Float64Array
  readonly #slots: Int32Array
  readonly #data: OwnDataView[]
  readonly #panes: (InnerPane | null)[]
  readonly #regions: (NativeRegion | null)[]
  /** Takes what is only looked at, so that looking is not left out as useless. */
  sight = 0

  /** @param windowSize - What windows begin on multiples of; Infinity: the file is one. */
  constructor(manager: Viewer, fileSize: number, windowSize: number) {
    this.manager = manager
    this.fileSize = fileSize
    this.#size = cellSize(windowSize)
    this.#inverse = 1 / this.#size
    const count = Math.min(2 ** Math.ceil(Math.log2(Math.max(fileSize / this.#size, 1))), MOST)
    this.#mask = count - 1
    this.#begins = new Float64Array(count).fill(Infinity)
    this.#ends = new Float64Array(count)
    this.#slots = new Int32Array(count)
    this.#data = []
    this.#panes = []
    this.#regions = []
    for (let cell = 0; cell < count; cell += 1) {
      this.#data[cell] = NOTHING
      this.#panes[cell] = null
      this.#regions[cell] = null
    }
  }

  /**
   * The cell whose pane includes [offset, end) of the file; −1 where there is none. It holds until a native
   * call.
   */
  find(offset: number, end: number): number {
    const cell = (offset * this.#inverse) & this.#mask
    if (offset >= (this.#begins[cell] as number) && end <= (this.#ends[cell] as number)) {
      const slot = this.#slots[cell] as number
      if (slot !== this.manager.lastSlot) this.manager.turnTo(slot)
      return cell
    }
    return -1
  }

  /**
   * The bytes of a cell's pane, for reading at once: nothing may keep them, or hand them to what a program
   * can replace.
   */
  data(cell: number): OwnDataView {
    return this.#data[cell] as OwnDataView
  }

  /** A cell's pane: as {@link data}, for what is more than numbers. */
  pane(cell: number): InnerPane {
    return this.#panes[cell] as InnerPane
  }

  /** Where a cell's pane begins in the file. */
  begin(cell: number): number {
    return this.#begins[cell] as number
  }

  /** Where it ends. */
  end(cell: number): number {
    return this.#ends[cell] as number
  }

  /**
   * Whether what has just been read in a cell, up to `end` of the file, are the file's bytes. A file that was
   * cut reads as zeros past its end: whole pages of it raise a fault, which is counted, but the rest of the
   * page in which it ends does not. Such a read ends with a zero, and zeros follow; so after a zero, bytes
   * near it are looked at, and then the next page, which would raise a fault.
   */
  isTrue(cell: number, end: number): boolean {
    const data = this.#data[cell] as OwnDataView
    const index = end - (this.#begins[cell] as number) - 1
    return (
      (this.manager.faults === missing[0] && data.getUint8(index) !== 0) || this.#isTrue(cell, data, index)
    )
  }

  #isTrue(cell: number, data: OwnDataView, index: number): boolean {
    const { manager } = this
    // A fault may have been elsewhere: then the zero is asked about again.
    while (data === this.#data[cell]) {
      if (manager.faults === missing[0]) {
        const { size } = this.#panes[cell] as InnerPane
        if (hasMore(data, index, size)) return true
        const next = index - (index % PAGE) + PAGE
        // A pane has the page after its end, unless its region ends there.
        if (next >= size) return false
        this.sight ^= data.getUint8(next)
        if (manager.faults === missing[0]) return true
      }
      manager.confirm()
    }
    return false
  }

  /** The region that was seen last where `offset` is, wherever it ends; `null` where there is none. */
  regionAt(offset: number): NativeRegion | null {
    const region = this.#regions[(offset * this.#inverse) & this.#mask] as NativeRegion | null
    return region !== null && offset >= region.begin && offset < region.end ? region : null
  }

  /** From now on the region is seen where `offset` is, without a pane. */
  see(region: NativeRegion, offset: number): void {
    const cell = (offset * this.#inverse) & this.#mask
    if (this.#regions[cell] === region) return
    this.#clear(cell)
    this.#regions[cell] = region
  }

  /**
   * Makes a pane of the region's that includes `offset`, and puts it in its cell; or −1 where none can be
   * had.
   */
  open(region: NativeRegion, offset: number): number {
    const begin = offset - (offset % this.#size)
    const index = Math.floor(offset * this.#inverse) - Math.floor(region.begin * this.#inverse)
    const pane = region.innerPane(index, offset, begin, begin + this.#size)
    if (pane === null) return -1
    const cell = (offset * this.#inverse) & this.#mask
    this.#regions[cell] = region
    this.#data[cell] = pane.data
    this.#panes[cell] = pane
    this.#begins[cell] = pane.begin
    this.#ends[cell] = pane.end
    this.#slots[cell] = region.slot
    this.manager.turnTo(region.slot)
    return cell
  }

  /** The region is gone: none of its panes is read any more. */
  drop(region: { readonly begin: number; readonly end: number }): void {
    const first = Math.floor(region.begin * this.#inverse)
    const last = Math.min(Math.floor((region.end - 1) * this.#inverse), first + this.#mask)
    for (let index = first; index <= last; index += 1) {
      const cell = index & this.#mask
      if (this.#regions[cell] === region) this.#clear(cell)
    }
  }

  #clear(cell: number): void {
    this.#begins[cell] = Infinity
    this.#ends[cell] = 0
    this.#data[cell] = NOTHING
    this.#panes[cell] = null
    this.#regions[cell] = null
  }
}

/** Whether a byte from `index` on, in the same page and not far, is not zero: then the file goes on there. */
function hasMore(data: OwnDataView, index: number, size: number): boolean {
  if (data.getUint8(index) !== 0) return true
  const stop = Math.min(index - (index % PAGE) + PAGE, size, index + NEAR) - 8
  for (let at = index + 1; at <= stop; at += 8) if (data.getFloat64(at) !== 0) return true
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
