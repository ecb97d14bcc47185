/** @file Loops over a range of a file as one view after another. Does not look at their bytes. */
import { toInteger } from '../arguments/arguments.js'
import { tooLarge } from '../arguments/bounds.js'
import { Iteration, LOOP, type LoopOptions, Steps, type LoopRange } from './steps.js'
import type { Names } from '../arguments/options.js'

// A chunk is a view, not a copy, so its size is a matter of how often a loop is entered and how long a step
// may wait for the disk, and not of memory. It is never larger than a window, because a view lies in one
// region.

/** The default size of a chunk: large enough to be worth a call, small enough to wait for. */
const DEFAULT_SIZE = 2 ** 20

/** Which part of the bytes, in chunks of which size. */
export interface ChunkOptions extends LoopOptions {
  /**
   * How many bytes each chunk but the last has: from 1 up to the manager's `windowSize`. Default: 1 MiB, or a
   * window where that is less.
   */
  size?: number | bigint | undefined
}

export const CHUNKS: Names<ChunkOptions> = { ...LOOP, size: true }

/** The iteration that `chunks()` gives. */
export function chunksOf(range: LoopRange, { size }: ChunkOptions): Iteration<Buffer> {
  const { windowSize } = range
  const each =
    size === undefined
      ? Math.min(DEFAULT_SIZE, windowSize || DEFAULT_SIZE)
      : toInteger(size, 'options.size', 1, Number.MAX_SAFE_INTEGER)
  if (each > windowSize && range.start < range.end) throw tooLarge(each, windowSize)
  return new Iteration(() => new ChunkSteps(range, each))
}

class ChunkSteps extends Steps<Buffer> {
  readonly #size: number

  constructor(range: LoopRange, size: number) {
    super(range)
    this.#size = size
  }

  get wanted(): number {
    return Math.min(this.position + this.#size, this.range.end)
  }

  next(): IteratorResult<Buffer, undefined> {
    const { position, wanted } = this
    if (this.isDone) return this.return()
    try {
      // The end. A `wanted` of less than a chunk happens only there.
      if (position >= wanted) {
        // What was done with the last chunk may have been done with zeros.
        if (position > this.range.start) this.confirm(position)
        return this.return()
      }
      // The view first, then the check: a cut between the two would be zeros in the view.
      const value = this.cursor.view(position, wanted - position)
      this.confirm(wanted)
      this.position = wanted
      return { done: false, value }
    } catch (error) {
      this.throw(error)
    }
  }
}
