/** @file apache-arrow's way of reading a file piece by piece: a FileHandle, as far as it uses one. */
import type { FileHandle } from 'node:fs/promises'
import { type ByteSource, readBytes } from './byte-source.js'

/**
 * An Arrow IPC file of any size, read record batch by record batch: copies, a batch at a time. A file that fits a
 * window needs no copy at all, see {@link wholeBuffer}.
 *
 * The result has `fd`, `stat`, `read` and `close`, which is what apache-arrow calls; it is no other `FileHandle`. It is
 * said to be one since `RecordBatchReader.from` asks for that.
 *
 * @example
 * ```ts
 * import { RecordBatchReader } from 'apache-arrow'
 * import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
 * import { arrowFile } from 'smmap/adapters'
 *
 * using manager = new SlidingWindowMapManager({ windowSize: 2 ** 20 })
 * const file = new SlidingWindowMapBuffer(manager.makeCursor('table.arrow'))
 * let rows = 0
 * for await (const batch of await RecordBatchReader.from(arrowFile(file))) rows += batch.numRows
 * rows // 1000
 * ```
 * @returns Its `read` rejects with what the source throws: `ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …
 */
export function arrowFile(source: ByteSource): FileHandle {
  const size = source.length
  const file = {
    fd: -1,
    stat: async () => ({ size }),
    read: async (buffer: Uint8Array, offset: number, length: number, position: number) => {
      const bytesRead = Math.max(Math.min(length, size - position), 0)
      buffer.set(await readBytes(source, position, bytesRead), offset)
      return { bytesRead, buffer }
    },
    close: async () => {},
  }
  return file as unknown as FileHandle
}
