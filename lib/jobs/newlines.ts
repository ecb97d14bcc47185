/** @file Finds the newlines in bytes at hand, thousands by one native call. Keeps none of the bytes. */
import { native } from '../native.js'

/** How many newlines are found by one native call. */
const BATCH = 2 ** 12
const CARRIAGE_RETURN = 13

/** The newlines of a block, in order, as they are taken. */
export class Newlines {
  readonly #indices: Uint32Array = new Uint32Array(BATCH)
  #count = 0
  #next = 0
  #searched = 0

  /** Whether some were found and not taken yet. */
  get hasNext(): boolean {
    return this.#next < this.#count
  }

  /** The index of the next one, if {@link hasNext}. */
  take(): number {
    const index = this.#indices[this.#next] as number
    this.#next += 1
    return index
  }

  /** From now on another block is searched. */
  restart(): void {
    this.#count = 0
    this.#next = 0
    this.#searched = 0
  }

  /** Searches on in the block, once all that were found are taken. False: it has no more. */
  search(block: Buffer): boolean {
    this.#next = 0
    this.#count = native.findNewlines(block, this.#searched, this.#indices)
    // A full batch means that there may be more newlines after the last one found.
    this.#searched = this.#count < BATCH ? block.length : (this.#indices[this.#count - 1] as number) + 1
    return this.#count > 0
  }

  /** Adds one at `index`, if there is no other. */
  add(index: number): void {
    this.#indices[0] = index
    this.#next = 0
    this.#count = 1
  }
}

/** Where a line's text ends, given the index of its newline: before a CR, if the line ends with CRLF. */
export function endOfText(block: Uint8Array, line: number, newline: number): number {
  return newline > line && block[newline - 1] === CARRIAGE_RETURN ? newline - 1 : newline
}
