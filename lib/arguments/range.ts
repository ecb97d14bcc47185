/** @file A part of a file, as everything names it that gives or takes one. Holds no code. */

/** Where a line, or another part, is: indices as `subarray`, `slice` and `toString` take them. */
export interface LineRange {
  /** Index of its first byte. */
  start: number
  /** Exclusive. */
  end: number
}
