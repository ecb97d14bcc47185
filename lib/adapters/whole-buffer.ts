/** @file For libraries that take a file as one Buffer: apache-arrow, maxmind, mmdb-lib. */
import { type ByteSource, checkSource } from './byte-source.js'

/**
 * All bytes as one Buffer, for libraries that want a whole file in memory, such as apache-arrow and maxmind.
 * The memory is the mapped file: only the pages that they touch are read.
 *
 * A window must hold the whole file: use a `StaticWindowMapManager`, or `windowSize: 0`. A Buffer has at most
 * 4 GiB in Node.js 20; for larger Arrow files, apache-arrow reads a `FileHandle` itself, a record batch at a
 * time.
 *
 * It reads the last byte first, so a file that was cut short is an error here rather than zeros later. A view
 * cannot throw: if the file may be cut while it is used, call `cursor.check()` before you trust a result.
 *
 * @example
 * ```ts
 * import { tableFromIPC } from 'apache-arrow'
 * import { open } from 'smmap'
 * import { wholeBuffer } from 'smmap/adapters'
 *
 * using file = open('table.arrow', { windowSize: 0 })
 * const table = tableFromIPC(wholeBuffer(file))
 * table.numRows // 1000
 * ```
 * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` when a window, or a Buffer, cannot hold it ·
 * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED` · `TypeError` `ERR_INVALID_ARG_TYPE`
 */
export function wholeBuffer(source: ByteSource): Buffer {
  checkSource(source)
  const whole = source.subarray()
  // Reads by the long buffer's own way, which throws if the byte is gone; a view would show a zero.
  source.at(-1)
  return whole
}
