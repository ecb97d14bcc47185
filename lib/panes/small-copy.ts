/**
 * @file Copies a few bytes cheaply: as with `Buffer.allocUnsafe`, many copies share one slab of memory. Does
 * not know where the bytes come from.
 */
import { markAsUntransferable } from 'node:worker_threads'
import { View } from './pane.js'

/** Up to this many bytes it costs less than `set` and the view that needs: 72 ns for 64 bytes, not 97. */
export const SMALL = 64

/**
 * As large as Node's own (`Buffer.poolSize`): one small copy that is kept keeps this much in memory.
 */
const SLAB = 2 ** 13

let slab = makeSlab()
let used = 0

/** A copy of the `size` bytes, at most {@link SMALL}, of `source` from `from` on. */
export function copySmall(source: DataView, from: number, size: number): Buffer {
  if (used + SMALL > SLAB || slab.buffer.byteLength === 0) {
    slab = makeSlab()
    used = 0
  }
  const to = used
  // By fours: 8 bytes at a time would be a bigint, which is an object, or a double, whose NaNs may change.
  let done = 0
  for (; done + 4 <= size; done += 4) slab.setInt32(to + done, source.getInt32(from + done, true), true)
  for (; done < size; done += 1) slab.setUint8(to + done, source.getUint8(from + done))
  // Typed arrays over the copy may want to begin on a multiple of 8.
  used += (size + 7) & ~7
  return new View(slab.buffer as ArrayBuffer, to, size)
}

/**
 * A program that transferred the memory of one copy would empty all others. As with Node's own, that is
 * refused.
 */
function makeSlab(): DataView {
  const memory = new ArrayBuffer(SLAB)
  // Not every runtime has it; and `ArrayBuffer.prototype.transfer` ignores the mark, so `copySmall` looks.
  markAsUntransferable?.(memory)
  return new DataView(memory)
}
