// Reaches vm.max_map_count: small windows with gaps between, so that the kernel cannot join them, and no
// handle limit.
const { ftruncateSync, openSync, readFileSync, truncateSync, writeSync } = require('node:fs')
const { SlidingWindowMapManager } = require('smmap')
const { answer, codeOf, countMappings, settles } = require('./kit.cjs')

const [kind] = process.argv.slice(2)
const WINDOW = 4096
const STEP = 2 * WINDOW
const LIMIT = Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8'))
const COUNT = LIMIT + 5000

const file = openSync('sparse', 'w')
ftruncateSync(file, COUNT * STEP)
for (let i = 0; i < COUNT; i += 1000) writeSync(file, `window ${i}`, i * STEP)

const manager = new SlidingWindowMapManager({ windowSize: WINDOW })
const counts = () =>
  [manager.mappedMemorySize, manager.numOpenRegions, manager.numUsedRegions, manager.numFileHandles].join()
const isRight = (view, i) =>
  view.toString('latin1', 0, 8) === (i % 1000 === 0 ? 'window ' + String(i)[0] : '\0'.repeat(8))

/** One cursor moves over all of them: what it leaves behind is idle and can make way. */
function idle() {
  const cursor = manager.makeCursor('sparse')
  let served = 0
  const code = codeOf(() => {
    for (; served < COUNT; served += 1) cursor.useRegion(served * STEP)
  })
  cursor.close()
  return { servedAll: served === COUNT, code }
}

/** As idle, and each window's view is kept. */
function views() {
  const cursor = manager.makeCursor('sparse')
  const kept = []
  const code = codeOf(() => {
    for (let i = 0; i < COUNT; i += 1) kept.push(cursor.useRegion(i * STEP, 8).buffer())
  })
  cursor.close()
  return { servedAll: kept.length === COUNT, code, right: kept.every(isRight) }
}

/** A cursor stays on each: nothing can make way, and the system's error comes out. */
async function used() {
  const cursors = []
  let before
  const code = codeOf(() => {
    for (let i = 0; i < COUNT; i += 1) {
      const cursor = manager.makeCursor('sparse')
      before = counts()
      cursors.push(cursor.useRegion(i * STEP))
    }
  })
  const countersKept = before === counts()
  const nearLimit = countMappings() > LIMIT / 2
  // A fault must be repaired here too.
  const view = cursors[7].buffer()
  truncateSync('sparse', 5 * STEP)
  const zero = view[0]
  const truncated = codeOf(() => cursors[7].useRegion(7 * STEP))
  for (const cursor of cursors.splice(0)) cursor.close()
  manager.collect()
  const right = isRight(manager.makeCursor('sparse').useRegion(0).buffer(), 0)
  return {
    code,
    countersKept,
    nearLimit,
    zero,
    truncated,
    right,
    letGo: await settles(() => countMappings('sparse') < 5),
  }
}

Promise.resolve({ idle, views, used }[kind]()).then(answer)
