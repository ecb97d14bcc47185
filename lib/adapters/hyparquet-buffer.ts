/** @file hyparquet's AsyncBuffer. */
import { type ByteSource, checkSource, readBytes, toArrayBuffer } from './byte-source.js'

/** What hyparquet calls an `AsyncBuffer`. */
export interface HyparquetBuffer {
  readonly byteLength: number
  /** A copy, clamped as `ArrayBuffer.prototype.slice` does it. */
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

/**
 * A Parquet file for hyparquet, which reads the footer and the column chunks it needs, and nothing else.
 *
 * @example
 * ```ts
 * import { parquetReadObjects } from 'hyparquet'
 * import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
 * import { hyparquetBuffer } from 'smmap/adapters'
 *
 * using manager = new SlidingWindowMapManager()
 * const file = hyparquetBuffer(new SlidingWindowMapBuffer(manager.makeCursor('table.parquet')))
 * const rows = await parquetReadObjects({ file, columns: ['id'], rowStart: 10, rowEnd: 20 })
 * rows.length // 10
 * ```
 * @returns Its `slice` rejects with what the source throws: `ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …
 */
export function hyparquetBuffer(source: ByteSource): HyparquetBuffer {
  checkSource(source)
  const byteLength = source.length
  const toIndex = (place: number): number =>
    place < 0 ? Math.max(place + byteLength, 0) : Math.min(place, byteLength)
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const from = toIndex(start)
      return toArrayBuffer(await readBytes(source, from, Math.max(toIndex(end) - from, 0)))
    },
  }
}
