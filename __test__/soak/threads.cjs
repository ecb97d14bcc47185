// Threads that come and go: each reads a file through managers of its own, checks the bytes against a plain
// Buffer, hands views to the main thread, and ends by itself or in the middle of a job. `threads.cjs SEED`;
// prints how many there were.
const { createHash } = require('node:crypto')
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { isMainThread, parentPort, Worker, workerData } = require('node:worker_threads')
const { scan, SlidingWindowMapBuffer, SlidingWindowMapManager } = require('../..')

const SIZE = 3 * 2 ** 20 + 17
const ROUNDS = 12
const AT_ONCE = 4

/** mulberry32, as good as any here. */
function random(seed) {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % below
  }
}

function makeBytes(seed) {
  const pick = random(seed)
  const bytes = Buffer.alloc(SIZE)
  for (let at = 0; at < SIZE; at += 1) bytes[at] = at % 80 === 79 ? 10 : 1 + pick(255)
  return bytes
}

async function read({ path, seed, digest }) {
  const pick = random(seed)
  const manager = new SlidingWindowMapManager({ windowSize: 2 ** (12 + pick(9)), maxMemorySize: 2 ** 21 })
  const cursor = manager.makeCursor(path)
  const file = new SlidingWindowMapBuffer(cursor)
  const hash = createHash('sha256')
  for (let at = 0; at < SIZE;) {
    const size = 1 + pick(2 ** 18)
    hash.update(file.slice(at, Math.min(SIZE, at + size)))
    at += size
  }
  if (hash.digest('hex') !== digest) throw new Error('a thread read other bytes')
  const { bytes, lines } = await scan(manager, path)
  if (bytes !== SIZE || lines < SIZE / 80 - 1) throw new Error(`a scan saw ${bytes} bytes in ${lines} lines`)
  parentPort.postMessage(cursor.useRegion(pick(SIZE - 100), 100).buffer(), [])
  if (pick(2)) manager.close()
}

/** Resolves when the thread has ended, as told or in the middle. */
function runThread(data, endAfter) {
  const worker = new Worker(__filename, { workerData: data })
  if (endAfter > 0) setTimeout(() => worker.terminate(), endAfter)
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', resolve)
  })
}

async function main() {
  const seed = Number(process.argv[2] ?? 1)
  const folder = mkdtempSync(join(tmpdir(), 'smmap-soak-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'file')
  const bytes = makeBytes(seed)
  writeFileSync(path, bytes)
  const digest = createHash('sha256').update(bytes).digest('hex')
  const pick = random(seed)
  for (let round = 0; round < ROUNDS; round += 1) {
    const threads = Array.from({ length: AT_ONCE }, (_, at) =>
      runThread({ path, digest, seed: seed * 1000 + round * AT_ONCE + at }, pick(2) ? 1 + pick(150) : 0),
    )
    await Promise.all(threads)
    globalThis.gc?.()
  }
  console.log(`${ROUNDS * AT_ONCE} threads`)
}

if (isMainThread) main()
else read(workerData)
