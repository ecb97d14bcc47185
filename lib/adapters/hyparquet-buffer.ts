/** @file hyparquet's AsyncBuffer. */
import { type ByteSource, checkSource, readBytes, toArrayBuffer } from './byte-source.js'

/** What hyparquet calls an `AsyncBuffer`. */
export interface HyparquetBuffer {
  /** How many bytes the file has. */
  readonly byteLength: number
  /** A copy of the bytes from `start` up to `end`, clamped as in `ArrayBuffer.prototype.slice`. */
  slice(start: number, end?: number): Promise<ArrayBuffer>
}

/**
 * A Parquet file for hyparquet, which then reads only the footer and the column chunks it needs.
 *
 * @example
 * ```ts
 * import { parquetReadObjects } from 'hyparquet'
 * import { open } from 'smmap'
 * import { hyparquetBuffer } from 'smmap/adapters'
 *
 * using table = open('table.parquet')
 * const file = hyparquetBuffer(table)
 * const rows = await parquetReadObjects({ file, columns: ['id'], rowStart: 10, rowEnd: 20 })
 * rows.length // 10
 * ```
 * @returns Its `slice` rejects with what the source throws: `ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `source` is no long buffer or Buffer.
 */
export function hyparquetBuffer(source: ByteSource): HyparquetBuffer {
  checkSource(source)
  const byteLength = source.length
  // hyparquet asks for the last bytes with a negative start, as `ArrayBuffer.prototype.slice` takes it.
  const toIndex = (index: number): number =>
    index < 0 ? Math.max(index + byteLength, 0) : Math.min(index, byteLength)
  return {
    byteLength,
    async slice(start, end = byteLength) {
      const from = toIndex(start)
      return toArrayBuffer(await readBytes(source, from, Math.max(toIndex(end) - from, 0)))
    },
  }
}
