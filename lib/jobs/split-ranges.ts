/** @file Cuts a stretch of a file into parts of whole records. Knows delimiters; finding them is the search's. */
import { toInteger } from '../arguments/arguments.js'
import { type Extent, find } from './search.js'
import type { LineRange } from '../arguments/range.js'
import type { AbortOptions } from './read.js'

/** What records end with. */
export interface SplitOptions extends AbortOptions {
  /** A text (as UTF-8) or bytes. Default: a newline. */
  delimiter?: string | Uint8Array | undefined
}

/** At most `parts` ranges about equally long, each but the last ending with a delimiter. */
export async function splitRanges(
  extent: Extent,
  parts: number | bigint,
  { delimiter = '\n', signal }: SplitOptions,
): Promise<LineRange[]> {
  const count = toInteger(parts, 'parts', 1, 2 ** 31 - 1)
  const { length } = extent
  const size = Buffer.byteLength(delimiter)
  const ranges: LineRange[] = []
  let start = 0
  for (let part = 1; part <= count && start < length; part += 1) {
    const wanted = Math.floor((length / count) * part)
    if (wanted <= start && part < count) continue
    // One that ends there is the first that may.
    const from = Math.max(wanted - size, start)
    const at = part === count ? -1 : await find(extent, delimiter, { from, signal })
    const end = at === -1 ? length : at + size
    ranges.push({ start, end })
    start = end
  }
  return ranges
}
