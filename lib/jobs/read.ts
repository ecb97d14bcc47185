/** @file Bringing bytes into memory, or into a Buffer, off the main thread. Knows steps and abortion. */
import { toOffset, toSize } from '../arguments/arguments.js'
import { lastStepOf, stepsOf } from './job.js'
import { native } from '../native.js'
import type { RegionCursor } from '../panes/region-cursor.js'
import { checkCopy } from '../arguments/bounds.js'
import { toOptions, type Names } from '../arguments/options.js'
import { RANGE, type RangeOptions } from '../arguments/range.js'
import { checkWork, paced, WORK, type WorkOptions } from '../arguments/work.js'
import type { Extent } from './extent.js'
import { steps, toJobRange } from './search.js'

// A read copies into a Buffer of its own on the thread pool, and a prefetch maps and touches pages there.
// Both keep the event loop free; a read is right for bytes that are needed once, a prefetch for views that
// are taken afterwards.

/** Which bytes, how to end the work, and how to hear of its progress. */
export interface RangeWorkOptions extends RangeOptions, WorkOptions {}

/** Its names, to be spread into those of options that have more. */
export const RANGE_WORK: Names<RangeWorkOptions> = { ...RANGE, ...WORK }

/** How many bytes are read between two looks at the signal. */
const STEP = 32 * 2 ** 20

/**
 * Brings the bytes [start, end) of a cursor's file into memory, on the thread pool and as far as the
 * manager's limits let them stay mapped. The cursor itself stays where it is.
 */
export async function prefetchFile(cursor: RegionCursor, start: number, end: number): Promise<void> {
  await lastStepOf(stepsOf(cursor, (on) => native.NativeJob.prefetch(on, start, end), {}))
}

/** Maps the bytes of the range and brings their pages into memory. */
export async function prefetch(extent: Extent, options: RangeWorkOptions): Promise<void> {
  const range = toJobRange(extent, toOptions(options, RANGE_WORK))
  await lastStepOf(steps(extent, (on) => native.NativeJob.prefetch(on, range.from, range.to), range))
}

/** A Buffer with the bytes at `offset`: `size` of them, or fewer where the buffer ends. */
export async function read(
  { cursor, origin, length }: Extent,
  offset: number | bigint,
  size: number | bigint,
  options: WorkOptions,
): Promise<Buffer> {
  const from = Math.min(toOffset(offset), length)
  const wanted = size === Infinity ? length - from : Math.min(toSize(size, 'length', from), length - from)
  const { signal, onProgress } = toOptions(options, WORK)
  checkWork({ signal, onProgress })
  signal?.throwIfAborted()
  // Before memory is asked for: the system would grant it, and kill the process when it is touched.
  checkCopy(wanted)
  const report = paced(onProgress)
  const copy = Buffer.allocUnsafeSlow(wanted)
  if (cursor === null) return copy
  for (let done = 0; done < wanted; done += STEP) {
    const upTo = Math.min(done + STEP, wanted)
    // In steps, so that an abort does not wait for gigabytes.
    await cursor.readAsync(copy.subarray(done, upTo), origin + from + done)
    signal?.throwIfAborted()
    report({ bytesScanned: upTo, bytesTotal: wanted, found: 0 })
  }
  return copy
}
