/**
 * @file Loops over lines as Buffers, which are cut from copied blocks.
 */
import { native } from '../native.js'
import { View } from '../panes/pane.js'
import { checkCopy } from '../arguments/bounds.js'
import { Steps, type LoopRange } from './steps.js'

// Lines are cut from a block that is copied, and not from views of the map. A view would save the copy, but a
// log is just the kind of file that is cut while it is read, and a line of zeros is worse than a copy of 64
// KiB. The newlines of a block are found by one native call, thousands at a time.

/** What is copied at once, and kept as long as one of its lines is. */
const BLOCK = 2 ** 16
/** How many newlines are found by one native call. */
const BATCH = 2 ** 12
const CARRIAGE_RETURN = 13

/** Each line as a Buffer. */
export class LineBytes extends Steps<Buffer> {
  readonly #keepsEnding: boolean
  readonly #newlines: Uint32Array = new Uint32Array(BATCH)
  #count = 0
  #next = 0
  /** The bytes before `position`, from the begin of a line. */
  #block: Buffer = Buffer.alloc(0)
  #searched = 0
  /** Index in it of the next line. */
  #line = 0

  constructor(range: LoopRange, keepsEnding: boolean) {
    super(range)
    this.#keepsEnding = keepsEnding
  }

  get wanted(): number {
    return this.#next < this.#count ? 0 : Math.min(this.position + BLOCK, this.range.end)
  }

  next(): IteratorResult<Buffer, undefined> {
    // Lines of this block are given without another check, as long as nothing happened to any file.
    if ((this.#next >= this.#count || !this.isFresh) && !this.#fill()) return this.return()
    const block = this.#block
    const at = this.#line
    const newline = this.#newlines[this.#next] as number
    this.#next += 1
    this.#line = newline + 1
    let end = newline
    if (newline < block.length) {
      if (this.#keepsEnding) end = newline + 1
      else if (newline > at && block[newline - 1] === CARRIAGE_RETURN) end = newline - 1
    }
    return { done: false, value: new View(block.buffer as ArrayBuffer, block.byteOffset + at, end - at) }
  }

  /** Makes sure that there is a line in the block. False: there are no more. */
  #fill(): boolean {
    if (this.isDone) return false
    try {
      // Something happened to some file: the block's bytes are right if its last one is still in this file.
      if (this.#next < this.#count) this.confirm(this.position)
      else while (!this.#search()) if (!this.#readOn()) return false
      return true
    } catch (error) {
      this.throw(error)
    }
  }

  #search(): boolean {
    const { length } = this.#block
    this.#next = 0
    this.#count = native.findNewlines(this.#block, this.#searched, this.#newlines)
    // A full batch means that there may be more newlines after the last one found.
    this.#searched = this.#count < BATCH ? length : (this.#newlines[this.#count - 1] as number) + 1
    if (this.#count === 0 && this.position === this.range.end && this.#line < length) {
      // The last line has no newline: as if one followed.
      this.#newlines[0] = length
      this.#count = 1
    }
    return this.#count > 0
  }

  /** Reads the next block, from the start of the line that this one has cut. False: the range has ended. */
  #readOn(): boolean {
    const { length } = this.#block
    // The line that the block cut is read again with what follows, so that each line lies in one block.
    const start = this.position - length + this.#line
    const { end } = this.range
    if (start >= end) return false
    // Doubling, so that a very long line is copied about twice in all, and not once for each 64 KiB.
    const size = Math.min(this.#line === 0 ? Math.max(2 * length, BLOCK) : BLOCK, end - start)
    checkCopy(size)
    this.#block = this.cursor.read(start, start + size)
    this.#searched = 0
    this.#line = 0
    this.position = start + size
    this.confirm(this.position)
    return true
  }
}
