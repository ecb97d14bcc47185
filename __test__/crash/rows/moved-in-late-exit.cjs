// A worker moves the memory of a view in an 'exit' handler that runs after ours, and posts it: it was
// unmapped with the worker.
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')
const { SlidingWindowMapManager } = require('smmap')
const { MIB, answer, makeFile } = require('./kit.cjs')

function work({ path, how }) {
  const view = new SlidingWindowMapManager({ windowSize: MIB }).makeCursor(path).useRegion(0, MIB).buffer()
  process.on('exit', () => {
    const memory = view.buffer.transfer()
    parentPort.postMessage(memory, [memory])
  })
  if (how === 'exit') process.exit()
  if (how === 'throw') throw new Error('ends the worker')
}

function main() {
  const { path, bytes } = makeFile(MIB)
  const worker = new Worker(__filename, { workerData: { path, how: process.argv[2] } })
  let memory
  worker.on('error', () => {})
  worker.on('message', (message) => (memory = message))
  worker.on('exit', () =>
    setTimeout(
      () =>
        answer({
          right: memory === undefined || Buffer.from(memory).equals(bytes.subarray(0, memory.byteLength)),
        }),
      50,
    ),
  )
}

if (isMainThread) main()
else work(workerData)
