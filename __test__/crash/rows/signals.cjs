// Signals that are none of our business, with the library loaded and a view alive.
const { truncateSync } = require('node:fs')
const { SlidingWindowMapManager } = require('smmap')
const { answer, makeFile, sleep } = require('./kit.cjs')

const { path } = makeFile(65_536)
const manager = new SlidingWindowMapManager()
globalThis.kept = manager.makeCursor(path).useRegion().buffer()
const guard = () => manager.stats().guard

const ways = {
  async killed() {
    answer({ guard: guard() })
    process.kill(process.pid, 'SIGBUS')
    await sleep(5000)
  },
  async handledLater() {
    const before = guard()
    let heard = 0
    process.on('SIGBUS', () => (heard += 1))
    process.kill(process.pid, 'SIGBUS')
    await sleep(100)
    answer({ before, guard: guard(), heard })
    process.exit(0)
  },
  async off() {
    answer({ guard: guard() })
    truncateSync(path, 10)
    globalThis.kept.at(-1)
    await sleep(5000)
  },
}

ways[process.argv[2]]()
