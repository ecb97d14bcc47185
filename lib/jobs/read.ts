/** @file Bringing bytes into memory, or into a Buffer, off the main thread. Knows steps and abortion. */
import { toOffset, toSize } from '../arguments/arguments.js'
import { lastStepOf, stepsOf } from './job.js'
import { native } from '../native.js'
import type { RegionCursor } from '../panes/region-cursor.js'
import { checkCopy } from '../arguments/bounds.js'
import { checkSignal, type Extent, steps } from './search.js'

/** Who may end it. */
export interface AbortOptions {
  /** Ends the work after the step it is at (at most 32 MiB), with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** How much is read between two looks at the signal. */
const STEP = 32 * 2 ** 20

/**
 * Brings the bytes [begin, end) of a cursor's file into memory, on the thread pool and as far as the manager's limits let
 * them stay mapped. The cursor itself stays where it is.
 */
export async function prefetchFile(cursor: RegionCursor, begin: number, end: number): Promise<void> {
  await lastStepOf(stepsOf(cursor, (handle) => native.NativeJob.prefetch(handle, begin, end), {}))
}

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
