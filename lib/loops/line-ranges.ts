/** @file Loops over lines as ranges, however long they are. Keeps none of their bytes. */
import type { Range } from '../arguments/range.js'
import { Newlines } from '../jobs/newlines.js'
import { Steps, type LoopRange } from './steps.js'

const BLOCK = 2 ** 16
const CARRIAGE_RETURN = 13

/** Each line as a range of the reader's indices. */
export class LineRanges extends Steps<Range> {
  readonly #keepsEnding: boolean
  readonly #memory: Buffer
  readonly #newlines = new Newlines()
  /** How many bytes are in memory. */
  #size = 0
  /** Index in the reader of the first byte in memory. */
  #origin = 0
  /** The byte before that. */
  #previous = 0
  /** Index in the reader of the next line. */
  #line: number

  constructor(range: LoopRange, keepsEnding: boolean) {
    super(range)
    this.#keepsEnding = keepsEnding
    this.#memory = Buffer.allocUnsafeSlow(Math.min(BLOCK, range.end - range.start))
    this.#line = range.start - range.origin
  }

  get wanted(): number {
    return this.#newlines.hasNext ? 0 : Math.min(this.position + BLOCK, this.range.end)
  }

  next(): IteratorResult<Range, undefined> {
    if ((!this.#newlines.hasNext || !this.isFresh) && !this.#fill()) return this.#last()
    const at = this.#newlines.take()
    const start = this.#line
    const newline = this.#origin + at
    this.#line = newline + 1
    if (this.#keepsEnding) return { done: false, value: { start, end: newline + 1 } }
    // The newline may be the first byte of this block, and the CR before it the last one of the block before.
    const before = at === 0 ? this.#previous : this.#memory[at - 1]
    const hasReturn = before === CARRIAGE_RETURN && newline > start
    return { done: false, value: { start, end: hasReturn ? newline - 1 : newline } }
  }

  /** Makes sure that there is a newline in `#newlines`. False: there is none before the end. */
  #fill(): boolean {
    if (this.isDone) return false
    try {
      // Something happened to some file: the newlines found before are right if the block's last byte is
      // still there.
      if (this.#newlines.hasNext) this.confirm(this.position)
      else
        while (!this.#newlines.search(this.#memory.subarray(0, this.#size))) if (!this.#readOn()) return false
      return true
    } catch (error) {
      this.throw(error)
    }
  }

  #readOn(): boolean {
    const { position } = this
    const size = Math.min(BLOCK, this.range.end - position)
    if (size <= 0) return false
    // The last byte of a block is kept: a CRLF may have its CR there.
    this.#previous = this.#size === 0 ? 0 : (this.#memory[this.#size - 1] as number)
    this.cursor.readInto(this.#memory.subarray(0, size), position)
    this.confirm(position + size)
    this.#origin = position - this.range.origin
    this.#size = size
    this.#newlines.restart()
    this.position = position + size
    return true
  }

  /** The line after the last newline, if there is one. */
  #last(): IteratorResult<Range, undefined> {
    const start = this.#line
    const end = this.range.end - this.range.origin
    if (this.isDone || start >= end) return this.return()
    this.#line = end
    return { done: false, value: { start, end } }
  }
}
