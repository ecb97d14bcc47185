// Keeps views only, whatever ends their region; maps another file over and over where the first one was;
// compares.
const { SlidingWindowMapManager } = require('smmap')
const { answer, collectGarbage, countMappings, makeFile, settles } = require('./kit.cjs')

const WINDOW = 65_536
const { path, bytes } = makeFile(10 * WINDOW + 123)
const other = makeFile(100 * WINDOW, { name: 'other', seed: 1 })

const ends = {
  closed: (_manager, cursor) => cursor.close(),
  evicted: (_manager, cursor) => [...Array(10).keys()].forEach((i) => cursor.useRegion(i * WINDOW)),
  collected: (manager, cursor) => (cursor.unuseRegion(), manager.collect()),
  managerClosed: (manager) => manager.close(),
  dropped: () => {},
}

function makeViews(end) {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 2 * WINDOW })
  const views = []
  for (let offset = 0; offset < bytes.length; offset += WINDOW) {
    const cursor = manager.makeCursor(path).useRegion(offset)
    views.push({ end, offset, view: cursor.buffer() })
    ends[end](manager, cursor)
    if (manager.closed) break
  }
  return views
}

function churn() {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 10 * WINDOW })
  const cursor = manager.makeCursor(other.path)
  let sum = 0
  for (let i = 0; i < 1000; i += 1) sum += cursor.useRegion(((i * 37) % 100) * WINDOW).buffer()[0]
  manager.close()
  return sum
}

async function main() {
  let views = Object.keys(ends).flatMap(makeViews)
  const count = views.length
  for (let i = 0; i < 5; i += 1) {
    await collectGarbage()
    churn()
  }
  const wrong = views.filter(({ offset, view }) => !view.equals(bytes.subarray(offset, offset + WINDOW)))
  const ofThose = [...new Set(wrong.map(({ end }) => end))]
  views = null
  wrong.length = 0
  answer({ count, wrong: ofThose, letGo: await settles(() => countMappings(path) === 0) })
}

main()
