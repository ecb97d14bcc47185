/**
 * @file Knows a stretch of a file as bytes with indices from 0 on; how they are reached is the FileReader's.
 */
import { toWhole } from '../arguments/bounds.js'
import { FileReader, NOTHING_TO_READ, type Owner } from '../panes/file-reader.js'
import type { RegionCursor } from '../panes/region-cursor.js'
import { answerExtents } from '../jobs/extent.js'

/**
 * What a long buffer reads by: for our own modules. It is no member, so that no program's code comes by it to
 * memory that nothing holds.
 */
export let readerOf: (bytes: ByteReader) => FileReader

/**
 * From now on the bytes are `length` of the file's from `begin` on; `null`: there is nothing to read. For our
 * own modules.
 */
export let attach: (
  bytes: ByteReader,
  cursor: RegionCursor | null,
  begin: number,
  length: number,
  owner?: Owner,
) => void

/** Part of a file as bytes with indices from 0 on. */
export abstract class ByteReader {
  #reader: FileReader = NOTHING_TO_READ

  static {
    readerOf = (bytes) => bytes.#reader
    attach = (bytes, cursor, begin, length, owner) => {
      bytes.#reader =
        cursor === null || owner === undefined
          ? NOTHING_TO_READ
          : new FileReader(cursor, begin, length, owner)
    }
    answerExtents((bytes) => {
      if (!(#reader in bytes)) return undefined
      const { begin, length } = bytes.#reader
      return { cursor: bytes.#reader === NOTHING_TO_READ ? null : bytes.#reader.source, begin, length }
    })
  }

  /**
   * How many bytes the buffer has. 0 when it has no file or was closed; every method then does what it does
   * on an empty Buffer.
   */
  get length(): number {
    return this.#reader.length
  }

  /**
   * The byte at an index, 0 to 255, or `undefined` where there is none: `Uint8Array.prototype.at`. Negative
   * indices count from the end; fractions are cut off.
   *
   * Costs some 10 ns in a window that is mapped, without a native call. Elsewhere it is a plain read of the
   * file, until that window has earned a map: see `access` in {@link ManagerOptions}.
   *
   * @throws `ERR_SMMAP_FILE_TRUNCATED` when the byte was cut off · `ERR_SMMAP_CLOSED` ·
   * `ERR_SMMAP_MEMORY_LIMIT` · `ERR_SMMAP_HANDLE_LIMIT` · the system's error.
   */
  at(index: number): number | undefined {
    let at = toWhole(index, 'index')
    const reader = this.#reader
    if (at < 0) at += reader.length
    return at >= 0 && at < reader.length ? byteAt(reader, at) : undefined
  }
}

/** The byte at an index from 0 to `length - 1`. */
export function byteAt(reader: FileReader, index: number): number {
  const at = reader.begin + index
  const { cells } = reader
  const pane = cells.paneAt(at)
  const place = cells.placeIn(pane, at, 1)
  if (place >= 0) {
    const value = pane.getUint8(place)
    if (cells.isTrue(pane, place)) return value
  }
  return reader.copied(at, 1).getUint8(0)
}
