/**
 * @file Writes databases as MaxMind DB File Format Specification 2.0 has them: IPv4 networks, records of 24
 * bits.
 */

export interface Network {
  /** The first address, as a number of 32 bits. */
  readonly address: number
  /** How many bits of it say the network. */
  readonly prefix: number
  readonly data: Value
}

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

const RECORD_BITS = 24
const TYPE = { string: 2, double: 3, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11, boolean: 14 }

export function mmdbBytes(networks: readonly Network[]): Buffer {
  const root: Node = [null, null]
  const nodes: Node[] = [root]
  const data: Buffer[] = []
  let dataSize = 0
  for (const { address, prefix, data: value } of networks) {
    let node = root
    for (let bit = 0; bit < prefix - 1; bit += 1) {
      const side = sideOf(address, bit)
      const next = node[side]
      if (next === null || typeof next === 'number') nodes.push((node = node[side] = [null, null]))
      else node = next
    }
    node[sideOf(address, prefix - 1)] = dataSize
    const encoded = encode(value)
    data.push(encoded)
    dataSize += encoded.length
  }
  return Buffer.concat([treeBytes(nodes), Buffer.alloc(16), ...data, metadata(nodes.length)])
}

/** Per side: a node, an offset into the data, or nothing. */
type Node = [left: Node | number | null, right: Node | number | null]

function sideOf(address: number, bit: number): 0 | 1 {
  return ((address >>> (31 - bit)) & 1) as 0 | 1
}

function treeBytes(nodes: readonly Node[]): Buffer {
  const places = new Map(nodes.map((node, index) => [node, index]))
  const bytes = Buffer.alloc((nodes.length * RECORD_BITS) / 4)
  let at = 0
  for (const record of nodes.flat() as (Node | number | null)[]) {
    const value =
      record === null
        ? nodes.length
        : typeof record === 'number'
          ? nodes.length + 16 + record
          : (places.get(record) as number)
    at = bytes.writeUIntBE(value, at, RECORD_BITS / 8)
  }
  return bytes
}

function metadata(nodeCount: number): Buffer {
  const entries: [string, Buffer][] = [
    ['node_count', encode(nodeCount)],
    ['record_size', unsigned(TYPE.uint16, RECORD_BITS, 2)],
    ['ip_version', unsigned(TYPE.uint16, 4, 2)],
    ['database_type', encode('Test')],
    ['languages', encode(['en'])],
    ['binary_format_major_version', unsigned(TYPE.uint16, 2, 2)],
    ['binary_format_minor_version', unsigned(TYPE.uint16, 0, 2)],
    ['build_epoch', unsigned(TYPE.uint64, 1_767_225_600, 8)],
    ['description', encode({ en: 'Networks of a test' })],
  ]
  const marker = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
  return Buffer.concat([
    marker,
    control(TYPE.map, entries.length),
    ...entries.flatMap(([k, v]) => [encode(k), v]),
  ])
}

function encode(value: Value): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value)
    return Buffer.concat([control(TYPE.string, bytes.length), bytes])
  }
  if (typeof value === 'boolean') return control(TYPE.boolean, Number(value))
  if (typeof value === 'number') {
    if (Number.isInteger(value) && value >= 0) return unsigned(TYPE.uint32, value, 4)
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleBE(value)
    return Buffer.concat([control(TYPE.double, 8), bytes])
  }
  if (Array.isArray(value)) return Buffer.concat([control(TYPE.array, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([control(TYPE.map, entries.length), ...entries.flat().map(encode)])
}

function unsigned(type: number, value: number, width: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(value))
  return Buffer.concat([control(type, width), bytes.subarray(8 - width)])
}

/** The byte, or two or three, that say type and size. */
function control(type: number, size: number): Buffer {
  const short = size < 29 ? size : 29
  if (size >= 29 + 256) throw new RangeError(`${size}: the writer knows sizes to 284`)
  const head = type <= 7 ? [(type << 5) | short] : [short, type - 7]
  return Buffer.from(size < 29 ? head : [...head, size - 29])
}
