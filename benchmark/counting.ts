/** @file Ways to count a file's newlines: the contenders of the rows that scan. */
import { closeSync, createReadStream, openSync, readSync as readBytes } from 'node:fs'
import { open } from 'node:fs/promises'
import { gigabytesPerSecond } from './measure'
import { mapped, mmapIo } from './mmap-io'
import type { Contender, Input, Sample } from './row'
import { importSmmap } from './package-under-test'

const MIB = 2 ** 20
const WINDOW = 64 * MIB
const NEWLINE = 10

/** The memory limit of {@link countLines}, {@link scan} and {@link python}, in bytes. */
export const LIMIT: number = 256 * MIB

/** The newlines, and nothing else, as all rivals count them. Without `threads`: as the package comes. */
export function countLines(name: string, threads?: number): Contender {
  return {
    name,
    run: async ({ path, size }) => {
      const { SlidingWindowMapBuffer, SlidingWindowMapManager } = await importSmmap()
      using manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: LIMIT })
      const log = new SlidingWindowMapBuffer(manager.makeCursor(path))
      return await gigabytesPerSecond(Number(size), () => log.countLines({ threads }))
    },
  }
}

/** Also measures the longest line, as the command line does. */
export function scan(name: string): Contender {
  return {
    name,
    run: async ({ path, size }) => {
      const { SlidingWindowMapManager, scan: scanLines } = await importSmmap()
      using manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: LIMIT })
      return await gigabytesPerSecond(Number(size), async () => (await scanLines(manager, path)).lines)
    },
  }
}

export function stream(name: string, highWaterMark?: number): Contender {
  const options = highWaterMark === undefined ? {} : { highWaterMark }
  const count = async (path: string): Promise<number> => {
    let lines = 0
    const chunks = createReadStream(path, options)
    // The events, not `for await`: the faster of the two, as a rival should be.
    await new Promise<void>((resolve, reject) => {
      chunks.on('data', (chunk: string | Buffer) => (lines += newlinesIn(chunk as Buffer)))
      chunks.on('end', resolve).on('error', reject)
    })
    return lines
  }
  return { name, run: ({ path, size }) => gigabytesPerSecond(Number(size), () => count(path)) }
}

export function readSync(name: string, bytes: number): Contender {
  const count = (path: string): number => {
    const fd = openSync(path, 'r')
    const buffer = Buffer.alloc(bytes)
    let lines = 0
    for (let read; (read = readBytes(fd, buffer, 0, bytes, null)) > 0;) {
      lines += newlinesIn(buffer.subarray(0, read))
    }
    closeSync(fd)
    return lines
  }
  return { name, run: ({ path, size }) => gigabytesPerSecond(Number(size), () => count(path)) }
}

export function fileHandle(name: string, bytes: number): Contender {
  const count = async (path: string): Promise<number> => {
    await using file = await open(path)
    const buffer = Buffer.alloc(bytes)
    let lines = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, bytes)
      if (bytesRead === 0) return lines
      lines += newlinesIn(buffer.subarray(0, bytesRead))
    }
  }
  return { name, run: ({ path, size }) => gigabytesPerSecond(Number(size), () => count(path)) }
}

/** Of files up to 2 GiB, which is as far as its offsets go. */
export function mmapIoWindows(name: string): Contender {
  return { name, needs: 'mmap-io', run: countByMmapIo }
}

function countByMmapIo({ path, size: bytes }: Input): Promise<Sample> {
  const [rival, size] = [mmapIo(), Number(bytes)]
  return gigabytesPerSecond(size, () => {
    const fd = openSync(path, 'r')
    let lines = 0
    for (let offset = 0; offset < size; offset += WINDOW) {
      lines += newlinesIn(mapped(rival, fd, offset, Math.min(WINDOW, size - offset)))
    }
    closeSync(fd)
    return lines
  })
}

export function python(name: string): Contender {
  return { name, tool: 'python', args: ({ path }) => ['scan.py', path, `${WINDOW}`, `${LIMIT}`] }
}

export function rustMmap(name: string, threads: number = 1): Contender {
  return { name, tool: 'limit', args: ({ path }) => ['count-mmap', path, `${threads}`] }
}

export function rustPread(name: string): Contender {
  return { name, tool: 'limit', args: ({ path }) => ['count-pread', path] }
}

/**
 * `indexOf` from newline to newline: five times as fast as a loop over the bytes, on lines as long as a
 * log's.
 */
function newlinesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines++
  return lines
}
