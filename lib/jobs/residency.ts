/** @file Which bytes of a file are in memory. Knows steps; asking the system is native. */
import { native } from '../native.js'
import { toOptions } from '../arguments/options.js'
import type { Extent } from './extent.js'
import { steps, toJobRange } from './search.js'
import type { Range } from '../arguments/range.js'
import { RANGE_WORK, type RangeWorkOptions } from './read.js'

/** How much of a range is in the system's page cache. */
export interface Residency {
  /** How many bytes the range has. */
  bytes: number
  /** How many of them are in memory. */
  resident: number
  /** Where those are, in order, with gaps between. */
  ranges: Range[]
}

/** Asks about the bytes of the range. */
export async function residency(extent: Extent, options: RangeWorkOptions): Promise<Residency> {
  const { origin } = extent
  const range = toJobRange(extent, toOptions(options, RANGE_WORK))
  const ranges: Range[] = []
  let resident = 0
  for await (const { numbers, count } of steps(
    extent,
    (on) => native.NativeJob.residency(on, range.from, range.to),
    range,
  )) {
    // The native side counts up over all steps.
    resident = count
    for (let index = 0; index < numbers.length; index += 2) {
      add(ranges, (numbers[index] as number) - origin, (numbers[index + 1] as number) - origin)
    }
  }
  return { bytes: range.to - range.from, resident, ranges }
}

/** Adds a run; one that begins where the last one ends extends it. */
function add(ranges: Range[], start: number, end: number): void {
  const last = ranges.at(-1)
  if (last?.end === start) last.end = end
  else ranges.push({ start, end })
}
