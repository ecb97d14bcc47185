/**
 * @file A worker thread of row `threads`: reads numbers at random for a while, when all of them are ready.
 * Knows its one way to read.
 */
import { openSync, readSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import type { TilingMemmapManager } from 'smmap'
import { importSmmap } from './package-under-test'
import { loadPlaces, PLACES } from './places'

/** The task of a thread. */
export interface Task {
  readonly way: 'shared' | 'own' | 'readSync'
  readonly path: string
  readonly places: string
  /** Bytes of the file that are read. */
  readonly size: number
  readonly windowSize: number
  /** Of this thread's manager, where it has its own. */
  readonly limit: number
  /** What `share()` gave, where it has not. */
  readonly shared?: unknown
  /** Which thread it is: each begins at another of the places. */
  readonly index: number
  /** Whether a byte of each page is read before the clock starts. */
  readonly touches: boolean
  /** Reads before the clock starts. */
  readonly warmUp: number
  readonly nanoseconds: number
  /** An Int32Array over shared memory: 1 in its first cell starts the clock. */
  readonly gate: Int32Array
}

/** What a thread found. */
export interface Found {
  readonly readsPerNanosecond: number
  /** The sum of the numbers at the first places, the same for every thread. */
  readonly answer: number
  /** Mapped and lingering bytes of the thread's manager when it was done; 0 without one. */
  readonly mapped: number
}

const PAGE = 4096
/** Between two looks at the clock. */
const READS_A_LOOK = 512

type Reading = { read: (place: number) => number; mapped: () => number }

async function main(): Promise<void> {
  const task = workerData as Task
  const places = loadPlaces(task.places)
  const { read, mapped } = await reading(task)
  for (let place = 0; task.touches && place < task.size; place += PAGE) read(place)
  const sumOf = (from: number, count: number): number => {
    let sum = 0
    for (let i = from; i < from + count; i++) sum += read(places[i % PLACES] as number)
    return sum
  }
  const answer = sumOf(0, task.warmUp)
  let done = (task.index + 1) * task.warmUp * 3
  sumOf(done, task.warmUp)
  parentPort?.postMessage('ready', [])
  Atomics.wait(task.gate, 0, 0)
  const [first, start] = [done, process.hrtime.bigint()]
  let elapsed = 0
  while (elapsed < task.nanoseconds) {
    sumOf(done, READS_A_LOOK)
    done += READS_A_LOOK
    elapsed = Number(process.hrtime.bigint() - start)
  }
  const found: Found = { readsPerNanosecond: (done - first) / elapsed, answer, mapped: mapped() }
  parentPort?.postMessage(found, [])
}

async function reading(task: Task): Promise<Reading> {
  if (task.way === 'readSync') {
    const [fd, buffer] = [openSync(task.path, 'r'), Buffer.alloc(4)]
    const read = (place: number): number => {
      readSync(fd, buffer, 0, 4, place)
      return buffer.readUInt32LE(0)
    }
    return { read, mapped: () => 0 }
  }
  const manager = await managerOf(task)
  const cursor = manager.makeCursor(task.path, { sliding: true, size: task.size })
  const mapped = (): number => manager.stats().mappedMemorySize + manager.stats().lingeringBytes
  return { read: (place) => cursor.readUInt32LE(place), mapped }
}

async function managerOf({ way, windowSize, limit, shared }: Task): Promise<TilingMemmapManager> {
  const { TilingMemmapManager: Manager } = await importSmmap()
  if (way === 'own') return new Manager({ windowSize, maxMemorySize: limit })
  // Packages that cannot share are told apart before a thread starts.
  return (Manager as unknown as { from(shared: unknown): TilingMemmapManager }).from(shared)
}

void main()
