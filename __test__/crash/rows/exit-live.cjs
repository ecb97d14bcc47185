// Ends in the way it is told while views, cursors, managers and background work are alive.
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { gzip } = require('node:zlib')
const { SlidingWindowMapManager, scan } = require('smmap')
const { MIB, answer, makeFile, tellMain } = require('./kit.cjs')

function keep(path) {
  const manager = new SlidingWindowMapManager({ windowSize: MIB, maxMemorySize: 4 * MIB })
  const views = Array.from({ length: 16 }, (_, i) =>
    manager
      .makeCursor(path)
      .useRegion(i * MIB)
      .buffer(),
  )
  globalThis.kept = { manager, views }
  return { manager, views }
}

const ways = {
  exit: () => process.exit(7),
  throw: () => {
    throw new Error('nobody catches this')
  },
  reject: () => void Promise.reject(new Error('nobody catches this')),
  end: () => {},
  busy: ({ manager, views }, path) => {
    for (const view of views) gzip(view, () => {})
    scan(manager, path)
    setTimeout(() => process.exit(7), 5)
  },
  /** With a worker that is in the middle of reading. */
  worker: (_kept, path) => {
    new Worker(__filename, { workerData: path }).once('message', () => process.exit(7))
  },
}

if (isMainThread) {
  const [way] = process.argv.slice(2)
  const { path, bytes } = makeFile(16 * MIB)
  const kept = keep(path)
  answer({ first: kept.views[0][0] === bytes[0] })
  ways[way](kept, path)
} else {
  const { views } = keep(workerData)
  tellMain('reading')
  for (let sum = 0; ;) for (const view of views) sum += view[sum % view.length]
}
