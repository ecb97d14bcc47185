// Workers read a file in a loop, each with a manager of its own, while the main thread cuts it.
const { truncateSync } = require('node:fs')
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { SlidingWindowMapManager } = require('smmap')
const { MIB, answer, codeOf, makeFile, sleep, tellMain } = require('./kit.cjs')

const SIZE = 16 * MIB
const CUT = 3 * MIB + 100

/** Reads all of the view over and over, until a pass began after the cut. */
function work({ path, isCut }) {
  const manager = new SlidingWindowMapManager({ windowSize: SIZE })
  const cursor = manager.makeCursor(path).useRegion()
  const view = cursor.buffer()
  tellMain('reading')
  for (let sum = 0, isLast = false; !isLast;) {
    isLast = Atomics.load(isCut, 0) === 1
    for (let i = 0; i < view.length; i += 16) sum += view[i]
  }
  tellMain({ code: codeOf(() => cursor.useRegion()), guard: manager.stats().guard })
}

function next(worker) {
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
}

async function main([count]) {
  const { path, bytes } = makeFile(SIZE)
  const isCut = new Int32Array(new SharedArrayBuffer(4))
  const manager = new SlidingWindowMapManager({ windowSize: SIZE })
  const own = manager.makeCursor(path).useRegion()
  const ownView = own.buffer()
  const workers = Array.from(
    { length: Number(count) },
    () => new Worker(__filename, { workerData: { path, isCut } }),
  )
  await Promise.all(workers.map(next))
  await sleep(50)
  const answers = Promise.all(workers.map(next))
  truncateSync(path, CUT)
  Atomics.store(isCut, 0, 1)
  const said = await answers
  const zero = ownView.at(-1)
  const fresh = manager.makeCursor(path).useRegion().buffer()
  answer({
    codes: said.map(({ code }) => code),
    guards: said.map(({ guard }) => guard),
    own: codeOf(() => own.useRegion()),
    zero,
    headKept: ownView.subarray(0, CUT).equals(bytes.subarray(0, CUT)),
    freshRight: fresh.equals(bytes.subarray(0, CUT)),
  })
}

if (isMainThread) main(process.argv.slice(2))
else work(workerData)
