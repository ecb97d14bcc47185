/**
 * @file The input and the contenders of the rows that read 64 bytes here and there in a file larger than the
 * memory limit.
 */
import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { SlidingCursor } from 'smmap'
import { largeLog } from './content'
import { nanosecondsPerStep } from './measure'
import { drawPlaces, loadPlaces, PLACES, type Random } from './places'
import type { Contender, Input, Sample, Scale } from './row'
import { atEachSize } from './window-sizes'
import { importSmmap } from './package-under-test'

export const SPAN = 64

/**
 * Of the file. The rivals' windows, and those of the contender that maps always, fit the limit sixteen times.
 */
const TIMES_THE_LIMIT = 16
const WINDOWS_WITHIN = 16

/**
 * The file, the places drawn in it, and how many of them warm up: few, as the slowest take hundreds of times
 * the fastest.
 */
export async function loneReads(
  scale: Scale,
  row: string,
  draw: (size: number, random: Random) => number,
): Promise<Input> {
  const { path, size } = await largeLog(scale)
  const places = await drawPlaces(scale.folder, row, (random) => draw(size, random))
  return { path, size, places, steps: scale.smoke ? 2_000 : 20_000 }
}

export const SLICE = 'smmap, slice'
export const COPY = 'smmap, copy'
export const INTO_NEW = 'fs.readSync into a new buffer'
export const INTO_ONE = 'fs.readSync into one buffer'

export const ours: readonly Contender[] = [
  ...atEachSize(SLICE, readSlices),
  ...atEachSize(COPY, readCopies),
  { name: 'smmap, useRegion + buffer()', run: readRegions },
]

export const rivals: readonly Contender[] = [
  { name: INTO_NEW, run: (input) => readBySync(input, () => Buffer.allocUnsafe(SPAN)) },
  {
    name: INTO_ONE,
    run: (input) => {
      const buffer = Buffer.alloc(SPAN)
      return readBySync(input, () => buffer)
    },
  },
  { name: 'FileHandle.read into one buffer', run: readByHandle },
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

async function readSlices(input: Input, windowSize: number): Promise<Sample> {
  using cursor = await cursorWithin(input, windowSize)
  return await sumOfEnds(input, (place) => cursor.slice(place, place + SPAN))
}

async function readCopies(input: Input, windowSize: number): Promise<Sample> {
  using cursor = await cursorWithin(input, windowSize)
  const buffer = Buffer.alloc(SPAN)
  return await sumOfEnds(input, (place) => {
    cursor.copy(buffer, 0, place, place + SPAN)
    return buffer
  })
}

async function cursorWithin(input: Input, windowSize: number): Promise<SlidingCursor> {
  const { TilingMemmapManager } = await importSmmap()
  const manager = new TilingMemmapManager({ windowSize, maxMemorySize: limits(input).limit })
  return manager.makeCursor(input.path, { sliding: true })
}

/** Always by a map; the copy is what `slice` makes, too. */
async function readRegions(input: Input): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  const { limit: maxMemorySize, window } = limits(input)
  using manager = new SlidingWindowMapManager({ windowSize: window, maxMemorySize })
  using cursor = manager.makeCursor(input.path)
  return await sumOfEnds(input, (place) => Buffer.from(cursor.useRegion(place, SPAN).buffer()))
}

async function readBySync(input: Input, bufferFor: () => Buffer): Promise<Sample> {
  const fd = openSync(input.path, 'r')
  const sample = await sumOfEnds(input, (place) => {
    const buffer = bufferFor()
    readSync(fd, buffer, 0, SPAN, place)
    return buffer
  })
  closeSync(fd)
  return sample
}

async function readByHandle({ path, places: drawn, steps }: Input): Promise<Sample> {
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
