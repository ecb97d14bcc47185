/** @file Knows the arithmetic of a span of a file; no file, no mapping. */
import { toOffset, toSize } from '../arguments/arguments.js'
import { alignToMmap } from '../constants.js'
import { invalidArgType } from '../errors/smmap-errors.js'

// A window is plain arithmetic, so it can be tested without a file. The core has its own in Rust, which
// decides what is mapped; this one is smmap's public class, kept for programs that were written for it.

/**
 * A window: a span of a file, `size` bytes from `ofs` on, which is not mapped. This is the arithmetic with
 * which smmap decides what to map.
 *
 * `ofs` and `size` may be assigned; the next method checks them.
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
   * Makes a window; no file is touched.
   *
   * @param ofs - In bytes: an integer from 0 on.
   * @param size - In bytes: an integer from 0 on; `ofs + size` must be a safe integer.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when one is no number.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when one is negative, fractional or too large.
   */
  constructor(ofs: number | bigint, size: number | bigint) {
    this.ofs = toOffset(ofs, 'ofs')
    this.size = toSize(size, 'size', this.ofs)
  }

  /**
   * The window that a region covers.
   *
   * @param region - A `MapRegion`, or anything with `ofsBegin` and `size`.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`
   */
  static fromRegion(region: { readonly ofsBegin: number; readonly size: number }): MapWindow {
    // By its members, not its class: smmap takes anything that has them.
    if (typeof region !== 'object' || region === null) {
      throw invalidArgType('region', 'an instance of MapRegion', region)
    }
    return new MapWindow(region.ofsBegin, region.size)
  }

  /** Where the window begins, in bytes: `ofs`, under the name that regions and cursors use. */
  get ofsBegin(): number {
    return this.ofs
  }

  /** Where the window ends, exclusive, in bytes: `ofs + size`. */
  get ofsEnd(): number {
    return this.ofs + this.size
  }

  /**
   * Moves the start down and the end up to multiples of `ALLOCATIONGRANULARITY`, so that the window can be
   * mapped. Doing it again changes nothing.
   *
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when the end would no longer be a safe integer; the window stays
   * as it was.
   *
   * @example With a granularity of 4096, (5000, 100) becomes (4096, 4096), and (4095, 2) becomes (0, 8192).
   */
  align(): void {
    const { ofs, ofsEnd } = checked(this)
    // Both are computed before either is assigned: the second may throw.
    const start = alignToMmap(ofs, false)
    const end = alignToMmap(ofsEnd, true)
    this.ofs = start
    this.size = end - start
  }

  /**
   * Moves the start towards the end of the neighbour on the left, never past it, and never so far that the
   * window is larger than `maxSize`. It never shrinks: a window that overlaps the neighbour, or is too large
   * already, stays as it is.
   *
   * @param window - The neighbour on the left.
   * @param maxSize - The largest size to grow to, in bytes: an integer from 0 on, or `Infinity`.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`
   *
   * @example (100, 10) beside (0, 50): with `maxSize` 1000 it becomes (50, 60), with 30 (80, 30).
   */
  extendLeftTo(window: MapWindow, maxSize: number | bigint): void {
    const gap = checked(this).ofs - checked(window).ofsEnd
    const growth = growthInto(gap, this.size, maxSize)
    this.ofs -= growth
    this.size += growth
  }

  /**
   * Moves the end towards the start of the neighbour on the right, never past it, and never so far that the
   * window is larger than `maxSize`. It never shrinks.
   *
   * @param window - The neighbour on the right.
   * @param maxSize - The largest size to grow to, in bytes: an integer from 0 on, or `Infinity`.
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`
   *
   * @example (100, 10) beside a window at 200: with `maxSize` 1000 it becomes (100, 100), with 50 (100, 50).
   */
  extendRightTo(window: MapWindow, maxSize: number | bigint): void {
    const gap = checked(window).ofs - checked(this).ofsEnd
    this.size += growthInto(gap, this.size, maxSize)
  }
}

/** How far a window may grow; neither a gap nor room below zero may make it shrink. */
function growthInto(gap: number, size: number, maxSize: number | bigint): number {
  // Negative if the window is larger than `maxSize` already; `Math.max` below makes that 0.
  const room = maxSize === Infinity ? Infinity : toSize(maxSize, 'maxSize') - size
  return Math.max(0, Math.min(gap, room))
}

/** The window as its constructor would have let it through, since its fields can be assigned. */
function checked(window: MapWindow): MapWindow {
  if (!(window instanceof MapWindow)) throw invalidArgType('window', 'an instance of MapWindow', window)
  return new MapWindow(window.ofs, window.size)
}
