/** @file Knows how one object lies in a Git pack (gitformat-pack(5)); not which objects there are. */
import { constants, inflateSync } from 'node:zlib'
import { PackError } from './pack-error.mjs'

export const OFS_DELTA = 6
export const REF_DELTA = 7

/** The names of the types that are no deltas, by number. */
export const TYPE_NAMES = [undefined, 'commit', 'tree', 'blob', 'tag']

const HASH = 20
/** Enough of a deflated delta to know its first bytes, nearly always. */
const HEAD = 256

/**
 * @param {import('smmap').SlidingWindowMapBuffer} pack
 * @param {number} offset - Of the object.
 * @returns The type's number, the inflated size (of the delta, where it is one), where the deflated data
 * begins, and what a delta is based on: the offset of an object, or a name.
 */
export function readHeader(pack, offset) {
  const next = byteReader(pack, offset)
  let byte = next()
  const type = (byte >> 4) & 7
  let size = byte & 15
  for (let unit = 16; byte & 128; unit *= 128) {
    byte = next()
    size += (byte & 127) * unit
  }
  if (type === OFS_DELTA) return { type, size, baseOffset: offset - readDistance(next), data: next.at() }
  if (type === REF_DELTA) {
    const data = next.at() + HASH
    return { type, size, baseName: pack.slice(next.at(), data), data }
  }
  if (TYPE_NAMES[type] === undefined)
    throw new PackError(`the object at ${offset} has the unknown type ${type}`)
  return { type, size, data: next.at() }
}

/**
 * The size of the object that a delta makes: the second number in the delta, so that no more than its first
 * bytes are inflated.
 *
 * @param {import('smmap').SlidingWindowMapBuffer} pack
 * @param {{ data: number, end: number }} delta - Where its deflated data is.
 */
export function sizeAfterDelta(pack, { data, end }) {
  for (let length = HEAD; ; length *= 4) {
    const stop = Math.min(data + length, end)
    const sizes = readDeltaSizes(inflateHead(pack, data, stop))
    if (sizes !== undefined) return sizes.result
    if (stop === end) throw new PackError(`the delta at ${data} to ${end} has no sizes`)
  }
}

function inflateHead(pack, begin, end) {
  try {
    // What is not there yet is no error, other than with Z_FINISH.
    return inflateSync(pack.slice(begin, end), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (cause) {
    throw new PackError(`the data at ${begin} cannot be inflated: ${cause.message}`, { cause })
  }
}

/** Two numbers of 7 bits a byte, the lowest first; undefined where `delta` ends before they do. */
function readDeltaSizes(delta) {
  const sizes = [0, 0]
  let at = 0
  for (const index of sizes.keys()) {
    let byte = 128
    for (let unit = 1; byte & 128; unit *= 128) {
      if (at === delta.length) return undefined
      byte = delta[at++]
      sizes[index] += (byte & 127) * unit
    }
  }
  return { base: sizes[0], result: sizes[1] }
}

/**
 * How far before a delta its base is: 7 bits a byte, the highest first, each further byte one more than it
 * says.
 */
function readDistance(next) {
  let byte = next()
  let distance = byte & 127
  while (byte & 128) {
    byte = next()
    distance = (distance + 1) * 128 + (byte & 127)
  }
  return distance
}

/** The bytes from `offset` on, up to the checksum that ends the pack. */
function byteReader(pack, offset) {
  const end = pack.length - HASH
  let at = offset
  const next = () => {
    if (at >= end)
      throw new PackError(`the objects end at ${end}, within the one at ${offset}: the pack was cut`)
    at += 1
    return pack.at(at - 1)
  }
  next.at = () => at
  return next
}
