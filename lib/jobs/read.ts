/** @file Bringing bytes into memory, or into a Buffer, off the main thread. Knows steps and abortion. */
import { toOffset, toSize } from '../arguments/arguments.js'
import { lastStepOf } from './job.js'
import { native } from '../native.js'
import { checkCopy } from '../arguments/bounds.js'
import { checkSignal, type Extent, steps } from './search.js'

/** Who may end it. */
export interface AbortOptions {
  /** Ends the work after the step it is at (at most 32 MiB), with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** How much is read between two looks at the signal. */
const STEP = 32 * 2 ** 20

/** Maps and faults in the bytes with indices from `start` to `end`, which lie in the extent. */
export async function prefetch(
  extent: Extent,
  start: number,
  end: number,
  { signal }: AbortOptions,
): Promise<void> {
  checkSignal(signal)
  const { begin } = extent
  await lastStepOf(
    steps(extent, (handle) => native.NativeJob.prefetch(handle, begin + start, begin + end), { signal }),
  )
}

/** The bytes at `offset` as a Buffer, `size` of them or as many as there are. */
export async function read(
  { cursor, begin, length }: Extent,
  offset: number | bigint,
  size: number | bigint,
  { signal }: AbortOptions,
): Promise<Buffer> {
  const from = Math.min(toOffset(offset), length)
  const wanted = Math.min(toSize(size, 'length', from), length - from)
  checkSignal(signal)
  signal?.throwIfAborted()
  checkCopy(wanted)
  const copy = Buffer.allocUnsafeSlow(wanted)
  if (cursor === null) return copy
  for (let done = 0; done < wanted; done += STEP) {
    await cursor.readAsync(copy.subarray(done, Math.min(done + STEP, wanted)), begin + from + done)
    signal?.throwIfAborted()
  }
  return copy
}
