/**
 * @file Reads close together where nothing is mapped: which of them are one use of their window, and numbers
 * that are taken from their block, read whole. Knows no file.
 *
 * A dozen numbers of one block, each by a read of its own, cost twice as much as the block. So where one such
 * burst followed another, the next begins with its block, and the numbers come from there. A file may be
 * written to meanwhile: what is held answers few reads, and none after the synchronous code that began it.
 */
import type { OwnDataView } from './primordials.js'

/** Reads that follow each other in one block of this size are a burst. */
export const BLOCK: number = 2 ** 16

/** Of the reads of a burst one in so many counts as a use. */
const READS_A_USE = 16

/** From so many reads on it costs less to read the block whole: 3.5 µs, a read 0.6. */
const MANY = 8

/** After so many bursts of many reads the next one is taken for one of them. */
const ENOUGH = 4

/** The reads that one block answers. */
const MOST = 64

/** The block held, by which reader's burst, and how many reads it may still answer. One for all readers. */
let holder: Burst | null = null
let begin = 0
let end = 0
let left = 0
let memory: Uint8Array | null = null
let isEnding = false

/** Where the next block goes. */
export function blockMemory(): Uint8Array {
  holder = null
  return (memory ??= new Uint8Array(BLOCK))
}

/** The bytes [from, to) of the burst's file are in {@link blockMemory} now. */
export function holdBlock(burst: Burst, from: number, to: number): void {
  holder = burst
  begin = from
  end = to
  left = MOST
  if (isEnding) return
  isEnding = true
  queueMicrotask(drop)
}

function drop(): void {
  holder = null
  isEnding = false
}

/** The reads of one reader that leave the maps alone. */
export class Burst {
  #block = -1
  #reads = 0
  /** How many bursts of many reads there were, one after the other. */
  #row = 0

  /** Counts a read; whether it is a use of its window. */
  count(offset: number): boolean {
    const block = Math.floor(offset / BLOCK)
    if (block === this.#block) {
      this.#reads += 1
    } else {
      this.#row = this.#reads + 1 >= MANY ? this.#row + 1 : 0
      this.#block = block
      this.#reads = 0
    }
    return this.#reads % READS_A_USE === 0
  }

  /** Whether many reads of the block are expected. */
  get isLong(): boolean {
    return this.#row >= ENOUGH
  }

  /** Whether the `size` bytes at an offset in the file are held. */
  has(offset: number, size: number): boolean {
    return holder === this && offset >= begin && offset + size <= end && left > 0
  }

  /** Puts the bytes, which are held, at the beginning of `target`. */
  give(target: OwnDataView, offset: number, size: number): void {
    const bytes = memory as Uint8Array
    const from = offset - begin
    for (let i = 0; i < size; i += 1) target.setUint8(i, bytes[from + i] as number)
    left -= 1
    this.#reads += 1
  }
}
