/** @file Row `search`: a needle at the end of a large file, looked for while the event loop goes on. */
import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import { largeLog } from '../content'
import { atLeastTimes, loopDelayAtMost } from '../goals'
import { gigabytesPerSecond, watchingLoop } from '../measure'
import type { Input, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

const MIB = 2 ** 20
const NEEDLE = 48

const OURS = 'smmap find'
const MEMMEM = 'Rust memmem over mmap'

export const search: Row = {
  id: 'search',
  work: 'find a text at the end of a large log, off the main thread',
  unit: 'GB/s',
  setup: async (scale) => {
    const { path, size } = await largeLog(scale)
    return { path, size, needle: await lastLine(path, size) }
  },
  ours: [
    { name: OURS, run: (input) => findAtEnd(input, 1) },
    { name: `${OURS}, a thread a core`, run: (input) => findAtEnd(input, availableParallelism()) },
  ],
  rivals: [
    { name: 'grep -F', run: grep },
    { name: MEMMEM, tool: 'limit', args: ({ path, needle }) => ['memmem', path, `${needle}`] },
  ],
  goals: [atLeastTimes(0.9, OURS, MEMMEM), loopDelayAtMost(5, OURS)],
}

/** How the last line begins. Its number is no other line's. */
async function lastLine(path: string, size: number): Promise<string> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(MIB), 0, MIB, size - MIB)
  const at = buffer.lastIndexOf('{"id":')
  if (at === -1) throw new Error(`${path} has no line in its last MiB`)
  return buffer.toString('latin1', at, at + NEEDLE)
}

async function findAtEnd({ path, size, needle }: Input, threads: number): Promise<Sample> {
  const { SlidingWindowMapBuffer, SlidingWindowMapManager } = await importSmmap()
  using manager = new SlidingWindowMapManager()
  const log = new SlidingWindowMapBuffer(manager.makeCursor(path))
  return await watchingLoop(() =>
    gigabytesPerSecond(Number(size), () => log.find(String(needle), { threads })),
  )
}

function grep({ path, size, needle }: Input): Promise<Sample> {
  return gigabytesPerSecond(Number(size), async () => {
    const { stdout } = await promisify(execFile)('grep', ['-abo', '-m1', '-F', '--', String(needle), path])
    return Number.parseInt(stdout, 10)
  })
}
