// Workers end in every way while their views, cursors and managers are alive; the main thread has its own.
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { SlidingWindowMapManager } = require('smmap')
const { MIB, answer, countMappings, makeFile, settles } = require('./kit.cjs')

function keep(path) {
  const manager = new SlidingWindowMapManager({ windowSize: MIB, maxMemorySize: 4 * MIB })
  const views = Array.from({ length: 16 }, (_, i) =>
    manager
      .makeCursor(path)
      .useRegion(i * MIB)
      .buffer(),
  )
  globalThis.kept = { manager, views }
  return views
}

async function main() {
  const own = makeFile(16 * MIB)
  const { path } = makeFile(16 * MIB, { name: 'theirs', seed: 1 })
  const views = keep(own.path)
  const ends = []
  for (const way of ['exit', 'throw', 'end']) {
    const worker = new Worker(__filename, { workerData: { path, way } })
    worker.once('error', () => {})
    ends.push(await new Promise((resolve) => worker.once('exit', resolve)))
  }
  const letGo = await settles(() => countMappings(path) === 0)
  answer({
    ends,
    letGo,
    right: views.every((view, i) => view.equals(own.bytes.subarray(i * MIB, (i + 1) * MIB))),
  })
}

if (isMainThread) main()
else {
  keep(workerData.path)
  if (workerData.way === 'exit') process.exit(7)
  if (workerData.way === 'throw') throw new Error('nobody catches this')
}
