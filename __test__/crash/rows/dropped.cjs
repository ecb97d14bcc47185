// Makes 100,000 cursors or managers, each with a view, and closes none.
const { SlidingWindowMapManager } = require('smmap')
const { answer, collectGarbage, countMappings, makeFile, residentMiB, settles, turn } = require('./kit.cjs')

const [kind] = process.argv.slice(2)
const WINDOW = 65_536
const { path } = makeFile(8 * WINDOW)
const makeManager = () => new SlidingWindowMapManager({ windowSize: WINDOW })
const manager = makeManager()

const kinds = {
  cursors: (i) =>
    manager
      .makeCursor(path)
      .useRegion((i % 8) * WINDOW)
      .buffer()[0],
  managers: (i) =>
    makeManager()
      .makeCursor(path)
      .useRegion((i % 8) * WINDOW)
      .buffer()[0],
}

async function drop(count) {
  let sum = 0
  for (let i = 0; i < count; i += 1) {
    sum += kinds[kind](i)
    if (i % 100 === 0) await turn()
  }
  await collectGarbage()
  return sum
}

async function main() {
  const resident = []
  for (let round = 0; round < 5; round += 1) {
    await drop(20_000)
    resident.push(residentMiB())
  }
  // The first rounds are the runtime's: its heap finds its size.
  const grownMiB = resident[4] - resident[1]
  await settles(() => manager.numOpenCursors === 0)
  const { numOpenCursors, numUsedRegions } = manager
  manager.collect()
  await settles(() => countMappings(path) === 0)
  const { mappedMemorySize, numOpenFiles, lingeringRegions } = manager.stats()
  answer({
    grownMiB,
    numOpenCursors,
    numUsedRegions,
    mappedMemorySize,
    numOpenFiles,
    lingeringRegions,
    mappings: countMappings(path),
  })
}

main()
