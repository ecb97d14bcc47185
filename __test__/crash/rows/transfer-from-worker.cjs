// A worker posts the memory of its views, cloned or moved, to the main thread and ends; the main thread reads
// on.
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { answer, collectGarbage, makeFile, sleep, tellMain } = require('./kit.cjs')

const WINDOW = 65_536
const [way, end] = isMainThread ? process.argv.slice(2) : workerData.slice(1)

function work([path]) {
  const { SlidingWindowMapManager } = require('smmap')
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW })
  globalThis.kept = manager
  const parts = [0, 1, 2, 3].map((i) =>
    manager
      .makeCursor(path)
      .useRegion(i * WINDOW)
      .buffer(),
  )
  const memories = parts.map(({ buffer }) => (way === 'transfer' ? buffer.transfer() : buffer))
  tellMain(memories, way === 'transfer' ? memories : [])
  if (end === 'exit') process.exit()
  if (end === 'terminate') setInterval(() => {}, 1000)
}

async function main() {
  const { path, bytes } = makeFile(4 * WINDOW)
  let wrong = 0
  for (let i = 0; i < 10; i += 1) {
    const worker = new Worker(__filename, { workerData: [path, way, end] })
    const exit = new Promise((resolve) => worker.once('exit', resolve))
    const memories = await new Promise((resolve, reject) =>
      worker.once('message', resolve).once('error', reject),
    )
    if (end === 'terminate') await worker.terminate()
    else await exit
    await collectGarbage()
    await sleep(20)
    for (const [index, memory] of memories.entries()) {
      const expected = bytes.subarray(index * WINDOW, (index + 1) * WINDOW)
      if (!Buffer.from(memory).equals(expected)) wrong += 1
    }
  }
  await collectGarbage()
  answer({ wrong })
}

if (isMainThread) main()
else work(workerData)
