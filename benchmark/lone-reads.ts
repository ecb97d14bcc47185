/** @file The input and the contenders of the rows that read 64 bytes here and there in a file larger than the memory limit. */
import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { largeLog } from './content'
import { nanosecondsPerStep } from './measure'
import { drawPlaces, loadPlaces, PLACES, type Random } from './places'
import type { Contender, Input, Sample, Scale } from './row'
import { importSmmap } from './package-under-test'

export const SPAN = 64

/** Of the file, so that sixteen windows fit the limit. */
const TIMES_THE_LIMIT = 16
const WINDOWS_WITHIN = 16

/** The file, the places drawn in it, and how many of them warm up: few, as the slowest take hundreds of times the fastest. */
export async function loneReads(
  scale: Scale,
  row: string,
  draw: (size: number, random: Random) => number,
): Promise<Input> {
  const { path, size } = await largeLog(scale)
  const places = await drawPlaces(scale.folder, row, (random) => draw(size, random))
  return { path, size, places, steps: scale.smoke ? 2_000 : 20_000 }
}

export const OURS = 'smmap, slice'
export const MAPPING = 'smmap, useRegion + buffer()'
export const READ_SYNC = 'fs.readSync, 64 bytes'

export const ours: readonly Contender[] = [
  { name: OURS, run: bySlices },
  { name: MAPPING, run: byRegions },
]

export const rivals: readonly Contender[] = [
  { name: READ_SYNC, run: byReadSync },
  { name: 'FileHandle.read, 64 bytes', run: byFileHandle },
  {
    name: 'Python smmap 5, SlidingWindowMapBuffer',
    tool: 'python',
    args: (input) => {
      const { limit, window } = limits(input)
      return [
        'lone_reads.py',
        'smmap',
        input.path,
        `${input.places}`,
        `${input.steps}`,
        `${window}`,
        `${limit}`,
      ]
    },
  },
  {
    name: 'Python os.pread',
    tool: 'python',
    args: ({ path, places, steps }) => ['lone_reads.py', 'pread', path, `${places}`, `${steps}`],
  },
  rust('Rust pread', 'lone-pread'),
  rust('Rust memmap2, a map each', 'lone-mmap'),
]

function rust(name: string, way: string): Contender {
  return { name, tool: 'limit', args: ({ path, places, steps }) => [way, path, `${places}`, `${steps}`] }
}

function limits({ size }: Input): { limit: number; window: number } {
  const bytes = Number(size) / TIMES_THE_LIMIT
  return { limit: bytes, window: bytes / WINDOWS_WITHIN }
}

async function bySlices(input: Input): Promise<Sample> {
  const { SlidingWindowMapBuffer, SlidingWindowMapManager } = await importSmmap()
  const { limit: maxMemorySize, window } = limits(input)
  using manager = new SlidingWindowMapManager({ windowSize: window, maxMemorySize })
  using cursor = manager.makeCursor(input.path)
  const file = new SlidingWindowMapBuffer(cursor)
  return await sumOfEnds(input, (place) => file.slice(place, place + SPAN))
}

/** Always by a map; the copy is what `slice` makes, too. */
async function byRegions(input: Input): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  const { limit: maxMemorySize, window } = limits(input)
  using manager = new SlidingWindowMapManager({ windowSize: window, maxMemorySize })
  using cursor = manager.makeCursor(input.path)
  return await sumOfEnds(input, (place) => Buffer.from(cursor.useRegion(place, SPAN).buffer()))
}

async function byReadSync(input: Input): Promise<Sample> {
  const fd = openSync(input.path, 'r')
  const buffer = Buffer.alloc(SPAN)
  const sample = await sumOfEnds(input, (place) => {
    readSync(fd, buffer, 0, SPAN, place)
    return buffer
  })
  closeSync(fd)
  return sample
}

async function byFileHandle({ path, places: drawn, steps }: Input): Promise<Sample> {
  const places = loadPlaces(drawn)
  await using file = await open(path)
  const buffer = Buffer.alloc(SPAN)
  return await nanosecondsPerStep(async (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      await file.read(buffer, 0, SPAN, places[i % PLACES] as number)
      sum += endsOf(buffer)
    }
    return sum
  }, Number(steps))
}

async function sumOfEnds({ places: drawn, steps }: Input, read: (place: number) => Buffer): Promise<Sample> {
  const places = loadPlaces(drawn)
  return await nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += endsOf(read(places[i % PLACES] as number))
    return sum
  }, Number(steps))
}

/** Its first and its last byte, so that a copy that is short or lies elsewhere shows. */
function endsOf(bytes: Buffer): number {
  return (bytes[0] as number) + (bytes[SPAN - 1] as number)
}
