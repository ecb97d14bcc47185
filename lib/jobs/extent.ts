/**
 * @file What of a file a job works on, and how a long buffer tells it to jobs without a member that a program
 * could use to come by memory that nothing holds. Knows no long buffer.
 */
import { invalidArgType } from '../errors/smmap-errors.js'
import type { RegionCursor } from '../panes/region-cursor.js'

/** What of a file a long buffer reads, at the moment of a call. */
export interface Extent {
  /** `null`: there is nothing to read. */
  readonly cursor: RegionCursor | null
  /** Offset in the file. */
  readonly begin: number
  readonly length: number
}

let tell: (bytes: object) => Extent | undefined = () => undefined

/** Says how long buffers are asked; `undefined` is what is none. */
export function answerExtents(by: (bytes: object) => Extent | undefined): void {
  tell = by
}

/** @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it is no long buffer · what one throws once closed. */
export function extentOf(bytes: object): Extent {
  const extent = typeof bytes === 'object' && bytes !== null ? tell(bytes) : undefined
  if (extent === undefined) throw invalidArgType('reader', 'a long buffer', bytes)
  return extent
}
