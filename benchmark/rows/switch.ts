/**
 * @file Row `switch`: one cursor that goes round regions that are all mapped. What a change of region costs.
 */
import { logFile } from '../content'
import { atMostTimes } from '../goals'
import { nanosecondsPerStep } from '../measure'
import type { Contender, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

const FILE_SIZE = 64 * 2 ** 20
// Small, so that 1,000 of them are a file of 64 MiB: the number of regions is what changes, not the memory
// touched.
const WINDOW = 64 * 2 ** 10
const FEW = 16
const MANY = 1_000

const OURS = 'smmap, 16 regions'
const OURS_MANY = 'smmap, 1,000 regions'
const PYTHON = 'Python smmap 5, 16 regions'
const PYTHON_MANY = 'Python smmap 5, 1,000 regions'

export const switching: Row = {
  id: 'switch',
  work: 'one cursor over mapped regions, round robin, + a byte',
  unit: 'ns per operation',
  setup: async ({ folder }) => ({ path: await logFile(folder, FILE_SIZE) }),
  ours: [ours(OURS, FEW), ours(OURS_MANY, MANY)],
  rivals: [python(PYTHON, FEW), python(PYTHON_MANY, MANY)],
  goals: [
    atMostTimes(1 / 8, OURS, PYTHON),
    atMostTimes(1 / 8, OURS_MANY, PYTHON_MANY),
    // Independent of the number of regions, but for what a thousand cache lines cost the processor.
    atMostTimes(1.5, OURS_MANY, OURS),
  ],
}

function ours(name: string, regions: number): Contender {
  return { name, task: `${regions}`, run: ({ path }) => goRound(path, regions) }
}

function python(name: string, regions: number): Contender {
  const args = (path: string): string[] => ['switch.py', path, `${WINDOW}`, `${regions}`]
  return { name, task: `${regions}`, tool: 'python', args: ({ path }) => args(path) }
}

async function goRound(path: string, regions: number): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  using manager = new SlidingWindowMapManager({ windowSize: WINDOW })
  using cursor = manager.makeCursor(path)
  const sample = await nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += cursor.useRegion((i % regions) * WINDOW, 1).buffer()[0] as number
    }
    return sum
  })
  if (manager.numOpenRegions !== regions) throw new Error(`${manager.numOpenRegions} regions, not ${regions}`)
  return sample
}
