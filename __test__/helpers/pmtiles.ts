/** @file Writes archives as PMTiles Version 3 Specification has them: one directory, nothing compressed. */
import { tileIdToZxy } from 'pmtiles'

const HEADER_SIZE = 127

/** All tiles from zoom 0 to `maxZoom`. */
export function pmtilesBytes(
  maxZoom: number,
  tileOf: (z: number, x: number, y: number) => Uint8Array,
): Buffer {
  const count = (4 ** (maxZoom + 1) - 1) / 3
  const tiles = Array.from({ length: count }, (_, id) => tileOf(...tileIdToZxy(id)))
  const directory = Buffer.concat([
    varint(count),
    ...tiles.map((_, id) => varint(id === 0 ? 0 : 1)),
    ...tiles.map(() => varint(1)),
    ...tiles.map(({ length }) => varint(length)),
    // 0: behind the tile before.
    ...tiles.map((_, id) => varint(id === 0 ? 1 : 0)),
  ])
  const metadata = Buffer.from(JSON.stringify({ name: 'test' }))
  const data = Buffer.concat(tiles)
  return Buffer.concat([header(maxZoom, count, [directory, metadata, data]), directory, metadata, data])
}

function header(maxZoom: number, count: number, parts: readonly Buffer[]): Buffer {
  const [directory, metadata, data] = parts as [Buffer, Buffer, Buffer]
  const bytes = Buffer.alloc(HEADER_SIZE)
  bytes.write('PMTiles\x03', 'latin1')
  const metadataAt = HEADER_SIZE + directory.length
  const dataAt = metadataAt + metadata.length
  const places = [HEADER_SIZE, directory.length, metadataAt, metadata.length, dataAt, 0, dataAt, data.length]
  for (const [index, value] of [...places, count, count, count].entries()) {
    bytes.writeBigUInt64LE(BigInt(value), 8 + 8 * index)
  }
  // Clustered; compression of the directory: none; of the tiles: none; their type: unknown.
  bytes.set([1, 1, 1, 0, 0, maxZoom], 96)
  return bytes
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128)
  return Buffer.from([...bytes, value])
}
