/** @file Knows the unit in which the operating system maps, and how to round to it; maps nothing. */
import { toInteger } from './arguments/arguments.js'
import { invalidArgType, outOfRange } from './errors/smmap-errors.js'
import { native } from './native.js'

export { is64Bit } from './arguments/word-size.js'

/**
 * What the offset of a mapping must be a multiple of, in bytes: a page on Unix (`mmap(2)`; usually 4096,
 * 16384 on Apple silicon), 64 KiB on Windows (`dwAllocationGranularity`). Always a power of two. Cursors and
 * long buffers take any offset; only a `MapRegion` that you make must be aligned.
 */
export const ALLOCATIONGRANULARITY: number = native.allocationGranularity()

/**
 * Rounds an offset or a size to a multiple of {@link ALLOCATIONGRANULARITY}.
 *
 * @param num - In bytes: a safe integer, negative or not, as `number` or `bigint`.
 * @param roundUp - `true`: up, towards +∞; `false`: down, towards −∞. A multiple stays as it is.
 * @returns The multiple, exact for all safe integers.
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `num` is no number, or `roundUp` no boolean.
 * @throws `RangeError` `ERR_OUT_OF_RANGE` when `num`, or the multiple it rounds to, is no safe integer.
 *
 * @example With a granularity of 4096:
 * ```ts
 * alignToMmap(1, true) // 4096
 * alignToMmap(1, false) // 0
 * alignToMmap(4096, true) // 4096
 * alignToMmap(-1, false) // -4096
 * ```
 */
export function alignToMmap(num: number | bigint, roundUp: boolean): number {
  const value = toInteger(num, 'num', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  if (typeof roundUp !== 'boolean') throw invalidArgType('roundUp', 'of type boolean', roundUp)
  // `%` is exact at any size but takes the sign of `value`: the second one turns a negative rest around.
  const above = ((value % ALLOCATIONGRANULARITY) + ALLOCATIONGRANULARITY) % ALLOCATIONGRANULARITY
  const aligned = above > 0 && roundUp ? value - above + ALLOCATIONGRANULARITY : value - above
  if (!Number.isSafeInteger(aligned)) {
    const edge = Number.MAX_SAFE_INTEGER - ALLOCATIONGRANULARITY + 1
    throw outOfRange('num', `>= ${-edge} and <= ${edge}`, value)
  }
  return aligned
}
