// Under a small `ulimit -v` or `ulimit -n`: one after the other all is served; all at once ends in the
// system's error.
const { execFileSync } = require('node:child_process')
const { readFileSync, readdirSync, truncateSync, writeFileSync } = require('node:fs')
const { SlidingWindowMapManager } = require('smmap')
const { MIB, answer, codeOf, collectGarbage, countMappings, settles } = require('./kit.cjs')

const [kind] = process.argv.slice(2)
const COUNT = 64
const WINDOW = 32 * MIB
const limit = (name, value) => execFileSync('prlimit', ['--pid', String(process.pid), `--${name}=${value}:`])
const addressSpace = () => Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) * 1024

/** Where the i-th window lies, and the limit to set once the files are there. */
const kinds = {
  memory: {
    place: (i) => ['sparse', i * WINDOW],
    prepare() {
      writeFileSync('sparse', 'x')
      truncateSync('sparse', COUNT * WINDOW)
    },
    limit: () => limit('as', addressSpace() + 8 * WINDOW),
  },
  descriptors: {
    place: (i) => [`file-${i}`, 0],
    prepare() {
      for (let i = 0; i < COUNT; i += 1) writeFileSync(`file-${i}`, 'x'.repeat(100))
    },
    limit: () => limit('nofile', readdirSync('/proc/self/fd').length + 16),
  },
}

const { place, prepare, limit: setLimit } = kinds[kind]
prepare()
const manager = new SlidingWindowMapManager({ windowSize: WINDOW })
const counts = () =>
  [manager.mappedMemorySize, manager.numOpenRegions, manager.numUsedRegions, manager.numOpenFiles].join()

/** With views, what makes way lingers until they are collected, which takes turns of the event loop. */
function oneAfterTheOther(withViews) {
  return codeOf(() => {
    for (let i = 0; i < COUNT; i += 1) {
      const [path, offset] = place(i)
      const cursor = manager.makeCursor(path).useRegion(offset)
      if (withViews) cursor.buffer()
      cursor.close()
    }
  })
}

function allAtOnce() {
  const cursors = []
  let before
  const used = codeOf(() => {
    for (let i = 0; i < COUNT; i += 1) {
      const [path, offset] = place(i)
      const cursor = manager.makeCursor(path)
      before = counts()
      cursors.push(cursor.useRegion(offset))
    }
  })
  const countersKept = before === counts()
  for (const cursor of cursors) cursor.close()
  return { used, countersKept }
}

async function main() {
  // All code has run once, and what it needs is loaded.
  oneAfterTheOther(true)
  allAtOnce()
  manager.collect()
  await settles(() => countMappings(place(0)[0]) === 0)
  setLimit()
  const idle = oneAfterTheOther(false)
  const answers = { idle, ...allAtOnce(), shown: oneAfterTheOther(true) }
  await collectGarbage()
  answer({ ...answers, worksAgain: oneAfterTheOther(false) })
}

main()
