/** @file Knows the arithmetic of a span of a file; no file, no mapping. */
import { toOffset, toSize } from '../arguments/arguments.js'
import { alignToMmap } from '../constants.js'
import { invalidArgType } from '../errors/smmap-errors.js'

/**
 * A window: a span of a file, from `ofs` on, `size` bytes long, which is not mapped. Managers align and
 * extend windows to decide what to map.
 *
 * `ofs` and `size` may be assigned; what is assigned is checked by the next method.
 *
 * @example With a granularity of 4096:
 * ```ts
 * const window = new MapWindow(4095, 2)
 * window.align() // now (0, 8192)
 * window.ofsEnd // 8192
 * ```
 */
export class MapWindow {
  /** Where the window begins, in bytes from the start of the file. */
  ofs: number

  /** How long the window is, in bytes. */
  size: number

  /**
   * @param ofs - Offset in bytes: an integer ≥ 0, or `Infinity`.
   * @param size - Length in bytes: an integer ≥ 0, such that `ofs + size` is still a safe integer.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when one is no number.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when one is negative, fractional or too large.
   */
  constructor(ofs: number | bigint, size: number | bigint) {
    this.ofs = toOffset(ofs, 'ofs')
    this.size = toSize(size, 'size', this.ofs)
  }

  /**
   * The window a region covers.
   *
   * @param region - A `MapRegion`, or whatever has its `ofsBegin` and `size`.
   */
  static fromRegion(region: { readonly ofsBegin: number; readonly size: number }): MapWindow {
    if (typeof region !== 'object' || region === null) {
      throw invalidArgType('region', 'an instance of MapRegion', region)
    }
    return new MapWindow(region.ofsBegin, region.size)
  }

  /** The first offset inside the window: `ofs`, under the name that regions and cursors have it. */
  get ofsBegin(): number {
    return this.ofs
  }

  /** The first offset behind the window: `ofs + size`. */
  get ofsEnd(): number {
    return this.ofs + this.size
  }

  /**
   * Moves the beginning down and the end up to the next multiple of `ALLOCATIONGRANULARITY`, so that the
   * window can be mapped and still covers its span. Doing it again changes nothing.
   *
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when the end would no longer be a safe integer; the window is
   * then as before.
   *
   * @example With a granularity of 4096: (5000, 100) becomes (4096, 4096), and (4095, 2) becomes (0, 8192).
   */
  align(): void {
    const { ofs, ofsEnd } = checked(this)
    const begin = alignToMmap(ofs, false)
    const end = alignToMmap(ofsEnd, true)
    this.ofs = begin
    this.size = end - begin
  }

  /**
   * Moves the beginning towards the end of the left neighbour. It never passes that end, never makes the
   * window larger than `maxSize`, and never smaller: a window that overlaps the neighbour, or is over
   * `maxSize` already, stays as it is.
   *
   * @param window - The neighbour on the left.
   * @param maxSize - The largest size to grow to, in bytes: an integer ≥ 0, or `Infinity`.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`
   *
   * @example (100, 10) next to (0, 50): with `maxSize` 1000 it becomes (50, 60), with 30 (80, 30).
   */
  extendLeftTo(window: MapWindow, maxSize: number | bigint): void {
    const gap = checked(this).ofs - checked(window).ofsEnd
    const growth = growthInto(gap, this.size, maxSize)
    this.ofs -= growth
    this.size += growth
  }

  /**
   * Moves the end towards the beginning of the right neighbour, under the same rules as {@link
   * MapWindow.extendLeftTo}.
   *
   * @param window - The neighbour on the right.
   * @param maxSize - The largest size to grow to, in bytes: an integer ≥ 0, or `Infinity`.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`
   *
   * @example (100, 10) next to a window at 200: with `maxSize` 1000 it becomes (100, 100), with 50 (100, 50).
   */
  extendRightTo(window: MapWindow, maxSize: number | bigint): void {
    const gap = checked(window).ofs - checked(this).ofsEnd
    this.size += growthInto(gap, this.size, maxSize)
  }
}

/** How far a window may grow; neither a gap nor room below zero may make it shrink. */
function growthInto(gap: number, size: number, maxSize: number | bigint): number {
  const room = maxSize === Infinity ? Infinity : toSize(maxSize, 'maxSize') - size
  return Math.max(0, Math.min(gap, room))
}

/** The window as its constructor would have let it through, since its fields can be assigned. */
function checked(window: MapWindow): MapWindow {
  if (!(window instanceof MapWindow)) throw invalidArgType('window', 'an instance of MapWindow', window)
  return new MapWindow(window.ofs, window.size)
}
