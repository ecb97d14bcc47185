/**
 * @file Writes ZIP files, those over 4 GiB too: as APPNOTE.TXT 6.3.10 (PKWARE) has them, no more than the
 * tests need.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { crc32, deflateRawSync } from 'node:zlib'

export type ZipEntry = {
  readonly name: string
} & (
  | { readonly data: Uint8Array }
  /**
   * So many zeros, stored as a hole of a sparse file. The checksum is left 0: it is for listing and partial
   * reads.
   */
  | { readonly zeros: number }
)

interface Placed {
  readonly name: Buffer
  readonly method: number
  readonly crc: number
  readonly packed: number
  readonly size: number
  readonly offset: number
}

const MAX_32 = 0xffff_ffff
/** The flag that says that names are UTF-8. */
const UTF_8 = 0x800

export function writeZip(path: string, entries: readonly ZipEntry[]): void {
  const fd = openSync(path, 'w')
  let end = 0
  const append = (...parts: Uint8Array[]): void => {
    for (const part of parts) end += writeSync(fd, part, 0, part.length, end)
  }
  const placed = entries.map((entry) => {
    const content = 'data' in entry ? deflateRawSync(entry.data) : Buffer.alloc(0)
    const size = 'data' in entry ? entry.data.length : entry.zeros
    const at: Placed = {
      name: Buffer.from(entry.name),
      method: 'data' in entry ? 8 : 0,
      crc: 'data' in entry ? crc32(entry.data) : 0,
      packed: 'data' in entry ? content.length : size,
      size,
      offset: end,
    }
    append(localHeader(at), content)
    if ('zeros' in entry) end += size
    return at
  })
  const directory = end
  for (const entry of placed) append(centralHeader(entry))
  append(endRecords(placed.length, directory, end - directory))
  closeSync(fd)
}

/** Little-endian fields, as pairs of a width in bytes and a value. */
function fields(...pairs: readonly (readonly [width: 2 | 4 | 8, value: number])[]): Buffer {
  return Buffer.concat(
    pairs.map(([width, value]) => {
      const field = Buffer.alloc(width)
      if (width === 8) field.writeBigUInt64LE(BigInt(value))
      else field.writeUIntLE(value, 0, width)
      return field
    }),
  )
}

/** The field of a ZIP64 file: the values that do not fit 32 bits. */
function zip64Extra(...values: readonly number[]): Buffer {
  const large = values.filter((value) => value >= MAX_32)
  if (large.length === 0) return Buffer.alloc(0)
  return fields([2, 1], [2, 8 * large.length], ...large.map((value) => [8, value] as const))
}

function localHeader({ name, method, crc, packed, size }: Placed): Buffer {
  // In a local header both sizes are there or none (4.5.3).
  const extra = packed >= MAX_32 ? zip64Extra(size, packed) : Buffer.alloc(0)
  const head = fields([4, 0x0403_4b50], [2, 45], [2, UTF_8], [2, method], [2, 0], [2, 0x21], [4, crc])
  const sizes = fields([4, Math.min(packed, MAX_32)], [4, Math.min(size, MAX_32)])
  return Buffer.concat([head, sizes, fields([2, name.length], [2, extra.length]), name, extra])
}

function centralHeader({ name, method, crc, packed, size, offset }: Placed): Buffer {
  const extra = zip64Extra(size, packed, offset)
  const head = fields(
    [4, 0x0201_4b50],
    [2, 45],
    [2, 45],
    [2, UTF_8],
    [2, method],
    [2, 0],
    [2, 0x21],
    [4, crc],
  )
  const sizes = fields([4, Math.min(packed, MAX_32)], [4, Math.min(size, MAX_32)])
  const lengths = fields([2, name.length], [2, extra.length], [2, 0], [2, 0], [2, 0], [4, 0])
  return Buffer.concat([head, sizes, lengths, fields([4, Math.min(offset, MAX_32)]), name, extra])
}

function endRecords(count: number, directory: number, size: number): Buffer {
  const end = directory + size
  const zip64 = Buffer.concat([
    fields([4, 0x0606_4b50], [8, 44], [2, 45], [2, 45], [4, 0], [4, 0], [8, count], [8, count]),
    fields([8, size], [8, directory]),
    fields([4, 0x0706_4b50], [4, 0], [8, end], [4, 1]),
  ])
  const plain = fields(
    ...([
      [4, 0x0605_4b50],
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
      [4, size],
    ] as const),
    [4, Math.min(directory, MAX_32)],
    [2, 0],
  )
  return directory >= MAX_32 ? Buffer.concat([zip64, plain]) : plain
}
