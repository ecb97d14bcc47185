/** @file For libraries that take a file as one Buffer: apache-arrow, maxmind, mmdb-lib. */
import { type ByteSource, checkSource } from './byte-source.js'

/**
 * All bytes as one Buffer, for libraries that want a file in memory: here the memory is the mapped file, of
 * which only the pages they touch are read.
 *
 * The manager's window must hold the whole file: a `StaticWindowMapManager`, or `windowSize: 0`. A Buffer has
 * at most 4 GiB in Node.js 20; for larger Arrow files, apache-arrow reads a `FileHandle` itself, a record
 * batch at a time.
 *
 * The last byte is read through `source` first, so that a file that was cut short since it was mapped is an
 * error here, and not zeros there. A view cannot throw later: if the file may be cut while it is used, ask
 * `cursor.check()` before trusting a result.
 *
 * @example
 * ```ts
 * import { tableFromIPC } from 'apache-arrow'
 * import { SlidingWindowMapBuffer, StaticWindowMapManager } from 'smmap'
 * import { wholeBuffer } from 'smmap/adapters'
 *
 * using manager = new StaticWindowMapManager()
 * const file = new SlidingWindowMapBuffer(manager.makeCursor('table.arrow'))
 * const table = tableFromIPC(wholeBuffer(file))
 * table.numRows // 1000
 * ```
 * @throws `ERR_SMMAP_WINDOW_TOO_LARGE` when a window, or a Buffer, cannot hold it ·
 * `ERR_SMMAP_FILE_TRUNCATED` · `ERR_SMMAP_CLOSED`
 */
export function wholeBuffer(source: ByteSource): Buffer {
  checkSource(source)
  const whole = source.subarray()
  source.at(-1)
  return whole
}
