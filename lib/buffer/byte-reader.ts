/**
 * @file A range of a file as bytes with indices from 0 on. The FileReader knows how they are reached.
 */
import { toWhole } from '../arguments/bounds.js'
import { FileReader, NOTHING_TO_READ, type Owner } from '../panes/file-reader.js'
import type { RegionCursor } from '../panes/region-cursor.js'
import { answerExtents } from '../jobs/extent.js'

/**
 * A long buffer's reader, for our own modules. It is not a member, so that no code of a program can reach
 * inner memory by it.
 */
export let readerOf: (bytes: ByteReader) => FileReader

/**
 * From now on the buffer reads `length` bytes of the file from `origin` on; with a cursor of `null`, nothing.
 * For our own modules.
 */
export let attach: (
  bytes: ByteReader,
  cursor: RegionCursor | null,
  origin: number,
  length: number,
  owner?: Owner,
) => void

/** Part of a file as bytes with indices from 0 on. */
export abstract class ByteReader {
  #reader: FileReader = NOTHING_TO_READ

  static {
    readerOf = (bytes) => bytes.#reader
    attach = (bytes, cursor, origin, length, owner) => {
      bytes.#reader =
        cursor === null || owner === undefined
          ? NOTHING_TO_READ
          : new FileReader(cursor, origin, length, owner)
    }
    // Asked by the private field: only a true long buffer has it, so no look-alike is believed.
    answerExtents((bytes) => {
      if (!(#reader in bytes)) return undefined
      const { origin, length } = bytes.#reader
      return { cursor: bytes.#reader === NOTHING_TO_READ ? null : bytes.#reader.source, origin, length }
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
  // The same steps as every method of `number-reader.ts`, see there.
  const at = reader.origin + index
  const { cells } = reader
  const pane = cells.paneAt(at)
  const found = cells.locate(pane, at, 1)
  if (found >= 0) {
    const value = pane.getUint8(found)
    if (cells.isTrue(pane, found)) return value
  }
  return reader.copied(at, 1).getUint8(0)
}
