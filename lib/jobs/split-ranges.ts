/**
 * @file Divides a range into ranges of whole records. Knows delimiters; the search finds them.
 */
import { toInteger } from '../arguments/arguments.js'
import { type Names, toOptions } from '../arguments/options.js'
import { type Range, toRange } from '../arguments/range.js'
import { checkWork, paced } from '../arguments/work.js'
import { invalidArgType } from '../errors/smmap-errors.js'
import { RANGE_WORK, type RangeWorkOptions } from './read.js'
import type { Extent } from './extent.js'
import { find, toPattern } from './search.js'

/** Which bytes to divide, and what ends a record. */
export interface SplitOptions extends RangeWorkOptions {
  /** What a record ends with: a text (as UTF-8) or bytes, not empty. Default: a newline. */
  delimiter?: string | Uint8Array | undefined
}

const SPLIT: Names<SplitOptions> = { ...RANGE_WORK, delimiter: true }

/** At most `parts` ranges about equally long, each but the last ending with a delimiter. */
export async function splitRanges(
  extent: Extent,
  parts: number | bigint,
  options: SplitOptions,
): Promise<Range[]> {
  const count = toInteger(parts, 'parts', 1, 2 ** 31 - 1)
  const checked = toOptions(options, SPLIT)
  const { signal, onProgress } = checked
  checkWork({ signal, onProgress })
  const delimiter = toDelimiter(checked.delimiter)
  const { start: first, end: last } = toRange(checked, extent.length)
  const report = paced(onProgress)
  const ranges: Range[] = []
  let start = first
  for (let part = 1; part <= count && start < last; part += 1) {
    const wanted = first + Math.floor(((last - first) / count) * part)
    // A record that is longer than a share has covered this part already.
    if (wanted <= start && part < count) continue
    // The first delimiter that ends at or after the wanted offset.
    const from = Math.max(wanted - delimiter.length, start)
    // The last part needs no search: it ends where the bytes do.
    const at = part === count ? -1 : await find(extent, delimiter, { start: from, end: last, signal })
    const end = at === -1 ? last : at + delimiter.length
    ranges.push({ start, end })
    report({ bytesScanned: end - first, bytesTotal: last - first, found: ranges.length })
    start = end
  }
  return ranges
}

function toDelimiter(value: string | Uint8Array = '\n'): Uint8Array {
  const { bytes, isRegex } = toPattern(value, 'options.delimiter')
  if (!isRegex) return bytes
  throw invalidArgType('options.delimiter', 'of type string or an instance of Uint8Array', value)
}
