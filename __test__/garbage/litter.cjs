// Makes things by the hundred thousand, uses each, closes none, and says what is left of them once they are
// collected.
const { setImmediate: turn } = require('node:timers/promises')
const { MapRegion, SlidingWindowMapManager } = require('smmap')
const { System } = require('../injected/system.cjs')

const [path, kind] = process.argv.slice(2)
const WINDOW = 8192
/** Made between two looks at memory, and how often: a leak grows every time, the allocator's pools do not. */
const BATCH = 50_000
const BATCHES = 3
/**
 * So many more are made before memory is first measured: by then all code is compiled, and the allocator has
 * its pools.
 */
const WARM_UP = 50_000
const manager = new SlidingWindowMapManager({ windowSize: WINDOW })

const use = {
  cursors: (i) =>
    manager
      .makeCursor(path)
      .useRegion((i % 5) * WINDOW)
      .buffer().length,
  managers: (i) => {
    const own = new SlidingWindowMapManager({ windowSize: WINDOW })
    return own
      .makeCursor(path)
      .useRegion((i % 5) * WINDOW)
      .buffer().length
  },
  regions: (i) => new MapRegion(path, (i % 5) * WINDOW, WINDOW).buffer().length,
}[kind]

/**
 * The event loop turns now and then, and garbage is collected before there is ever much: what stays is a
 * leak.
 */
async function litter(count) {
  for (let i = 0; i < count; i += 1) {
    if (use(i) !== WINDOW) throw new Error(`not a window at ${i}`)
    if (i % 100 === 99) await turn()
    if (i % 5000 === 4999) globalThis.gc()
  }
}

/** Resident bytes, when everything that is garbage is gone. */
async function settle() {
  for (let i = 0; i < 20; i += 1) {
    globalThis.gc()
    await turn()
  }
  return process.memoryUsage.rss()
}

async function main() {
  await litter(WARM_UP)
  let before = await settle()
  let grownBy = Infinity
  for (let batch = 0; batch < BATCHES; batch += 1) {
    await litter(BATCH)
    const after = await settle()
    grownBy = Math.min(grownBy, after - before)
    before = after
  }
  const { numOpenCursors, numUsedRegions } = manager.stats()
  manager.collect()
  await settle()
  const { mappedMemorySize, numFileHandles, lingeringRegions } = manager.stats()
  const counters = { numOpenCursors, numUsedRegions, mappedMemorySize, numFileHandles, lingeringRegions }
  const system = new System()
  const left = { ...counters, mappedBytes: system.mappedBytes(path), descriptors: system.descriptors(path) }
  console.log(JSON.stringify({ grownBy, left }))
}

main()
