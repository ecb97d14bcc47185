// Only a worker loads the addon, and ends. Then the main thread gets a bus error, or loads the addon too.
const { truncateSync } = require('node:fs')
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { answer, codeOf, collectGarbage, makeFile } = require('./kit.cjs')

const SIZE = 65_536

/** Has a region damaged and repaired, so that the guard is at work. */
function use(path) {
  const { SlidingWindowMapManager } = require('smmap')
  const cursor = new SlidingWindowMapManager().makeCursor(path).useRegion()
  const right = cursor.buffer()[1]
  truncateSync(path, 1)
  const zero = cursor.buffer().at(-1)
  return { right, zero, code: codeOf(() => cursor.useRegion()) }
}

async function main([then]) {
  const { path } = makeFile(SIZE)
  const worker = new Worker(__filename, { workerData: path })
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  await collectGarbage()
  if (then === 'killed') {
    answer({})
    process.kill(process.pid, 'SIGBUS')
    return
  }
  const { path: second, bytes } = makeFile(SIZE, { name: 'second', seed: 2 })
  const { right, zero, code } = use(second)
  answer({ right: right === bytes[1], zero, code })
}

if (isMainThread) main(process.argv.slice(2))
else use(workerData)
