/** @file Row `random-mapped`: numbers at random places of a file whose windows are all mapped. What a hot index costs. */
import { openSync, readSync } from 'node:fs'
import { largeLog } from '../content'
import { atMostTimes } from '../goals'
import { nanosecondsPerStep } from '../measure'
import { mapped, mmapIo } from '../mmap-io'
import { drawPlaces, loadPlaces, PLACES } from '../places'
import type { Input, Row, Sample } from '../row'
import { importSmmap } from '../package-under-test'

const PAGE = 4096
const GIB = 2 ** 30
const WINDOWS = 64

const OURS = 'smmap, SlidingCursor'
const PYTHON = 'Python smmap 5, SlidingWindowMapBuffer'
const READ_SYNC = 'fs.readSync, 4 bytes'

export const randomMapped: Row = {
  id: 'random-mapped',
  work: `readUInt32LE at random, ${WINDOWS} windows, all mapped`,
  unit: 'ns per operation',
  setup: async (scale) => {
    const log = await largeLog(scale)
    const size = Math.min(log.size, 2 * GIB)
    const places = await drawPlaces(scale.folder, 'random-mapped', (random) => random(size / 4) * 4)
    return { path: log.path, size, window: size / WINDOWS, places }
  },
  ours: [{ name: OURS, run: readBySlidingCursor }],
  rivals: [
    { name: READ_SYNC, run: readByReadSync },
    { name: 'mmap-io, an array of Buffers', run: readByMmapIo, needs: 'mmap-io' },
    python(PYTHON, 'smmap'),
    python('Python mmap', 'mmap'),
    {
      name: 'Rust memmap2, one map',
      tool: 'limit',
      args: ({ path, places, size }) => ['at', path, `${places}`, `${size}`],
    },
  ],
  goals: [atMostTimes(1 / 20, OURS, READ_SYNC), atMostTimes(1 / 8, OURS, PYTHON)],
}

function python(name: string, way: string): Row['rivals'][number] {
  return {
    name,
    tool: 'python',
    args: ({ path, places, size, window }) => [
      'random_mapped.py',
      way,
      path,
      `${places}`,
      `${size}`,
      `${window}`,
    ],
  }
}

async function readBySlidingCursor(input: Input): Promise<Sample> {
  const { TilingMemmapManager } = await importSmmap()
  const [size, windowSize] = [Number(input.size), Number(input.window)]
  using manager = new TilingMemmapManager({ windowSize, maxMemorySize: 2 * size })
  using cursor = manager.makeCursor(input.path, { sliding: true, size })
  return await sumAtPlaces(input, (place) => cursor.readUInt32LE(place))
}

async function readByReadSync(input: Input): Promise<Sample> {
  const fd = openSync(input.path, 'r')
  const buffer = Buffer.alloc(4)
  return await sumAtPlaces(input, (place) => {
    readSync(fd, buffer, 0, 4, place)
    return buffer.readUInt32LE(0)
  })
}

async function readByMmapIo(input: Input): Promise<Sample> {
  const [rival, fd, window] = [mmapIo(), openSync(input.path, 'r'), Number(input.window)]
  const windows = Array.from({ length: WINDOWS }, (_, i) => mapped(rival, fd, i * window, window))
  return await sumAtPlaces(input, (place) =>
    (windows[Math.floor(place / window)] as Buffer).readUInt32LE(place % window),
  )
}

/** Every page is touched before the clock starts: what is measured is reading, not page faults. */
async function sumAtPlaces(input: Input, read: (place: number) => number): Promise<Sample> {
  const places = loadPlaces(input.places)
  for (let place = 0; place < Number(input.size); place += PAGE) read(place)
  return await nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += read(places[i % PLACES] as number)
    return sum
  })
}
