/**
 * @file A file, and all that it ever had in it. No content has a zero byte: what reads as zero was never
 * there.
 */

import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs'

export class ModelFile {
  path
  /** Each content: `size` bytes of `bytes`, which may be longer, by what was cut off. */
  versions

  /** @param isThere - Whether the file has these bytes already. */
  constructor(path, bytes, isThere = false) {
    this.path = path
    this.versions = [{ bytes, size: bytes.length }]
    if (!isThere) writeFileSync(path, bytes)
  }

  get now() {
    return this.versions.length - 1
  }

  get latest() {
    return this.versions[this.now]
  }

  /** The fewest bytes it had since a version: those below have always been there. */
  leastSince(version) {
    let least = Infinity
    for (let at = version; at <= this.now; at += 1) least = Math.min(least, this.versions[at].size)
    return least
  }

  cut(size) {
    if (size >= this.latest.size) return
    truncateSync(this.path, size)
    this.versions.push({ bytes: this.latest.bytes, size })
  }

  /** Written on after its end, up to the length it had before. */
  regrow(source) {
    const { bytes, size } = this.latest
    this.#write(source, size, bytes.length - size)
  }

  rewrite(source, begin, length) {
    this.#write(source, begin, Math.min(length, this.latest.size - begin))
  }

  #write(source, begin, length) {
    if (length <= 0) return
    const bytes = Buffer.from(this.latest.bytes)
    const size = Math.max(this.latest.size, begin + length)
    source.copy(bytes, begin, 0, length)
    const fd = openSync(this.path, 'r+')
    writeSync(fd, bytes, begin, length, begin)
    closeSync(fd)
    this.versions.push({ bytes, size })
  }
}
