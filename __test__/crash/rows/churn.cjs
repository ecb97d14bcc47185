// 30,000 misses, each with a view, under a small memory limit, a few hundred in each turn of the event loop.
const { SlidingWindowMapManager } = require('smmap')
const { MIB, answer, countMappings, makeFile, residentMiB, settles, turn } = require('./kit.cjs')

const WINDOW = MIB
const { path, bytes } = makeFile(64 * WINDOW)

async function main() {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 8 * WINDOW })
  const cursor = manager.makeCursor(path)
  let [wrong, mappings, resident] = [0, 0, 0]
  for (let i = 0; i < 30_000; i += 1) {
    const offset = ((i * 37) % 64) * WINDOW
    const view = cursor.useRegion(offset, 8192).buffer()
    if (view[0] !== bytes[offset] || view[8191] !== bytes[offset + 8191]) wrong += 1
    if (i % 300 !== 0) continue
    await turn()
    mappings = Math.max(mappings, countMappings(path))
    resident = Math.max(resident, residentMiB())
  }
  const { misses, mappedMemorySize } = manager.stats()
  cursor.close()
  manager.collect()
  await settles(() => countMappings(path) === 0)
  const { lingeringRegions } = manager.stats()
  answer({ wrong, misses, mappedMemorySize, lingeringRegions, mappings, resident, left: countMappings(path) })
}

main()
