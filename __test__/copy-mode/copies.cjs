// Reads through every kind of manager in the main thread and in a worker, and says which were zero-copy, how
// many of the Buffers were not the bytes asked for, how many bytes of memory each Buffer kept, and how often
// external memory had been refused once the package was loaded and in the end.
const { readFileSync } = require('node:fs')
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')
const {
  MapRegion,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  StaticWindowMapManager,
  scan,
} = require('smmap')

/** How often so far, in this process. */
const refusals = () => (process.env.CAGE_LOG ? readFileSync(process.env.CAGE_LOG).length : 0)
const refusedAtLoad = refusals()
const path = isMainThread ? process.argv[2] : workerData
const bytes = readFileSync(path)

async function readAll() {
  const managers = [new SlidingWindowMapManager({ windowSize: 8192 }), new StaticWindowMapManager()]
  const kept = []
  let wrong = 0
  const see = (buffer, begin, end) => {
    if (!buffer.equals(bytes.subarray(begin, end))) wrong += 1
    kept.push([end - begin, buffer.buffer.byteLength])
  }
  for (const manager of managers) {
    const cursor = manager.makeCursor(path).useRegion(100, 50)
    see(cursor.buffer(), 100, 150)
    see(cursor.useRegion(8192, 8192).buffer(), 8192, 16_384)
    see(cursor.map(), cursor.region.ofsBegin, cursor.region.ofsEnd)
    see(cursor.region.buffer(), cursor.region.ofsBegin, cursor.region.ofsEnd)
    const whole = new SlidingWindowMapBuffer(manager.makeCursor(path))
    if (!whole.slice(8000, 8400).equals(bytes.subarray(8000, 8400))) wrong += 1
    see(whole.subarray(10, 20), 10, 20)
    if (whole.indexOf(bytes.subarray(-30)) !== bytes.length - 30) wrong += 1
    if ((await scan(manager, path)).bytes !== bytes.length) wrong += 1
  }
  const region = new MapRegion(path, 0)
  see(region.buffer(), 0, bytes.length)
  region.release()
  return {
    zeroCopy: managers.map((manager) => manager.zeroCopy),
    wrong,
    kept,
    refused: [refusedAtLoad, refusals()],
  }
}

async function main() {
  const answer = await readAll()
  if (!isMainThread) return parentPort.postMessage(answer, [])
  const worker = new Worker(__filename, { workerData: path })
  const inWorker = await new Promise((resolve, reject) => worker.on('message', resolve).on('error', reject))
  console.log(JSON.stringify({ main: answer, worker: inWorker }))
}

main()
