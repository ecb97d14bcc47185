/**
 * @file The part of a file that a job works on. A long buffer gives it to jobs by a function, not by a
 * member, with which a program could reach inner memory. Knows no long buffer.
 */
import { invalidArgType } from '../errors/smmap-errors.js'
import type { RegionCursor } from '../panes/region-cursor.js'

/** The part of a file that a long buffer reads, at the moment of a call. */
export interface Extent {
  /** `null`: there is nothing to read. */
  readonly cursor: RegionCursor | null
  /** Offset in the file of the byte with index 0. */
  readonly origin: number
  readonly length: number
}

let extentIn: (bytes: object) => Extent | undefined = () => undefined

/** Sets the function that gives a long buffer's extent; it returns `undefined` for any other object. */
export function answerExtents(by: (bytes: object) => Extent | undefined): void {
  extentIn = by
}

/** @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it is no long buffer · what one throws once closed. */
export function extentOf(bytes: object): Extent {
  const extent = typeof bytes === 'object' && bytes !== null ? extentIn(bytes) : undefined
  if (extent === undefined) throw invalidArgType('reader', 'a long buffer', bytes)
  return extent
}
