/** @file Row `scan`: the newlines of a file larger than the memory allowed for it. The package's main job. */
import { closeSync, createReadStream, openSync, readSync } from 'node:fs'
import { logFile } from '../content'
import { atLeastTimes, peakRssAtMost } from '../goals'
import { gigabytesPerSecond } from '../measure'
import type { Contender, Input, Row, Sample } from '../row'

const MIB = 2 ** 20
const LIMIT = 256 * MIB
const WINDOW = 64 * MIB
const NEWLINE = 10

const OURS = 'smmap scan, limit 256 MiB'
const STREAM = 'createReadStream'
const MMAP = 'Rust memchr over mmap'
const PREAD = 'Rust memchr over pread'

export const scan: Row = {
  id: 'scan',
  work: 'count the newlines of a large log',
  unit: 'GB/s',
  setup: async ({ smoke, folder }) => {
    const size = (smoke ? 256 : 4096) * MIB
    return { path: await logFile(folder, size), size }
  },
  ours: [{ name: OURS, run: scanInWindows }],
  rivals: [
    { name: STREAM, run: (input) => readAsStream(input) },
    { name: 'createReadStream, 1 MiB chunks', run: (input) => readAsStream(input, MIB) },
    readSyncBy('fs.readSync, 64 KiB', MIB / 16),
    readSyncBy('fs.readSync, 1 MiB', MIB),
    {
      name: 'Python smmap 5',
      tool: 'python',
      args: ({ path }) => ['scan.py', path, `${WINDOW}`, `${LIMIT}`],
    },
    { name: MMAP, tool: 'limit', args: ({ path }) => ['mmap', path] },
    { name: PREAD, tool: 'limit', args: ({ path }) => ['pread', path] },
  ],
  goals: [
    atLeastTimes(0.9, OURS, MMAP, PREAD),
    atLeastTimes(10, OURS, STREAM),
    peakRssAtMost(LIMIT + 64 * MIB, OURS),
  ],
}

async function scanInWindows({ path, size }: Input): Promise<Sample> {
  const { SlidingWindowMapManager, scan: scanLines } = await import('smmap')
  using manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: LIMIT })
  return await gigabytesPerSecond(Number(size), async () => (await scanLines(manager, path)).lines)
}

function readAsStream({ path, size }: Input, highWaterMark?: number): Promise<Sample> {
  return gigabytesPerSecond(Number(size), async () => {
    let lines = 0
    const stream = createReadStream(path, highWaterMark === undefined ? {} : { highWaterMark })
    // The events, not `for await`: the faster of the two, as a rival should be.
    await new Promise<void>((resolve, reject) => {
      stream.on('data', (chunk: string | Buffer) => (lines += newlinesIn(chunk as Buffer)))
      stream.on('end', resolve).on('error', reject)
    })
    return lines
  })
}

function readSyncBy(name: string, bytes: number): Contender {
  return { name, run: ({ path, size }) => gigabytesPerSecond(Number(size), () => readAndCount(path, bytes)) }
}

function readAndCount(path: string, bytes: number): number {
  const fd = openSync(path, 'r')
  const buffer = Buffer.alloc(bytes)
  let lines = 0
  for (let read; (read = readSync(fd, buffer, 0, bytes, null)) > 0;) {
    lines += newlinesIn(buffer.subarray(0, read))
  }
  closeSync(fd)
  return lines
}

/** `indexOf` from newline to newline: five times as fast as a loop over the bytes, on lines as long as a log's. */
function newlinesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++
  return lines
}
