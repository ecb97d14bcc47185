/** @file Bytes to fill files with: noise and text, none of them zero. */

import { createCipheriv } from 'node:crypto'

/** A multiple of the largest pane, and more than a window of most sizes. */
const SIZE = 36 * 2 ** 20
const WORDS = [
  'GET /index.html',
  'Grüße',
  'ERROR',
  '日本語',
  'a',
  '',
  'timeout\r',
  '0123456789abcdef',
  '\t\x7f🎈',
]

/** The bytes of the largest file; smaller ones are parts of it. The same in every run. */
export function makeContent() {
  const bytes = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16)).update(
    Buffer.alloc(SIZE),
  )
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at)) bytes[at] = 1 + (at % 255)
  // Every other half MiB is text.
  const text = Buffer.from(makeText(2 ** 19))
  for (let at = 2 ** 19; at + text.length <= SIZE; at += 2 ** 20) {
    const shift = (at / 2 ** 20) % 97
    text.copy(bytes, at, shift)
  }
  return bytes
}

function makeText(size) {
  const lines = []
  let length = 0
  for (let n = 0; length < size; n += 1) {
    const line = `${n} ${WORDS[(n * n) % WORDS.length]} ${WORDS[(n * 7) % WORDS.length]}`
    lines.push(line)
    length += Buffer.byteLength(line) + 1
  }
  return lines.join('\n')
}
