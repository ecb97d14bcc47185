/** @file unzipit's Reader. */
import { outOfRange } from '../errors/smmap-errors.js'
import { type ByteSource, checkSource, type OwnBytes, readBytes } from './byte-source.js'

/** What unzipit calls a `Reader`. */
export interface UnzipitReader {
  /** How many bytes the file has. */
  getLength(): Promise<number>
  /** A copy of `size` bytes at `offset`, which may be transferred to a worker. */
  read(offset: number, size: number): Promise<OwnBytes>
}

/**
 * A ZIP file of any size for unzipit, which reads the directory and the entries that are asked for.
 *
 * @example
 * ```ts
 * import { open } from 'smmap'
 * import { unzipitReader } from 'smmap/adapters'
 * import { unzip } from 'unzipit'
 *
 * using file = open('archive.zip')
 * const { entries } = await unzip(unzipitReader(file))
 * const text = await entries['hello.txt']?.text()
 * text // 'Hello!'
 * ```
 * @returns Its `read` rejects with what the source throws (`ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …),
 * and with `RangeError` `ERR_OUT_OF_RANGE` for bytes that the file does not have, which a damaged directory
 * asks for.
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `source` is no long buffer or Buffer.
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
