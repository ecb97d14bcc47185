/** @file A worker thread of row `words`: counts the words of ranges of a log. Knows its one manager. */
import { parentPort, workerData } from 'node:worker_threads'
import type { LongBuffer, SharedManager } from 'smmap'
import { importSmmap } from './package-under-test'

/** The task of a thread. */
export interface WordTask {
  readonly path: string
  readonly windowSize: number
  /** Of this thread's manager, where it has its own. */
  readonly limit: number
  /** What `share()` gave, where it has not. */
  readonly shared?: SharedManager
}

/** Longer ones are numbers, times and names of fields. */
const LONGEST = 12

/** How often each word is in the lines. */
export function countWords(lines: Iterable<string>, counts: Map<string, number> = new Map()): typeof counts {
  for (const line of lines) addWords(line, counts)
  return counts
}

/** Counts the words of a line. */
export function addWords(line: string, counts: Map<string, number>): void {
  for (const word of line.split(' ')) {
    if (word !== '' && word.length < LONGEST) counts.set(word, (counts.get(word) ?? 0) + 1)
  }
}

/** The row's answer: the same, whoever counted which part. */
export function sumOf(counts: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const [word, count] of counts) sum += word.length * count
  return sum
}

async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const { path, windowSize, limit, shared } = workerData as WordTask
  const { open, SlidingWindowMapManager } = await importSmmap()
  const manager =
    shared === undefined
      ? new SlidingWindowMapManager({ windowSize, maxMemorySize: limit })
      : SlidingWindowMapManager.from(shared)
  const text: LongBuffer = open(path, { manager })
  port.on('message', (range: { start: number; end: number }) => {
    port.postMessage(countWords(text.lines(range)), [])
  })
  port.postMessage('ready', [])
}

if (parentPort !== null) void main(parentPort)
