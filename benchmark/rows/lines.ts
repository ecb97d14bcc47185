/** @file Row `lines`: every line of a log, as a string, as where it is, and as a Buffer. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import type { SlidingWindowMapBuffer } from 'smmap'
import { logFile } from '../content'
import { atLeastTimes } from '../goals'
import { gigabytesPerSecond } from '../measure'
import type { Contender, Input, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

const MIB = 2 ** 20

const STRINGS = 'smmap lines'
const RANGES = 'smmap lines, as ranges'
const READLINE = 'node:readline'

type Lines = (buffer: SlidingWindowMapBuffer) => number

export const lines: Row = {
  id: 'lines',
  work: 'go over the lines of a log of 256 MiB',
  unit: 'GB/s',
  setup: async ({ smoke, folder }) => {
    const size = (smoke ? 64 : 256) * MIB
    return { path: await logFile(folder, size), size }
  },
  ours: [
    // What is summed up is the work's answer; it also takes each line in hand.
    contender(STRINGS, 'characters', (buffer) => {
      let sum = 0
      for (const line of buffer.lines()) sum += line.length
      return sum
    }),
    contender(RANGES, 'bytes', (buffer) => {
      let sum = 0
      for (const { start, end } of buffer.lines({ asRanges: true })) sum += end - start
      return sum
    }),
    contender('smmap lines, as Buffers', 'bytes', (buffer) => {
      let sum = 0
      for (const line of buffer.lines({ encoding: null })) sum += line.length
      return sum
    }),
  ],
  rivals: [
    { name: READLINE, task: 'characters', run: byReadline },
    { name: 'createReadStream, split', task: 'characters', run: bySplit },
  ],
  goals: [atLeastTimes(4, STRINGS, READLINE), atLeastTimes(12, RANGES, READLINE)],
}

function contender(name: string, task: string, work: Lines): Contender {
  return {
    name,
    task,
    run: async ({ path, size }) => {
      const { SlidingWindowMapBuffer, SlidingWindowMapManager } = await importSmmap()
      using manager = new SlidingWindowMapManager({ windowSize: 64 * MIB })
      using cursor = manager.makeCursor(path)
      return await gigabytesPerSecond(Number(size), () => work(new SlidingWindowMapBuffer(cursor)))
    },
  }
}

function byReadline({ path, size }: Input): Promise<Sample> {
  return gigabytesPerSecond(Number(size), async () => {
    let sum = 0
    const reader = createInterface({ input: createReadStream(path), crlfDelay: Infinity })
    // The events, not `for await`: the faster of the two, as a rival should be.
    await new Promise<void>((resolve) => {
      reader.on('line', (line) => (sum += line.length)).on('close', resolve)
    })
    return sum
  })
}

function bySplit({ path, size }: Input): Promise<Sample> {
  return gigabytesPerSecond(Number(size), async () => {
    let sum = 0
    let rest = ''
    await new Promise<void>((resolve, reject) => {
      createReadStream(path, 'utf8')
        .on('data', (chunk) => {
          const parts = (rest + (chunk as string)).split('\n')
          rest = parts.pop() ?? ''
          for (const line of parts) sum += line.length
        })
        .on('end', resolve)
        .on('error', reject)
    })
    return sum + rest.length
  })
}
