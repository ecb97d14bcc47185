// A regular expression that takes minutes: the signal, process.exit() and terminate() end it within a second
// all the same.
const { isMainThread, Worker, workerData } = require('node:worker_threads')
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
const { answer } = require('./kit.cjs')

const [how] = process.argv.slice(2)
const PATTERN = { regex: '(?-u:.){0,5000}x' }

function count(path, signal) {
  return new SlidingWindowMapBuffer(new SlidingWindowMapManager().makeCursor(path)).count(PATTERN, { signal })
}

const ways = {
  abort: async (path) => {
    const started = performance.now()
    const name = await count(path, AbortSignal.timeout(300)).catch((error) => error.name)
    answer({ name, isSoon: performance.now() - started < 1500 })
  },
  exit: (path) => {
    void count(path)
    setTimeout(() => {
      answer({ exits: true })
      process.exit(0)
    }, 300)
  },
  terminate: (path) => {
    const worker = new Worker(__filename, { workerData: path })
    setTimeout(async () => {
      const started = performance.now()
      await worker.terminate()
      answer({ isSoon: performance.now() - started < 1500 })
      process.exit(0)
    }, 800)
  },
}

if (isMainThread) {
  const path = resolve('data')
  writeFileSync(path, Buffer.alloc(2 ** 23, 'a'))
  void ways[how](path)
} else void count(workerData)
