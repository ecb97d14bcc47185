// A handler of the program's own for SIGBUS, there before the library: faults of ours are repaired, others
// reach it.
const { truncateSync } = require('node:fs')
const { answer, codeOf, makeFile, sleep } = require('./kit.cjs')

let heard = 0
process.on('SIGBUS', () => (heard += 1))

async function main() {
  const { SlidingWindowMapManager } = require('smmap')
  const { path } = makeFile(65_536)
  const manager = new SlidingWindowMapManager()
  const cursor = manager.makeCursor(path).useRegion()
  const view = cursor.buffer()
  const { guard } = manager.stats()
  truncateSync(path, 10)
  const zero = view.at(-1)
  const code = codeOf(() => cursor.useRegion())
  await sleep(50)
  const heardOfOurs = heard
  process.kill(process.pid, 'SIGBUS')
  await sleep(50)
  answer({ guard, zero, code, heardOfOurs, heard })
  process.exit(0)
}

main()
