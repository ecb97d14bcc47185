/**
 * @file Row `evict-many`: a file is mapped, for which one of thousands must go. What finding that one costs.
 */
import { join } from 'node:path'
import { smallFiles } from '../content'
import { atMostTimes } from '../goals'
import { nanosecondsPerStepInTurns } from '../measure'
import type { Input, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

/**
 * A page: what a region of such a file takes of the limit. The window is no larger, for smmap 5 frees a whole
 * window.
 */
const FILE_SIZE = 4096
const OURS = 'smmap'
const PYTHON = 'Python smmap 5'

export const evictMany: Row = {
  id: 'evict-many',
  work: 'map one more file, evicting one, with 10,000 files known',
  unit: 'ns per operation',
  setup: async ({ smoke, folder }) => {
    const count = smoke ? 1_000 : 10_000
    const path = await smallFiles(folder, count, FILE_SIZE)
    // Going round more files than may be mapped, the next never is; nor is it in smmap 5, which evicts the
    // idle region of the file it has known longest: here the one mapped just before.
    return { path, count, held: count / 2 - 1, steps: 500 }
  },
  ours: [{ name: OURS, run: goRound }],
  rivals: [
    {
      name: PYTHON,
      tool: 'python',
      args: ({ path, count, held, steps }) => [
        'evict_many.py',
        path,
        `${FILE_SIZE}`,
        `${count}`,
        `${held}`,
        `${steps}`,
      ],
    },
  ],
  goals: [atMostTimes(1 / 20, OURS, PYTHON)],
}

async function goRound({ path: folder, count, held, steps }: Input): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  const files = Array.from({ length: Number(count) }, (_, i) => join(folder, `${i}`))
  const round = files.slice(0, files.length - Number(held))
  const maxMemorySize = Number(held) * FILE_SIZE
  using manager = new SlidingWindowMapManager({ windowSize: FILE_SIZE, maxMemorySize })
  const use = (path: string | undefined): number => {
    using cursor = manager.makeCursor(path as string)
    return cursor.useRegion().buffer()[0] as number
  }
  for (const path of files) use(path)
  let uses = 0
  const sample = await nanosecondsPerStepInTurns(() => use(round[uses++ % round.length]), Number(steps))
  const { evictions, numOpenRegions } = manager.stats()
  if (evictions !== round.length + uses || numOpenRegions !== held) {
    throw new Error(`error: ${evictions} evictions in ${round.length + uses} uses, ${numOpenRegions} regions`)
  }
  return sample
}
