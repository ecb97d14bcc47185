/** @file Mapped memory that only our own code reads. Knows its offset in the file, and no region. */
import { OwnDataView } from './primordials.js'

/**
 * Mapped memory for our own code to read, over a part of one cell of a file (see `Cells`), and one page more
 * if its region has it.
 *
 * It is a DataView itself, not an object that has one. So the numbers that a read checks first lie beside
 * those that the processor needs to reach the memory. A random read takes 45 ns this way, and took 100 with a
 * table for each of these numbers.
 */
export class InnerPane extends OwnDataView {
  static {
    Object.freeze(this.prototype)
  }

  // Only declared. A field with an initializer would be undefined first, and V8 would check its kind at each
  // use.
  /** Which cell of the file it lies in; −1: in none. */
  declare readonly cell: number
  /** Its first byte, counted from the start of the cell. */
  declare readonly from: number
  /** How many bytes of the cell it has. */
  declare readonly span: number
  /** How many bytes the memory has. */
  declare readonly size: number
  /** The slot of its region. */
  declare readonly slot: number
  /** Where the use of its region is stamped. */
  declare readonly stamps: Float64Array
  /** Offset in the file of its first byte. */
  declare readonly offset: number
  /** Exclusive. */
  declare readonly end: number
  declare readonly memory: ArrayBuffer

  constructor(memory: ArrayBuffer, size: number, { region, offset, end, cell, cellOffset }: Location) {
    super(memory)
    // V8 keeps a difference of doubles as a double, in an object of its own; `| 0` makes it a small integer.
    this.cell = cell | 0
    this.from = (offset - cellOffset) | 0
    this.span = (end - offset) | 0
    this.size = size | 0
    this.slot = region.slot
    this.stamps = region.stamps
    this.offset = offset
    this.end = end
    this.memory = memory
  }
}

/**
 * What a pane covers: [offset, end) of a file, in a cell that begins at `cellOffset`, and of which region.
 */
interface Location {
  readonly region: { readonly slot: number; readonly stamps: Float64Array }
  readonly offset: number
  readonly end: number
  readonly cell: number
  readonly cellOffset: number
}

/** A pane that includes no offset. */
export const NO_INNER_PANE: InnerPane = new InnerPane(new ArrayBuffer(0), 0, {
  region: { slot: -1, stamps: new Float64Array(0) },
  offset: 0,
  end: 0,
  cell: -1,
  cellOffset: 0,
})
