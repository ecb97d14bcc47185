// Cuts a file while a view of it is read in the way it is told, then asks everything that must say so.
const { subtle, createHash } = require('node:crypto')
const { openSync, truncateSync, writeSync } = require('node:fs')
const { promisify } = require('node:util')
const { gzip } = require('node:zlib')
const { SlidingWindowMapManager, scan } = require('smmap')
const { MIB, answer, codeOf, codeOfLate, makeFile } = require('./kit.cjs')

const [way] = process.argv.slice(2)
const SIZE = 16 * MIB
/** Inside a page: its first part must stay. */
const CUT = 3 * MIB + 100
const { path, bytes } = makeFile(SIZE)

function sum(view) {
  let total = 0
  for (let i = 0; i < view.length; i += 1) total += view[i]
  return total
}

const cut = () => truncateSync(path, CUT)

/** Each cuts the file, and reads past its new end. */
const ways = {
  loop(view) {
    const small = view.subarray(0, 65_536)
    for (let i = 0; i < 300; i += 1) sum(small)
    cut()
    sum(view)
  },
  indexOf: (view) => (cut(), view.indexOf('there is no such text in it')),
  copy: (view) => (cut(), view.copy(Buffer.alloc(SIZE))),
  hash: (view) => (cut(), createHash('sha256').update(view).digest()),
  /** The kernel reads: it says EFAULT, or writes less, and raises no signal. */
  write(view) {
    cut()
    codeOf(() => writeSync(openSync('out', 'w'), view, CUT + 8192))
    sum(view)
  },
  digest: (view) => {
    const started = subtle.digest('SHA-256', view)
    cut()
    return started.then(() => sum(view))
  },
  gzip: (view) => {
    const started = Promise.all(Array.from({ length: 4 }, () => promisify(gzip)(view, { level: 1 })))
    cut()
    return started
  },
}

/**
 * The first call after the fault, each on a manager of its own, and what another cursor on that region then
 * says.
 */
const calls = {
  useRegion: (cursor) => cursor.useRegion(5 * MIB, 10),
  buffer: (cursor) => cursor.buffer(),
  map: (cursor) => cursor.map(),
  check: (cursor) => cursor.check(),
}

async function main() {
  const users = Object.keys(calls).map((name) => {
    const manager = new SlidingWindowMapManager({ windowSize: SIZE })
    const [cursor, other] = [0, 1].map(() => manager.makeCursor(path).useRegion())
    return { name, manager, cursor, other, view: cursor.buffer() }
  })
  const [{ manager, view }] = users
  await ways[way](view)
  const codes = users.map((user) => {
    sum(user.view.subarray(CUT))
    return [user.name, codeOf(() => calls[user.name](user.cursor)), codeOf(() => user.other.buffer())]
  })
  const headKept = view.subarray(0, CUT).equals(bytes.subarray(0, CUT))
  const fresh = manager.makeCursor(path).useRegion()
  const freshRight = fresh.size === CUT && fresh.buffer().equals(bytes.subarray(0, CUT))
  const scanned = await codeOfLate(scan(manager, path))
  const notNext = codes.filter(([, code]) => code !== 'ERR_SMMAP_FILE_TRUNCATED').map(String)
  const notLater = codes.filter(([, , code]) => code !== 'ERR_SMMAP_FILE_TRUNCATED').map(String)
  answer({ notNext, notLater, headKept, freshRight, scanned, guard: manager.stats().guard })
}

main()
