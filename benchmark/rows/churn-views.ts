/**
 * @file Row `churn-views`: a view in another window each time, none of them mapped. What a miss costs, views
 * and all.
 */
import { openSync } from 'node:fs'
import type { ManagerOptions } from 'smmap'
import { largeLog } from '../content'
import { atMostTimes } from '../goals'
import { nanosecondsPerStepInTurns } from '../measure'
import { mapped, mmapIo } from '../mmap-io'
import { drawPlaces, loadPlaces, PLACES, type Random } from '../places'
import type { Input, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

const MIB = 2 ** 20
/** How many windows the limit holds; a window comes again after more than those. */
const HELD = 4

const VIEWS = 'smmap, limit of handles: views'
const COPIES = 'smmap, limit of memory: mostly copies'
const BARE = 'Rust memmap2: map, touch, unmap'

export const churnViews: Row = {
  id: 'churn-views',
  work: 'useRegion + buffer() at random, every access a miss',
  unit: 'ns per operation',
  setup: async (scale) => {
    const log = await largeLog(scale)
    // mmap-io takes no offset past 2 GiB.
    const [size, window] = [Math.min(log.size, 2048 * MIB), (scale.smoke ? 1 : 16) * MIB]
    const places = await drawPlaces(scale.folder, 'churn-views', neverTwice(size / window, window))
    return { path: log.path, places, window, steps: scale.smoke ? 2_000 : 5_000 }
  },
  ours: [
    { name: VIEWS, run: (input) => useRegions(input, { maxMemorySize: 2 ** 40, maxOpenHandles: HELD }, 0.8) },
    {
      name: COPIES,
      run: (input) => useRegions(input, { maxMemorySize: HELD * Number(input.window) }, 0),
    },
  ],
  rivals: [
    { name: 'mmap-io', run: mapBuffers, needs: 'mmap-io' },
    {
      name: 'Python smmap 5',
      tool: 'python',
      args: ({ path, places, window, steps }) => [
        'churn_views.py',
        path,
        `${places}`,
        `${steps}`,
        `${window}`,
        `${HELD * Number(window)}`,
      ],
    },
    {
      name: BARE,
      tool: 'limit',
      args: ({ path, places, window, steps }) => ['churn', path, `${places}`, `${steps}`, `${window}`],
    },
  ],
  goals: [atMostTimes(1.5, VIEWS, BARE), atMostTimes(1.5, COPIES, BARE)],
}

/**
 * A place in a window that was none of the last ones nor beside them: a region may begin in the middle of a
 * window.
 */
function neverTwice(windows: number, window: number): (random: Random) => number {
  const last: number[] = []
  return (random) => {
    let drawn: number
    do drawn = random(windows)
    while (last.some((other) => Math.abs(other - drawn) <= 1))
    last.push(drawn)
    if (last.length > 2 * HELD) last.shift()
    return drawn * window + random(window)
  }
}

/**
 * Past as many lingering bytes as the limit of memory, `buffer()` makes copies: `leastViews` is the least
 * share of views.
 */
async function useRegions(input: Input, limits: ManagerOptions, leastViews: number): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  const { path, window, steps } = input
  const places = loadPlaces(input.places)
  using manager = new SlidingWindowMapManager({ windowSize: Number(window), ...limits })
  using cursor = manager.makeCursor(path)
  let [done, views] = [0, 0]
  const sample = await nanosecondsPerStepInTurns((i) => {
    const view = cursor.useRegion(places[i % PLACES] as number, 1).buffer()
    done++
    // A copy has a byte of its own, a view lies in a pane.
    if (view.buffer.byteLength > 1) views++
    return view[0] as number
  }, Number(steps))
  const { misses } = manager.stats()
  // The places begin anew with each timing: a hit or two.
  if (misses < done * 0.999 || views < done * leastViews) {
    throw new Error(`error: ${misses} misses and ${views} views in ${done} steps; the row is of both`)
  }
  return sample
}

async function mapBuffers({ path, places: drawn, window: size, steps }: Input): Promise<Sample> {
  const [rival, fd, places, window] = [mmapIo(), openSync(path, 'r'), loadPlaces(drawn), Number(size)]
  return await nanosecondsPerStepInTurns((i) => {
    const place = places[i % PLACES] as number
    const within = place % window
    return mapped(rival, fd, place - within, window)[within] as number
  }, Number(steps))
}
