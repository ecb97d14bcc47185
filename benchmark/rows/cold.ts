/**
 * @file Row `cold`: the first touch of a file that is not in the page cache, with `prefetch` before it and
 * without.
 */
import { openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { logFile } from '../content'
import { atLeastTimes, loopStallAtMost } from '../goals'
import { gigabytesPerSecond, watchingLoop } from '../measure'
import { type Input, MissingError, type Row, type Sample } from '../row'
import { importSmmap } from '../package-under-test'

const MIB = 2 ** 20
const PAGE = 4096
const WINDOW = 64 * MIB
/** What is touched between two turns of the event loop. */
const STEP = 4 * MIB
const CHUNK = MIB

const PREFETCHED = 'smmap, the touch after prefetch'
const COLD = 'smmap, the touch without prefetch'

export const cold: Row = {
  id: 'cold',
  work: 'touch every page of a file not in memory',
  unit: 'GB/s',
  setup: async ({ smoke, folder }) => {
    if (process.platform !== 'linux') {
      throw new MissingError(`no way to empty the page cache of one file on ${process.platform}`)
    }
    // Of a size no other row has: theirs stay warm.
    const size = (smoke ? 128 : 1024) * MIB
    return { path: await logFile(folder, size), size }
  },
  beforeEach: ({ path }, run) => run('limit', ['forget', path]),
  ours: [
    { name: PREFETCHED, run: (input) => inWindows(input, { prefetched: true, timesPrefetch: false }) },
    { name: COLD, run: (input) => inWindows(input, { prefetched: false, timesPrefetch: false }) },
    {
      name: 'smmap, prefetch and touch',
      run: (input) => inWindows(input, { prefetched: true, timesPrefetch: true }),
    },
  ],
  rivals: [
    { name: 'FileHandle.read, 1 MiB', run: readByHandle },
    { name: 'fs.readSync, 1 MiB', run: readBySync },
    { name: 'Python mmap', tool: 'python', args: ({ path }) => ['cold.py', path] },
    { name: 'Rust memmap2', tool: 'limit', args: ({ path }) => ['touch', path] },
  ],
  goals: [atLeastTimes(3, PREFETCHED, COLD), loopStallAtMost(10, PREFETCHED)],
}

async function inWindows(
  { path, size: bytes }: Input,
  { prefetched, timesPrefetch }: { prefetched: boolean; timesPrefetch: boolean },
): Promise<Sample> {
  const { SlidingWindowMapBuffer, SlidingWindowMapManager } = await importSmmap()
  const size = Number(bytes)
  using manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 2 * size })
  using cursor = manager.makeCursor(path)
  const prefetch = (): Promise<void> => new SlidingWindowMapBuffer(cursor).prefetch()
  const touch = (): Promise<number> =>
    inSteps(size, (offset) => sumOfPages(cursor.useRegion(offset, STEP).buffer()))
  return await watchingLoop(async () => {
    if (prefetched && !timesPrefetch) await prefetch()
    return await gigabytesPerSecond(size, async () => {
      if (timesPrefetch) await prefetch()
      return await touch()
    })
  })
}

async function readByHandle({ path, size }: Input): Promise<Sample> {
  await using file = await open(path)
  const buffer = Buffer.alloc(CHUNK)
  return await watchingLoop(() =>
    gigabytesPerSecond(Number(size), async () => {
      let sum = 0
      for (let offset = 0; offset < Number(size); offset += CHUNK) {
        await file.read(buffer, 0, CHUNK, offset)
        sum += sumOfPages(buffer)
      }
      return sum
    }),
  )
}

function readBySync({ path, size }: Input): Promise<Sample> {
  const fd = openSync(path, 'r')
  const buffer = Buffer.alloc(CHUNK)
  return watchingLoop(() =>
    gigabytesPerSecond(Number(size), () =>
      inSteps(Number(size), (begin) => {
        let sum = 0
        for (let offset = begin; offset < begin + STEP; offset += CHUNK) {
          readSync(fd, buffer, 0, CHUNK, offset)
          sum += sumOfPages(buffer)
        }
        return sum
      }),
    ),
  )
}

async function inSteps(size: number, touch: (offset: number) => number): Promise<number> {
  let sum = 0
  for (let offset = 0; offset < size; offset += STEP) {
    sum += touch(offset)
    await setImmediate()
  }
  return sum
}

function sumOfPages(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += PAGE) sum += bytes[at] as number
  return sum
}
