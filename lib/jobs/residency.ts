/** @file Which bytes of a file are in memory. Knows steps; asking the system is native. */
import { native } from '../native.js'
import { checkSignal, type Extent, steps } from './search.js'
import type { LineRange } from '../arguments/range.js'
import type { AbortOptions } from './read.js'

/** How much of a stretch of a file the system's page cache has. */
export interface Residency {
  /** How many bytes were asked about. */
  bytes: number
  /** How many of them are in memory. */
  resident: number
  /** Where those are: indices as `subarray` takes them, in order, with gaps between. */
  ranges: LineRange[]
}

/** Asks about the bytes with indices from `start` to `end`, which lie in the extent. */
export async function residency(
  extent: Extent,
  start: number,
  end: number,
  { signal }: AbortOptions,
): Promise<Residency> {
  checkSignal(signal)
  const { begin } = extent
  const ranges: LineRange[] = []
  let resident = 0
  for await (const { numbers, count } of steps(
    extent,
    (handle) => native.NativeJob.residency(handle, begin + start, begin + end),
    { signal },
  )) {
    resident = count
    for (let index = 0; index < numbers.length; index += 2) {
      add(ranges, (numbers[index] as number) - begin, (numbers[index + 1] as number) - begin)
    }
  }
  return { bytes: end - start, resident, ranges }
}

/** A run that goes on where the last one ends is the same. */
function add(ranges: LineRange[], start: number, end: number): void {
  const last = ranges.at(-1)
  if (last?.end === start) last.end = end
  else ranges.push({ start, end })
}
