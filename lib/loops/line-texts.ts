/** @file Loops over lines as strings: blocks of whole lines are decoded at once, and cut. */
import { native } from '../native.js'
import { checkText } from '../arguments/bounds.js'
import { Steps, type LoopRange } from './steps.js'

/**
 * How many bytes are read and decoded at once. Lines are slices of that text, and V8 keeps the text as long
 * as it keeps one of them. Node's streams, and so its readline, have pieces of the same size.
 */
const BLOCK = 2 ** 16

/** A longer line's memory is not kept for the next one. */
const KEPT = 2 ** 20

const CARRIAGE_RETURN = 13

// Decoding a whole block of lines and cutting the text is faster than decoding line by line, because a call
// into the decoder costs more than a short line does. V8 keeps a slice as a reference to the whole text, so
// nothing is copied twice; the price is that a kept line keeps its block.

/** Each line as a string. */
export class LineTexts extends Steps<string> {
  readonly #keepsEnding: boolean
  readonly #decode: (bytes: Buffer) => string
  #bytes: Buffer = Buffer.alloc(0)
  /** Whole lines. */
  #text = ''
  /** Index in it of the next one. */
  #at = 0

  constructor(range: LoopRange, keepsEnding: boolean, encoding: 'utf8' | 'latin1') {
    super(range)
    this.#keepsEnding = keepsEnding
    this.#decode = encoding === 'utf8' ? makeDecoder() : (bytes) => bytes.toString('latin1')
  }

  get wanted(): number {
    return this.#at < this.#text.length ? 0 : Math.min(this.position + BLOCK, this.range.end)
  }

  next(): IteratorResult<string, undefined> {
    if ((this.#at >= this.#text.length || !this.isFresh) && !this.#fill()) return this.return()
    const text = this.#text
    const at = this.#at
    const newline = text.indexOf('\n', at)
    if (newline < 0) {
      this.#at = text.length
      return { done: false, value: text.slice(at) }
    }
    this.#at = newline + 1
    if (this.#keepsEnding) return { done: false, value: text.slice(at, newline + 1) }
    const hasReturn = newline > at && text.charCodeAt(newline - 1) === CARRIAGE_RETURN
    return { done: false, value: text.slice(at, hasReturn ? newline - 1 : newline) }
  }

  /** Makes sure that there is a line in `#text`. False: there are no more. */
  #fill(): boolean {
    if (this.isDone) return false
    try {
      if (this.#at < this.#text.length) this.confirm(this.position)
      else if (this.position < this.range.end) this.#readOn()
      else return false
      return true
    } catch (error) {
      this.throw(error)
    }
  }

  /**
   * Reads and decodes the next whole lines. A line longer than a block is read again, with twice the size.
   */
  #readOn(): void {
    const { position } = this
    const rest = this.range.end - position
    for (let size = BLOCK; ; size *= 2) {
      const bytes = this.#read(position, Math.min(size, rest))
      // Up to the last newline: that cuts no character, since no part of one is 0x0A in these encodings.
      const length = bytes.length === rest ? rest : bytes.lastIndexOf(10) + 1
      if (length === 0) continue
      this.#text = this.#decode(bytes.subarray(0, length))
      this.#at = 0
      this.position = position + length
      return this.confirm(this.position)
    }
  }

  #read(offset: number, size: number): Buffer {
    checkText(size)
    // Memory for a huge line is not kept for the ordinary ones after it.
    if (this.#bytes.length < size || this.#bytes.length > KEPT) this.#bytes = Buffer.allocUnsafeSlow(size)
    const bytes = this.#bytes.subarray(0, size)
    this.cursor.readInto(bytes, offset)
    return bytes
  }
}

/** Decodes UTF-8 as `Buffer.prototype.toString` does, but several times as fast, with memory of its own. */
function makeDecoder(): (bytes: Buffer) => string {
  let latin1 = Buffer.alloc(0)
  let utf16 = new Uint16Array(0)
  let utf16Bytes = Buffer.alloc(0)
  return (bytes) => {
    if (latin1.length < bytes.length || latin1.length > KEPT) {
      latin1 = Buffer.allocUnsafeSlow(bytes.length)
      utf16 = new Uint16Array(bytes.length + 1)
      utf16Bytes = Buffer.from(utf16.buffer)
    }
    // Text that fits Latin-1, as most logs do, comes as one byte a character, and V8 keeps it so. A negative
    // count: UTF-16.
    const units = native.decodeUtf8(bytes, latin1, utf16)
    return units >= 0 ? latin1.toString('latin1', 0, units) : utf16Bytes.toString('utf16le', 0, -2 * units)
  }
}
