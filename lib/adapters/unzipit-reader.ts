/** @file unzipit's Reader. */
import { outOfRange } from '../errors/smmap-errors.js'
import { type ByteSource, checkSource, type OwnBytes, readBytes } from './byte-source.js'

/** What unzipit calls a `Reader`. */
export interface UnzipitReader {
  getLength(): Promise<number>
  /** A copy, which may be transferred to a worker. */
  read(offset: number, size: number): Promise<OwnBytes>
}

/**
 * A ZIP file of any size for unzipit.
 *
 * @example
 * ```ts
 * import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
 * import { unzipitReader } from 'smmap/adapters'
 * import { unzip } from 'unzipit'
 *
 * using manager = new SlidingWindowMapManager()
 * const file = new SlidingWindowMapBuffer(manager.makeCursor('archive.zip'))
 * const { entries } = await unzip(unzipitReader(file))
 * const text = await entries['hello.txt']?.text()
 * text // 'Hello!'
 * ```
 * @returns Its `read` rejects with what the source throws: `ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …;
 * and with `RangeError` `ERR_OUT_OF_RANGE` for bytes that the file does not have, as a damaged directory asks
 * for them.
 */
export function unzipitReader(source: ByteSource): UnzipitReader {
  checkSource(source)
  const { length } = source
  return {
    getLength: async () => length,
    async read(offset, size) {
      const isInside = offset >= 0 && size >= 0 && offset + size <= length
      if (!isInside) throw outOfRange('offset + size', `>= 0 and <= ${length}`, offset + size)
      return await readBytes(source, offset, size)
    },
  }
}
