/** @file Knows how a file is cut into cells of equal length, to be drawn. Not how a cell looks. */

/** A part of a file. */
export interface Part {
  readonly start: number
  readonly end: number
}

/**
 * How much of each cell the parts cover, from 0 to 1; parts that overlap count each.
 *
 * @param size - Of the file.
 */
export function coverage(parts: Iterable<Part>, size: number, cells: number): number[] {
  const covered = Array.from({ length: cells }, () => 0)
  const length = size / cells
  for (const { start, end } of parts) {
    const last = Math.min(Math.ceil(end / length), cells)
    for (let cell = Math.floor(start / length); cell < last; cell += 1) {
      const inside = Math.min(end, (cell + 1) * length) - Math.max(start, cell * length)
      covered[cell] = (covered[cell] ?? 0) + inside / length
    }
  }
  return covered
}

/** How many of the parts have a part in each cell. */
export function touching(parts: Iterable<Part>, size: number, cells: number): number[] {
  const counts = Array.from({ length: cells }, () => 0)
  for (const { start, end } of parts) {
    const last = Math.min(Math.ceil((end / size) * cells), cells)
    for (let cell = Math.floor((start / size) * cells); cell < last; cell += 1) {
      counts[cell] = (counts[cell] ?? 0) + 1
    }
  }
  return counts
}
