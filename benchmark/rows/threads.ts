/**
 * @file Row `threads`: worker threads that read at random in one file, by one manager they share. What
 * sharing costs.
 */
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { largeLog } from '../content'
import { mappedAtMost, ratioOf, asTimes } from '../goals'
import { MIN_NANOSECONDS, peakRss } from '../measure'
import { importSmmap } from '../package-under-test'
import { drawPlaces } from '../places'
import type { Found, Task } from '../reading-thread'
import { type Contender, type Goal, type Input, MissingError, type Row, type Sample } from '../row'

const MIB = 2 ** 20
const THREADS = [1, 2, 4]
const WINDOW = 4 * MIB
/** Of the bytes read, the share that fits the limit of all threads together. */
const WITHIN = { hot: 4, missing: 1 / 4 }

type Reach = keyof typeof WITHIN
type Way = Task['way']

const WAYS: Record<Way, string> = {
  shared: 'smmap, one manager shared',
  own: 'smmap, a manager each',
  readSync: 'fs.readSync, 4 bytes',
}

export const threads: Row = {
  id: 'threads',
  work: 'readUInt32LE at random by 1, 2 and 4 worker threads',
  unit: 'ns per operation',
  setup: async (scale) => {
    const log = await largeLog(scale)
    const size = Math.min(log.size, 1024 * MIB)
    const places = await drawPlaces(scale.folder, 'threads', (random) => random(size / 4) * 4)
    return { path: log.path, size, places, steps: scale.smoke ? 2_000 : 50_000 }
  },
  ours: [...contenders('shared'), ...contenders('own')],
  rivals: contenders('readSync'),
  goals: [
    ...(['hot', 'missing'] as const).flatMap((reach) => [
      gainAtLeast(0.9, 'own', reach),
      gainAtLeast(1, 'readSync', reach),
    ]),
    ...THREADS.map((count) => mappedAtMost(256 * MIB + count * WINDOW, named('shared', 'missing', count))),
  ],
}

function named(way: Way, reach: Reach, count: number): string {
  const where = reach === 'hot' ? 'hot' : '4 × the limit'
  return `${WAYS[way]}, ${where}, ${count === 1 ? '1 thread' : `${count} threads`}`
}

function contenders(way: Way): Contender[] {
  return (['hot', 'missing'] as const).flatMap((reach) =>
    THREADS.map((count) => ({
      name: named(way, reach, count),
      run: (input: Input) => readByThreads(input, way, reach, count),
    })),
  )
}

/** What a second thread gains with a shared manager, beside what it gains `otherwise`. */
function gainAtLeast(limit: number, otherwise: Way, reach: Reach): Goal {
  return {
    text: `gain by a second thread, ${reach}: shared ≥ ${asTimes(limit)} ${WAYS[otherwise]}`,
    judge: (medians) => {
      const [mine, theirs] = (['shared', otherwise] as const).map((way) =>
        ratioOf(medians, named(way, reach, 1), named(way, reach, 2)),
      )
      if (mine === undefined || theirs === undefined) return undefined
      const figure = `${mine.toFixed(2)} and ${theirs.toFixed(2)}: ${asTimes(mine / theirs)}`
      return { figure, reached: mine >= limit * theirs }
    },
  }
}

async function readByThreads(input: Input, way: Way, reach: Reach, count: number): Promise<Sample> {
  const limit = Number(input.size) * WITHIN[reach]
  const shared = way === 'shared' ? await sharedManager(limit) : undefined
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const running = Array.from({ length: count }, (_, index) =>
    startThread({
      way,
      path: input.path,
      places: String(input['places']),
      size: Number(input.size),
      windowSize: WINDOW,
      limit: limit / count,
      shared,
      index,
      touches: reach === 'hot',
      warmUp: Number(input['steps']),
      nanoseconds: MIN_NANOSECONDS,
      gate,
    }),
  )
  await Promise.all(running.map(({ ready }) => ready))
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  const found = await Promise.all(running.map(({ end }) => end))
  const reads = found.reduce((sum, { readsPerNanosecond }) => sum + readsPerNanosecond, 0)
  const mapped = found.map((thread) => thread.mapped)
  return {
    value: 1 / reads,
    answer: (found[0] as Found).answer,
    peakRss: peakRss(),
    mapped: way === 'shared' ? Math.max(...mapped) : mapped.reduce((sum, bytes) => sum + bytes, 0),
  }
}

/** @throws {MissingError} when the package under test has no managers that can be shared */
async function sharedManager(limit: number): Promise<unknown> {
  const { TilingMemmapManager } = await importSmmap()
  const manager: object = new TilingMemmapManager({ windowSize: WINDOW, maxMemorySize: limit })
  if (!('share' in manager)) throw new MissingError('managers cannot be shared yet')
  return (manager as { share(): unknown }).share()
}

function startThread(task: Task): { ready: Promise<unknown>; end: Promise<Found> } {
  const worker = new Worker(join(__dirname, '..', 'reading-thread.js'), { workerData: task })
  const message = (): Promise<unknown> =>
    new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
  const ready = message()
  return { ready, end: ready.then(message) as Promise<Found> }
}
