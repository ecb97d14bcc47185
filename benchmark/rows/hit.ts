/**
 * @file Row `hit`: a region the cursor already holds, used again. What a hot loop over one window costs an
 * access.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { logFile } from '../content'
import { atMostTimes } from '../goals'
import { nanosecondsPerStep } from '../measure'
import { mapped, mmapIo } from '../mmap-io'
import type { Input, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

const FILE_SIZE = 64 * 2 ** 20
const WINDOW = 16 * 2 ** 20
const SPAN = 64
// Neighbouring spans of the first mebibyte; a power of two, so that the loop's own cost is a mask and a
// shift.
const SPANS = 2 ** 14

const OURS = 'smmap'
const PYTHON = 'Python smmap 5'
const SUBARRAY = 'subarray of one Buffer'

export const hit: Row = {
  id: 'hit',
  work: 'useRegion in the held region + buffer()[0]',
  unit: 'ns per operation',
  setup: async ({ folder }) => ({ path: await logFile(folder, FILE_SIZE) }),
  ours: [{ name: OURS, run: useHeldRegion }],
  rivals: [
    {
      name: PYTHON,
      tool: 'python',
      args: ({ path }) => ['hit.py', path, `${WINDOW}`, `${SPAN}`, `${SPANS}`],
    },
    { name: SUBARRAY, run: sliceRegion },
    { name: 'mmap-io, subarray of one Buffer', run: sliceMmapIo, needs: 'mmap-io' },
    {
      name: 'Bun.mmap, subarray of one Buffer',
      tool: 'bun',
      args: ({ path }) => ['bun.mjs', 'hit', path, `${SPAN}`, `${SPANS}`],
    },
    { name: 'fs.readSync, 64 bytes', run: readSpans },
  ],
  goals: [atMostTimes(1.2, OURS, SUBARRAY), atMostTimes(1 / 25, OURS, PYTHON)],
}

async function useHeldRegion({ path }: Input): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  using manager = new SlidingWindowMapManager({ windowSize: WINDOW })
  using cursor = manager.makeCursor(path)
  const sample = await nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += cursor.useRegion((i % SPANS) * SPAN, SPAN).buffer()[0] as number
    }
    return sum
  })
  if (manager.stats().maps !== 1) throw new Error(`${manager.stats().maps} maps made; this row is of one`)
  return sample
}

async function sliceRegion({ path }: Input): Promise<Sample> {
  const { MapRegion } = await importSmmap()
  return await sliceBuffer(new MapRegion(path, 0, WINDOW).map())
}

function sliceMmapIo({ path }: Input): Promise<Sample> {
  return sliceBuffer(mapped(mmapIo(), openSync(path, 'r'), 0, WINDOW))
}

function sliceBuffer(buffer: Buffer): Promise<Sample> {
  return nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      const offset = (i % SPANS) * SPAN
      sum += buffer.subarray(offset, offset + SPAN)[0] as number
    }
    return sum
  })
}

async function readSpans({ path }: Input): Promise<Sample> {
  const fd = openSync(path, 'r')
  const buffer = Buffer.alloc(SPAN)
  const sample = await nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      readSync(fd, buffer, 0, SPAN, (i % SPANS) * SPAN)
      sum += buffer[0] as number
    }
    return sum
  })
  closeSync(fd)
  return sample
}
