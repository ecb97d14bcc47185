/** @file Row `words`: a log's words counted by one and by two worker threads, each on ranges of lines. */
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { logFile } from '../content'
import { atLeastTimes, mappedAtMost } from '../goals'
import { gigabytesPerSecond } from '../measure'
import { importSmmap } from '../package-under-test'
import type { Contender, Input, Row, Sample } from '../row'
import { addWords, sumOf, type WordTask } from '../word-thread'

const MIB = 2 ** 20
const WINDOW = 4 * MIB
const LIMIT = 64 * MIB
/** More than threads: who is done early takes another. */
const RANGES = 16

const READLINE = 'node:readline, one thread'

export const words: Row = {
  id: 'words',
  work: 'count the words of a log of 256 MiB by worker threads',
  unit: 'GB/s',
  setup: async ({ smoke, folder }) => {
    const size = (smoke ? 8 : 256) * MIB
    return { path: await logFile(folder, size), size }
  },
  ours: [1, 2].flatMap((count) => [contender('shared', count), contender('own', count)]),
  rivals: [{ name: READLINE, run: byReadline }],
  goals: [
    atLeastTimes(1, nameOf('shared', 1), READLINE),
    atLeastTimes(0.95, nameOf('shared', 2), nameOf('own', 2)),
    mappedAtMost(LIMIT + 2 * WINDOW, nameOf('shared', 2)),
  ],
}

function nameOf(way: 'shared' | 'own', count: number): string {
  const threads = count === 1 ? '1 thread' : `${count} threads`
  return way === 'shared' ? `smmap, one manager shared, ${threads}` : `smmap, a manager each, ${threads}`
}

function contender(way: 'shared' | 'own', count: number): Contender {
  return { name: nameOf(way, count), run: (input) => byThreads(input, way === 'shared', count) }
}

async function byThreads({ path, size }: Input, isShared: boolean, count: number): Promise<Sample> {
  const { open, SlidingWindowMapManager } = await importSmmap()
  const limit = isShared ? LIMIT : LIMIT / count
  using manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: limit })
  const task = { path, windowSize: WINDOW, limit }
  const tasks: WordTask[] = Array.from({ length: count }, () =>
    isShared ? { ...task, shared: manager.share() } : task,
  )
  const workers = tasks.map(
    (workerData) => new Worker(join(__dirname, '..', 'word-thread.js'), { workerData }),
  )
  await Promise.all(workers.map(answerOf))
  using text = open(path, { manager })
  const sample = await gigabytesPerSecond(Number(size), async () => {
    const ranges = await text.splitRanges(RANGES)
    const counts = await Promise.all(workers.map((worker) => countRanges(worker, ranges)))
    return sumOf(joined(counts.flat()))
  })
  const { mappedMemorySize, lingeringBytes } = manager.stats()
  await Promise.all(workers.map((worker) => worker.terminate()))
  return isShared ? { ...sample, mapped: mappedMemorySize + lingeringBytes } : sample
}

/** Has the worker count one range after the other, until none is left. */
async function countRanges(worker: Worker, ranges: object[]): Promise<Map<string, number>[]> {
  const counts: Map<string, number>[] = []
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const answer = answerOf(worker)
    worker.postMessage(range, [])
    counts.push((await answer) as Map<string, number>)
  }
  return counts
}

function answerOf(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
}

function joined(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>()
  for (const part of counts) for (const [word, count] of part) all.set(word, (all.get(word) ?? 0) + count)
  return all
}

function byReadline({ path, size }: Input): Promise<Sample> {
  return gigabytesPerSecond(Number(size), async () => {
    const counts = new Map<string, number>()
    const reader = createInterface({ input: createReadStream(path), crlfDelay: Infinity })
    // The events, not `for await`: the faster of the two, as a rival should be.
    await new Promise<void>((resolve) => {
      reader.on('line', (line) => addWords(line, counts)).on('close', resolve)
    })
    return sumOf(counts)
  })
}
