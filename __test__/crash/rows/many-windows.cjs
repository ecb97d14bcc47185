// Exposes a view in each of 65,536 windows of a sparse file of 1 TiB in one turn of the event loop, and keeps
// the last 100. Few bytes of each: the system reads ahead, and holes that are read fill its page cache.
const { closeSync, ftruncateSync, openSync, writeSync } = require('node:fs')
const { SlidingWindowMapManager } = require('smmap')
const { answer, countMappings, residentMiB, settles } = require('./kit.cjs')

const COUNT = 65_536
const WINDOW = 2 ** 24
/** Only each 16th window has bytes other than 0. */
const MARKED = 16
/** Only each 8th view is read. */
const READ = 8

const mark = (i) => (i % MARKED === 0 ? `window ${i}` : '').padEnd(16, '\0')

const file = openSync('sparse', 'w')
ftruncateSync(file, COUNT * WINDOW)
for (let i = 0; i < COUNT; i += MARKED) writeSync(file, Buffer.from(mark(i)), 0, 16, i * WINDOW)
closeSync(file)

const textOf = (view) => view.toString('latin1', 0, 16)

async function main() {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW })
  const cursor = manager.makeCursor('sparse')
  const kept = []
  let [wrong, mappings, resident] = [0, 0, 0]
  for (let i = 0; i < COUNT; i += 1) {
    const view = cursor.useRegion(i * WINDOW, 16).buffer()
    if (i % READ === 0 && textOf(view) !== mark(i)) wrong += 1
    kept[i % 100] = { i, view }
    if (i % 4096 !== 4095) continue
    mappings = Math.max(mappings, countMappings())
    resident = Math.max(resident, residentMiB())
  }
  const keptWrong = kept.filter(({ i, view }) => textOf(view) !== mark(i)).length
  kept.length = 0
  cursor.close()
  await settles(() => manager.stats().lingeringRegions === 0)
  const { lingeringRegions, lingeringBytes } = manager.stats()
  answer({ wrong, keptWrong, mappings, resident, lingeringRegions, lingeringBytes })
}

main()
