/** @file What is in a tarball of npm's. Reads it itself: paths on the command line differ from tar to tar. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

const BLOCK = 512

/** A field of a header: text that ends at a zero. */
const field = (header, from, length) =>
  header
    .toString('latin1', from, from + length)
    .split('\0', 1)[0]
    .trim()

/** The files of a tarball, each as `[path, bytes]`, as `npm pack` writes them (the ustar format). */
export function filesOf(tarball) {
  const bytes = gunzipSync(readFileSync(tarball))
  const files = []
  for (let at = 0; at < bytes.length && bytes[at] !== 0;) {
    const header = bytes.subarray(at, at + BLOCK)
    const size = parseInt(field(header, 124, 12), 8)
    const path = [field(header, 345, 155), field(header, 0, 100)].filter(Boolean).join('/')
    at += BLOCK
    files.push([path, bytes.subarray(at, at + size)])
    at += Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

/** The `package.json` in a tarball. */
export const manifestOf = (tarball) => JSON.parse(new Map(filesOf(tarball)).get('package/package.json'))
