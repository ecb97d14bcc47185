/**
 * @file Bursts: reads close together where nothing is mapped. Decides which reads count as one use of their
 * window, and answers numbers from a block that was read whole. Knows no file.
 *
 * A dozen numbers of one block, each by a read of its own, cost twice as much as reading the block. So after
 * a few such bursts in a row, the next one begins by reading its block, and the numbers come from there.
 * Others may write to the file at the same time. So the block answers only few reads, and none after the
 * running synchronous code.
 */
import type { OwnDataView } from './primordials.js'

/** Reads that follow each other in one block of this size are a burst. */
export const BLOCK: number = 2 ** 16

/** In a burst, one read in this many counts as a use. */
const READS_A_USE = 16

/** From this many reads on it costs less to read the whole block (3.5 µs) than each number (0.6). */
const MANY = 8

/** After this many long bursts in a row, the next one is expected to be long too. */
const ENOUGH = 4

/** How many reads one block answers. */
const MOST = 64

/** The block held, whose burst it belongs to, and how many reads it may still answer. One for all readers. */
let holder: Burst | null = null
let start = 0
let end = 0
let left = 0
let memory: Uint8Array | null = null
let isEnding = false

/** Memory for the next block. */
export function blockMemory(): Uint8Array {
  // Whatever was held is overwritten by the caller.
  holder = null
  return (memory ??= new Uint8Array(BLOCK))
}

/** The bytes [from, to) of the burst's file are in {@link blockMemory} now. */
export function holdBlock(burst: Burst, from: number, to: number): void {
  holder = burst
  start = from
  end = to
  left = MOST
  // One microtask for all blocks of this synchronous code. After it, the program may have waited for others
  // that write to the file, and the block could be old.
  if (isEnding) return
  isEnding = true
  queueMicrotask(drop)
}

function drop(): void {
  holder = null
  isEnding = false
}

/** The reads of one reader that are not by a map. */
export class Burst {
  #block = -1
  #reads = 0
  /** How many long bursts there were in a row. */
  #row = 0

  /** Counts a read. True: it is a use of its window. */
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
    return holder === this && offset >= start && offset + size <= end && left > 0
  }

  /** Copies the bytes, which are held, to the start of `target`. */
  give(target: OwnDataView, offset: number, size: number): void {
    const bytes = memory as Uint8Array
    const from = offset - start
    // At most 8 bytes: a loop is faster than `set`, which needs a view.
    for (let i = 0; i < size; i += 1) target.setUint8(i, bytes[from + i] as number)
    left -= 1
    this.#reads += 1
  }
}
