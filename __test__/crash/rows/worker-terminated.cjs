// Terminates workers in the middle of what they do with the library, again and again, then uses it itself.
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { createGzip } = require('node:zlib')
const { SlidingWindowMapManager, scan } = require('smmap')
const { MIB, answer, countMappings, makeFile, settles, sleep, tellMain } = require('./kit.cjs')

const WINDOW = MIB
// Made before the worker may be terminated: Node aborts where that happens while it makes one.
const streams = isMainThread ? [] : [0, 1, 2, 3].map(() => createGzip().resume())
const write = (stream, bytes) => new Promise((resolve) => stream.write(bytes, resolve))

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
    for (let i = 0; ; i += 1) {
      const cursor = manager.makeCursor(path)
      await Promise.all(
        streams.map((stream, j) => write(stream, cursor.useRegion(((i + j) % 16) * WINDOW).buffer())),
      )
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
  // None of its views was moved to another thread, so none should stay mapped.
  await settles(() => countMappings(path) === 0)
  const mappings = countMappings(path)
  const right = manager
    .makeCursor(path)
    .useRegion(WINDOW)
    .buffer()
    .equals(bytes.subarray(WINDOW, 2 * WINDOW))
  answer({ right, mappings })
}

if (isMainThread) main(process.argv[2])
else {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 4 * WINDOW })
  tellMain('started')
  works[workerData.kind](manager, workerData.path)
}
