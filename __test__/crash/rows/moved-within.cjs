// The end of a range is an object whose valueOf() gives the buffer a shorter file. Memory that was never
// written was given, or the loop had no end.
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
const { answer } = require('./kit.cjs')

const [access] = process.argv.slice(2)
const [long, short] = ['long', 'short'].map((name) => resolve(name))
writeFileSync(long, Buffer.alloc(1e6, 7))
writeFileSync(short, Buffer.alloc(100, 8))
const manager = new SlidingWindowMapManager({ access })
const cursors = [long, short].map((path) => manager.makeCursor(path))
const buffer = new SlidingWindowMapBuffer(cursors[0])

const methods = {
  slice: (end) => buffer.slice(0, end),
  copy: (end) => {
    const target = Buffer.alloc(30_000, 7)
    return target.subarray(0, buffer.copy(target, 0, 0, end))
  },
  subarray: (end) => buffer.subarray(0, end),
  toString: (end) => Buffer.from(buffer.toString('latin1', 0, end), 'latin1'),
}

/** Whether it is an error, or only bytes of one of the files. */
function isRight(method) {
  buffer.beginAccess(cursors[0])
  const end = { valueOf: () => (buffer.beginAccess(cursors[1]), 20_000) }
  try {
    const bytes = method(end)
    const isShort = bytes.length <= 100 && bytes.every((byte) => byte === 8)
    return isShort || bytes.every((byte) => byte === 7)
  } catch (error) {
    return String(error.code).startsWith('ERR_')
  }
}

const wrong = Object.keys(methods).filter(
  (name) => !Array.from({ length: 20 }, () => methods[name]).every(isRight),
)
answer({ wrong })
