/**
 * @file Lists the objects of a Git pack: knows which there are and how they stand on each other. Prints
 * nothing.
 */
import { PackError } from './pack-error.mjs'
import { PackIndex } from './pack-index.mjs'
import { readHeader, sizeAfterDelta, TYPE_NAMES } from './pack-object.mjs'

const SIGNATURE = 'PACK'
const HEADER = 12
const HASH = 20
const NONE = -1

/**
 * @typedef {object} PackedObject
 * @property {string} name - Its SHA-1.
 * @property {string} type - commit, tree, blob or tag: of the object, also where it is a delta.
 * @property {number} size - Of what is in the pack, inflated: the delta's, where it is one.
 * @property {number} packedSize - Of what is in the pack, as it is there.
 * @property {number} offset - In the pack.
 * @property {number} depth - How many deltas it takes to make it; 0: it is none.
 * @property {string | undefined} base - The name of the object that the delta is for.
 * @property {() => number} objectSize - The object's own size, for which a delta's first bytes are inflated.
 */

/**
 * The objects in the order of the pack. Only headers are read: how large the objects are makes no difference.
 *
 * @param {import('smmap').SlidingWindowMapBuffer} pack
 * @param {import('smmap').SlidingWindowMapBuffer} indexBytes
 * @returns {Generator<PackedObject>}
 */
export function* listPack(pack, indexBytes) {
  const index = new PackIndex(indexBytes)
  checkPack(pack, index)
  const { places, offsets } = inPackOrder(index)
  const chains = readChains(pack, index, offsets)
  const end = (rank) => (rank + 1 < offsets.length ? offsets[rank + 1] : pack.length - HASH)
  for (const [rank, place] of places.entries()) {
    const { size, data, base, depth, type } = chains.at(rank)
    yield {
      name: index.nameAt(place),
      type: TYPE_NAMES[type],
      size,
      packedSize: end(rank) - offsets[rank],
      offset: offsets[rank],
      depth,
      base: base === NONE ? undefined : index.nameAt(places[base]),
      objectSize: () => (depth === 0 ? size : sizeAfterDelta(pack, { data, end: end(rank) })),
    }
  }
}

function checkPack(pack, index) {
  if (pack.length < HEADER + HASH || pack.toString('latin1', 0, 4) !== SIGNATURE) {
    throw new PackError(`no pack: ${pack.length} bytes that do not begin with ${SIGNATURE}`)
  }
  const [version, count] = [pack.readUInt32BE(4), pack.readUInt32BE(8)]
  if (version !== 2 && version !== 3) throw new PackError(`a pack of version ${version}, not 2 or 3`)
  const checksum = pack.toString('hex', pack.length - HASH)
  if (count !== index.count || checksum !== index.packChecksum) {
    throw new PackError(
      `the index is of another pack: ${index.count} objects and ${index.packChecksum}, ` +
        `not ${count} and ${checksum}`,
    )
  }
}

/** For each object in the order of the pack its place in the index, and its offset. */
function inPackOrder(index) {
  const byName = Float64Array.from({ length: index.count }, (_, place) => index.offsetAt(place))
  const places = Uint32Array.from(byName.keys()).toSorted((one, other) => byName[one] - byName[other])
  return { places, offsets: Float64Array.from(places, (place) => byName[place]) }
}

/**
 * What the headers say, by rank in the pack; bases by their ranks, and depths and types as their chains make
 * them.
 */
function readChains(pack, index, offsets) {
  const count = offsets.length
  const [sizes, data] = [new Float64Array(count), new Float64Array(count)]
  const [bases, depths] = [new Int32Array(count).fill(NONE), new Int32Array(count).fill(NONE)]
  const types = new Uint8Array(count)
  for (let rank = 0; rank < count; rank += 1) {
    const header = readHeader(pack, offsets[rank])
    sizes[rank] = header.size
    data[rank] = header.data
    types[rank] = header.type
    const base = baseOffset(index, header)
    if (base === undefined) depths[rank] = 0
    else bases[rank] = rankOf(offsets, base)
    if (base !== undefined && bases[rank] === NONE) {
      throw new PackError(`the delta at ${offsets[rank]} has no base in this pack`)
    }
  }
  for (let rank = 0; rank < count; rank += 1) resolveChain(rank, { bases, depths, types })
  return {
    at: (rank) => ({
      size: sizes[rank],
      data: data[rank],
      base: bases[rank],
      depth: depths[rank],
      type: types[rank],
    }),
  }
}

/** Where a delta's base is; `NONE` where nothing has its name, undefined where there is no delta. */
function baseOffset(index, header) {
  if (header.baseName === undefined) return header.baseOffset
  const place = index.find(header.baseName)
  return place === NONE ? NONE : index.offsetAt(place)
}

function rankOf(offsets, offset) {
  let [low, high] = [0, offsets.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (offsets[middle] < offset) low = middle + 1
    else high = middle
  }
  return offsets[low] === offset ? low : NONE
}

/** Down to what is known, and up again with depth and type. */
function resolveChain(rank, { bases, depths, types }) {
  const chain = []
  let at = rank
  for (; depths[at] === NONE; at = bases[at]) {
    if (chain.length === depths.length) throw new PackError('deltas that are based on each other')
    chain.push(at)
  }
  while (chain.length > 0) {
    const above = chain.pop()
    depths[above] = depths[at] + 1
    types[above] = types[at]
    at = above
  }
}
