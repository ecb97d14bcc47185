// Terminates workers in the middle of what they do with the library, again and again, then uses it itself.
const { promisify } = require('node:util')
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { SlidingWindowMapManager, scan } = require('smmap')
const { MIB, answer, countMappings, makeFile, settles, sleep, tellMain } = require('./kit.cjs')

const WINDOW = MIB
/** The most regions that linger in a process, and what is cached. */
const LINGERING = 1024 + 4

/** Each runs until the worker is terminated. */
const works = {
  reading(manager, path) {
    for (let sum = 0, i = 0; ; i += 1) {
      const view = manager
        .makeCursor(path)
        .useRegion((i % 16) * WINDOW)
        .buffer()
      for (let at = 0; at < view.length; at += 64) sum += view[at]
    }
  },
  async scanning(manager, path) {
    for (;;) await scan(manager, path, { find: 'needle' })
  },
  async gzipping(manager, path) {
    const gzip = promisify(require('node:zlib').gzip)
    for (let i = 0; ; i += 1) {
      const cursor = manager.makeCursor(path)
      await Promise.all([0, 1, 2, 3].map((j) => gzip(cursor.useRegion(((i + j) % 16) * WINDOW).buffer())))
    }
  },
}

async function main(kind) {
  const { path, bytes } = makeFile(16 * WINDOW)
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW })
  for (let i = 0; i < 20; i += 1) {
    const worker = new Worker(__filename, { workerData: { kind, path } })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    await sleep(i * 2)
    await worker.terminate()
  }
  // Views of a terminated worker stay mapped: its last JavaScript may have moved them to another thread. They linger, and
  // what lingers is bounded. A scan shows nothing, so nothing of it may stay.
  const most = kind === 'scanning' ? 0 : LINGERING
  const letGo = await settles(() => countMappings(path) <= most)
  const right = manager
    .makeCursor(path)
    .useRegion(WINDOW)
    .buffer()
    .equals(bytes.subarray(WINDOW, 2 * WINDOW))
  answer({ right, letGo })
}

if (isMainThread) main(process.argv[2])
else {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 4 * WINDOW })
  tellMain('started')
  works[workerData.kind](manager, workerData.path)
}
