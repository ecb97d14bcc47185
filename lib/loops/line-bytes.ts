/**
 * @file Loops over lines as Buffers, which are cut from copied blocks.
 */
import { endOfText, Newlines } from '../jobs/newlines.js'
import { View } from '../panes/pane.js'
import { checkCopy } from '../arguments/bounds.js'
import { Steps, type LoopRange } from './steps.js'

// Lines are cut from a block that is copied, and not from views of the map. A view would save the copy, but a
// log is just the kind of file that is cut while it is read, and a line of zeros is worse than a copy of 64
// KiB. The newlines of a block are found by one native call, thousands at a time.

/** What is copied at once, and kept as long as one of its lines is. */
const BLOCK = 2 ** 16

/** Each line as a Buffer. */
export class LineBytes extends Steps<Buffer> {
  readonly #keepsEnding: boolean
  readonly #newlines = new Newlines()
  /** The bytes before `position`, from the start of a line on. */
  #block: Buffer = Buffer.alloc(0)
  /** Index in it of the next line. */
  #line = 0

  constructor(range: LoopRange, keepsEnding: boolean) {
    super(range)
    this.#keepsEnding = keepsEnding
  }

  get wanted(): number {
    return this.#newlines.hasNext ? 0 : Math.min(this.position + BLOCK, this.range.end)
  }

  next(): IteratorResult<Buffer, undefined> {
    // Lines of this block are given without another check, as long as nothing happened to any file.
    if ((!this.#newlines.hasNext || !this.isFresh) && !this.#fill()) return this.return()
    const block = this.#block
    const at = this.#line
    const newline = this.#newlines.take()
    this.#line = newline + 1
    let end = newline
    if (newline < block.length) end = this.#keepsEnding ? newline + 1 : endOfText(block, at, newline)
    return { done: false, value: new View(block.buffer as ArrayBuffer, block.byteOffset + at, end - at) }
  }

  /** Makes sure that there is a line in the block. False: there are no more. */
  #fill(): boolean {
    if (this.isDone) return false
    try {
      // Something happened to some file: the block's bytes are right if its last one is still in this file.
      if (this.#newlines.hasNext) this.confirm(this.position)
      else while (!this.#search()) if (!this.#readOn()) return false
      return true
    } catch (error) {
      this.throw(error)
    }
  }

  #search(): boolean {
    if (this.#newlines.search(this.#block)) return true
    const { length } = this.#block
    // The last line has no newline: as if one followed.
    const isLast = this.position === this.range.end && this.#line < length
    if (isLast) this.#newlines.add(length)
    return isLast
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
    this.#newlines.restart()
    this.#line = 0
    this.position = start + size
    this.confirm(this.position)
    return true
  }
}
