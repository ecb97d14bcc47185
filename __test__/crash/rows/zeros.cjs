// A file is cut, and what is lost must never be read as zeros: not after a right read elsewhere, not in the
// rest of the page in which the file ends now, not where a fault in another manager's map was seen meanwhile,
// not in one read over several windows.
const { truncateSync, writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
const { answer } = require('./kit.cjs')

const [how, access] = process.argv.slice(2)
const WINDOW = 2 ** 18
const LOST = 2 * WINDOW + 200
const path = resolve('data')

const reads = {
  at: (buffer, at) => buffer.at(at),
  slice: (buffer, at) => buffer.slice(at, at + 4),
  longSlice: (buffer) => buffer.slice(0, 3 * WINDOW),
  number: (buffer, at) => buffer.readUInt32LE(at),
  odd: (buffer, at) => buffer.readUIntBE(at, 6),
  copy: (buffer, at) => buffer.copy(Buffer.alloc(10), 0, at),
  text: (buffer, at) => buffer.toString('latin1', at, at + 4),
  indexOf: (buffer, at) => buffer.indexOf(0, at),
  // An unaligned array is a copy.
  array: (buffer, at) => buffer.array(Uint16Array, at + 1, 1)[0],
}

const cuts = {
  // The view meets the lost part, then a read elsewhere is right.
  forgiven: (buffer) => {
    const view = buffer.subarray(2 * WINDOW, 3 * WINDOW)
    truncateSync(path, WINDOW)
    return () => [view[0], quietly(() => buffer.at(0))]
  },
  insidePage: () => {
    truncateSync(path, LOST - 100)
    return () => {}
  },
  otherFault: () => {
    const other = new SlidingWindowMapBuffer(makeManager().makeCursor(path))
    for (let n = 0; n < 40; n += 1) other.at(3 * WINDOW)
    truncateSync(path, LOST - 100)
    return () => quietly(() => other.at(3 * WINDOW))
  },
}

function makeManager() {
  return new SlidingWindowMapManager({ windowSize: WINDOW, access })
}

function quietly(body) {
  try {
    return body()
  } catch {
    return undefined
  }
}

/** What a method gives that reads what is lost, the first time and the second. */
function outcomesOf(read) {
  writeFileSync(path, Buffer.alloc(4 * WINDOW, 7))
  const manager = makeManager()
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  for (let n = 0; n < 40; n += 1) [0, WINDOW, 2 * WINDOW].forEach((at) => buffer.at(at))
  const before = cuts[how](buffer)
  const outcomes = [1, 2].map(() => {
    before()
    try {
      return String(read(buffer, LOST))
    } catch (error) {
      return error.code
    }
  })
  manager.close()
  return outcomes
}

const silent = {}
for (const [name, read] of Object.entries(reads)) {
  const outcomes = outcomesOf(read)
  if (outcomes.some((outcome) => outcome !== 'ERR_SMMAP_FILE_TRUNCATED')) silent[name] = outcomes
}
answer({ silent })
