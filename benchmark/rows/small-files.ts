/**
 * @file Row `small-files`: the first bytes of thousands of files, each opened once. What a file costs that is
 * not worth a map.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { SlidingWindowMapManager, TilingMemmapManager } from 'smmap'
import { smallFiles } from '../content'
import { atMostTimes } from '../goals'
import { nanosecondsPerStep } from '../measure'
import { mapped, mmapIo } from '../mmap-io'
import type { Contender, Input, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

const FILE_SIZE = 16
/** The event loop has its turn this often, so that memory that views held can be let go. */
const FILES_A_TURN = 256

const OURS = 'smmap, SlidingCursor'
const READ_FILE = 'readFileSync'

export const smallFilesRow: Row = {
  id: 'small-files',
  work: 'read 10,000 files of 16 bytes',
  unit: 'ns per operation',
  setup: async ({ smoke, folder }) => {
    const count = smoke ? 1_000 : 10_000
    return { path: await smallFiles(folder, count, FILE_SIZE), count }
  },
  ours: [
    { name: OURS, run: readByCursor },
    { name: 'smmap, SlidingWindowMapBuffer', run: readThroughBuffer },
    { name: 'smmap, useRegion + buffer()', run: mapEach },
  ],
  rivals: [
    { name: 'openSync, readSync, closeSync', run: readEach },
    { name: READ_FILE, run: (input) => sumOfFiles(input, (path) => readFileSync(path)) },
    { name: 'open, FileHandle.read, close', run: readEachByHandle },
    { name: 'mmap-io', run: mapEachByMmapIo, needs: 'mmap-io' },
    python('Python smmap 5', 'smmap'),
    python('Python os.open, os.pread, os.close', 'pread'),
    {
      name: 'Rust open, pread, close',
      tool: 'limit',
      args: ({ path, count }) => ['files', path, `${count}`],
    },
  ],
  goals: [atMostTimes(1, OURS, READ_FILE)],
}

function python(name: string, way: string): Contender {
  return { name, tool: 'python', args: ({ path, count }) => ['small_files.py', way, path, `${count}`] }
}

async function readByCursor(input: Input): Promise<Sample> {
  const { TilingMemmapManager } = await importSmmap()
  return await sumByManagers(input, TilingMemmapManager, (manager, path) => {
    using cursor = manager.makeCursor(path, { sliding: true })
    return cursor.slice(0, FILE_SIZE)
  })
}

/** As in Python, making the buffer maps the window. */
async function readThroughBuffer(input: Input): Promise<Sample> {
  const { SlidingWindowMapBuffer, SlidingWindowMapManager } = await importSmmap()
  return await sumByManagers(input, SlidingWindowMapManager, (manager, path) => {
    using cursor = manager.makeCursor(path)
    return new SlidingWindowMapBuffer(cursor).slice(0, FILE_SIZE)
  })
}

async function mapEach(input: Input): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  return await sumByManagers(input, SlidingWindowMapManager, (manager, path) => {
    using cursor = manager.makeCursor(path)
    return cursor.useRegion().buffer()
  })
}

/** A manager for each pass, so that no file is found mapped by the pass before. */
async function sumByManagers<Manager extends SlidingWindowMapManager | TilingMemmapManager>(
  input: Input,
  Kind: new () => Manager,
  read: (manager: Manager, path: string) => Buffer,
): Promise<Sample> {
  let manager = new Kind()
  return await sumOfFiles(input, (path, isFirst) => {
    if (isFirst) {
      manager.close()
      manager = new Kind()
    }
    return read(manager, path)
  })
}

async function readEach(input: Input): Promise<Sample> {
  const buffer = Buffer.alloc(FILE_SIZE)
  return await sumOfFiles(input, (path) => {
    const fd = openSync(path, 'r')
    readSync(fd, buffer, 0, FILE_SIZE, 0)
    closeSync(fd)
    return buffer
  })
}

async function readEachByHandle(input: Input): Promise<Sample> {
  const buffer = Buffer.alloc(FILE_SIZE)
  return await sumOfFiles(input, async (path) => {
    await using file = await open(path)
    await file.read(buffer, 0, FILE_SIZE, 0)
    return buffer
  })
}

async function mapEachByMmapIo(input: Input): Promise<Sample> {
  const rival = mmapIo()
  return await sumOfFiles(input, (path) => {
    const fd = openSync(path, 'r')
    const buffer = mapped(rival, fd, 0, FILE_SIZE)
    closeSync(fd)
    return buffer
  })
}

async function sumOfFiles(
  { path: folder, count: files }: Input,
  read: (path: string, isFirst: boolean) => Buffer | Promise<Buffer>,
): Promise<Sample> {
  const paths = Array.from({ length: Number(files) }, (_, i) => join(folder, `${i}`))
  return await nanosecondsPerStep(async (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      if (i % FILES_A_TURN === 0) await setImmediate()
      const at = i % paths.length
      const read16 = read(paths[at] as string, at === 0)
      // Only what is a promise is awaited: a turn of the microtask queue is no part of a synchronous read.
      const bytes = Buffer.isBuffer(read16) ? read16 : await read16
      sum += (bytes[0] as number) + (bytes[FILE_SIZE - 1] as number)
    }
    return sum
  }, paths.length)
}
