// Cuts a file behind the back of our own reading methods: each must say so, none may hand on zeros.
const { truncateSync } = require('node:fs')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
const { MIB, answer, codeOf, makeFile } = require('./kit.cjs')

const [zeroCopy] = process.argv.slice(2)
const SIZE = 2 * MIB
const CUT = 100_000
/** Behind the new end, in a page of its own. */
const AT = MIB

const methods = {
  at: (buffer) => buffer.at(AT),
  atFromEnd: (buffer) => buffer.at(-1),
  slice: (buffer) => buffer.slice(AT, AT + 10),
  sliceOfAll: (buffer) => buffer.slice(),
  copy: (buffer) => buffer.copy(Buffer.alloc(10), 0, AT),
  readUInt8: (buffer) => buffer.readUInt8(AT),
  readUInt32LE: (buffer) => buffer.readUInt32LE(AT),
  readDoubleBE: (buffer) => buffer.readDoubleBE(AT),
  readBigUInt64LE: (buffer) => buffer.readBigUInt64LE(AT),
  readUIntBE: (buffer) => buffer.readUIntBE(AT, 6),
  toString: (buffer) => buffer.toString('latin1', AT, AT + 10),
  indexOf: (buffer) => buffer.indexOf('there is no such text in it'),
  indexOfZeros: (buffer) => buffer.indexOf(Buffer.alloc(64)),
  lastIndexOf: (buffer) => buffer.lastIndexOf('there is no such text in it'),
  includes: (buffer) => buffer.includes(Buffer.alloc(64)),
  iteration: (buffer) => [...buffer].length,
  cursorCopy: (_buffer, cursor) =>
    zeroCopy === 'never' ? cursor.buffer() : cursor.useRegion(AT) && cursor.check(),
}

/** What a method throws the first time it reads behind the new end, and the second time. */
function cutUnder(method, name) {
  const { path } = makeFile(SIZE, { name })
  const manager = new SlidingWindowMapManager({ windowSize: SIZE, zeroCopy })
  const cursor = manager.makeCursor(path).useRegion()
  const buffer = new SlidingWindowMapBuffer(cursor)
  // What is read ahead or kept from before is allowed to be served, where it is the file's bytes.
  buffer.at(0)
  truncateSync(path, CUT)
  return [codeOf(() => method(buffer, cursor)), codeOf(() => method(buffer, cursor))]
}

const silent = {}
for (const [name, method] of Object.entries(methods)) {
  const codes = cutUnder(method, name)
  if (codes.some((code) => code !== 'ERR_SMMAP_FILE_TRUNCATED')) silent[name] = codes
}
answer({ silent })
