/** @file Knows the index of a Git pack, version 2 with SHA-1 names (gitformat-pack(5)); not the pack. */
import { PackError } from './pack-error.mjs'

const SIGNATURE = 0xff744f63
const HASH = 20
const FANOUT = 8
const NAMES = FANOUT + 256 * 4
/** Set where the offset is too large for 31 bits, and stands in the table of large ones. */
const LARGE = 2 ** 31

export class PackIndex {
  #bytes
  #offsets
  #largeOffsets

  /** @param {import('smmap').SlidingWindowMapBuffer} bytes */
  constructor(bytes) {
    if (
      bytes.length < NAMES + 2 * HASH ||
      bytes.readUInt32BE(0) !== SIGNATURE ||
      bytes.readUInt32BE(4) !== 2
    ) {
      throw new PackError(`no index of version 2 (${bytes.length} bytes): make one by "git index-pack"`)
    }
    this.#bytes = bytes
    /** How many objects there are. */
    this.count = bytes.readUInt32BE(NAMES - 4)
    // Between the names and the offsets: a CRC-32 each.
    this.#offsets = NAMES + this.count * (HASH + 4)
    this.#largeOffsets = this.#offsets + this.count * 4
    const least = this.#largeOffsets + 2 * HASH
    if (bytes.length < least) {
      throw new PackError(
        `the index has ${bytes.length} bytes, ${this.count} objects need at least ${least}: it was cut short`,
      )
    }
  }

  /** The pack's last 20 bytes, as the index knows them. */
  get packChecksum() {
    return this.#bytes.toString('hex', this.#bytes.length - 2 * HASH, this.#bytes.length - HASH)
  }

  /** The object's name, by its place in the order of names. */
  nameAt(place) {
    return this.#bytes.toString('hex', NAMES + place * HASH, NAMES + (place + 1) * HASH)
  }

  /** Where the object is in the pack. */
  offsetAt(place) {
    const offset = this.#bytes.readUInt32BE(this.#offsets + place * 4)
    if (offset < LARGE) return offset
    return Number(this.#bytes.readBigUInt64BE(this.#largeOffsets + (offset - LARGE) * 8))
  }

  /** The place of the object of that name, given as 20 bytes; −1: there is none. */
  find(name) {
    const first = name[0]
    let low = first === 0 ? 0 : this.#bytes.readUInt32BE(FANOUT + (first - 1) * 4)
    let high = this.#bytes.readUInt32BE(FANOUT + first * 4)
    while (low < high) {
      const middle = (low + high) >>> 1
      const order = this.#bytes.slice(NAMES + middle * HASH, NAMES + (middle + 1) * HASH).compare(name)
      if (order === 0) return middle
      if (order < 0) low = middle + 1
      else high = middle
    }
    return -1
  }
}
