/** @file Mapped memory that only our own code reads. Knows where in its file it lies, and no region. */
import { OwnDataView } from './primordials.js'

/**
 * Mapped memory for our own code to read, over a part of one cell of a file (see `Cells`). It goes on for a
 * page after that, where its region does.
 *
 * It is the DataView itself, not an object that has one: what a read must know before it touches the memory
 * then lies beside what the processor needs for touching it. A read at random takes 45 ns so, and took 100
 * with a table for each of these numbers.
 */
export class InnerPane extends OwnDataView {
  static {
    Object.freeze(this.prototype)
  }

  // Only declared: a field that is made before it has its value is undefined first, and V8 would ask for its
  // kind at each use.
  /** Which cell of the file it lies in; −1: in none. */
  declare readonly cell: number
  /** Its first byte, counted from the cell's. */
  declare readonly from: number
  /** How many bytes of the cell it has. */
  declare readonly span: number
  /** How many bytes the memory has. */
  declare readonly size: number
  /** Its region's. */
  declare readonly slot: number
  /** Where the use of its region is noted. */
  declare readonly stamps: Float64Array
  /** Offset in the file of its first byte. */
  declare readonly begin: number
  /** Exclusive. */
  declare readonly end: number
  declare readonly memory: ArrayBuffer

  constructor(memory: ArrayBuffer, size: number, { region, begin, end, cell, cellBegin }: Place) {
    super(memory)
    // Differences of doubles would be kept as doubles, each in an object of its own: `| 0` makes them whole.
    this.cell = cell | 0
    this.from = (begin - cellBegin) | 0
    this.span = (end - begin) | 0
    this.size = size | 0
    this.slot = region.slot
    this.stamps = region.stamps
    this.begin = begin
    this.end = end
    this.memory = memory
  }
}

/** Where [begin, end) of a file lies: in which cell, which begins at `cellBegin`, and of which region. */
interface Place {
  readonly region: { readonly slot: number; readonly stamps: Float64Array }
  readonly begin: number
  readonly end: number
  readonly cell: number
  readonly cellBegin: number
}

/** A pane that includes no offset. */
export const NO_INNER_PANE: InnerPane = new InnerPane(new ArrayBuffer(0), 0, {
  region: { slot: -1, stamps: new Float64Array(0) },
  begin: 0,
  end: 0,
  cell: -1,
  cellBegin: 0,
})
