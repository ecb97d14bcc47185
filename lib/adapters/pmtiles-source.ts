/** @file PMTiles' Source. */
import { type ByteSource, checkSource, readBytes, toArrayBuffer } from './byte-source.js'

/** What pmtiles calls a `Source`. */
export interface PmtilesSource {
  /** The name of this archive in a cache. */
  getKey(): string
  /** A copy of `length` bytes at `offset`; fewer where the archive ends. */
  getBytes(offset: number, length: number, signal?: AbortSignal): Promise<{ data: ArrayBuffer }>
}

/**
 * A PMTiles archive for pmtiles: a tile costs a lookup in the directory and a copy of its bytes.
 *
 * @param key - Identifies this archive in a cache that several share, such as its path.
 *
 * @example
 * ```ts
 * import { PMTiles } from 'pmtiles'
 * import { open } from 'smmap'
 * import { pmtilesSource } from 'smmap/adapters'
 *
 * using file = open('world.pmtiles')
 * const tiles = new PMTiles(pmtilesSource(file, 'world.pmtiles'))
 * const { data } = (await tiles.getZxy(0, 0, 0)) ?? { data: new ArrayBuffer(0) }
 * Buffer.from(data).toString() // 'tile 0/0/0'
 * ```
 * @returns Its `getBytes` rejects with the signal's reason, or with what the source throws:
 * `ERR_SMMAP_CLOSED`, `ERR_SMMAP_FILE_TRUNCATED` …
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when `source` is no long buffer or Buffer.
 */
export function pmtilesSource(source: ByteSource, key: string): PmtilesSource {
  checkSource(source)
  const { length: size } = source
  return {
    getKey: () => key,
    async getBytes(offset, length, signal) {
      signal?.throwIfAborted()
      // pmtiles asks for 16 KiB of header and directory, which a small archive does not have.
      const available = Math.max(Math.min(length, size - offset), 0)
      const data = toArrayBuffer(await readBytes(source, offset, available))
      signal?.throwIfAborted()
      return { data }
    },
  }
}
