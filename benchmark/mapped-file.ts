/**
 * @file What the rows that read a file in place share: its first 2 GiB, all of it mapped and touched, read at
 * random.
 */
import type { SlidingCursor } from 'smmap'
import { largeLog } from './content'
import { nanosecondsPerStep } from './measure'
import { importSmmap } from './package-under-test'
import { drawPlaces, loadPlaces, PLACES } from './places'
import type { Input, Sample, Scale } from './row'

const PAGE = 4096
const GIB = 2 ** 30
const SPAN = 64

/** The large log, `size` bytes of which are read, and `places` in them that are multiples of four. */
export async function mappedFile(scale: Scale): Promise<Input> {
  const log = await largeLog(scale)
  const size = Math.min(log.size, 2 * GIB)
  const places = await drawPlaces(scale.folder, 'mapped', (random) => random(size / 4 - SPAN) * 4)
  return { path: log.path, size, places }
}

/**
 * A limit that all of it fits into. Past the default one, so that the default window is what it is by
 * default.
 */
export function limitOf({ size }: Input): number {
  return Math.max(8 * GIB, 2 * Number(size))
}

/** A cursor over those bytes, every page of them touched. */
export async function touchedCursor(
  input: Input,
  windowSize: number,
  zeroCopy: 'auto' | 'never' = 'auto',
): Promise<SlidingCursor> {
  const { TilingMemmapManager } = await importSmmap()
  const manager = new TilingMemmapManager({ windowSize, maxMemorySize: limitOf(input), zeroCopy })
  const cursor = manager.makeCursor(input.path, { sliding: true, size: Number(input.size) })
  touch(input, (place) => cursor.at(place) as number)
  return cursor
}

/** The rival with no limit to keep: the same maps as Buffers, one a window; in Buffers of at most 1 GiB. */
export async function arrayOfBuffers(
  input: Input,
  windowSize: number,
): Promise<{ buffers: readonly Buffer[]; window: number }> {
  const { MapRegion } = await importSmmap()
  const size = Number(input.size)
  const window = Math.min(windowSize < 0 ? GIB : windowSize, size)
  const buffers = Array.from({ length: size / window }, (_, i) =>
    new MapRegion(input.path, i * window, window).map(),
  )
  touch(input, (place) => (buffers[Math.floor(place / window)] as Buffer)[place % window] as number)
  return { buffers, window }
}

/** A byte of each page is read before the clock starts: what is measured is reading, not page faults. */
export function touch({ size }: Input, read: (place: number) => number): void {
  for (let place = 0; place < Number(size); place += PAGE) read(place)
}

/** Times `read` at one place after another, summed. */
export async function sumAtPlaces(input: Input, read: (place: number) => number): Promise<Sample> {
  const places = loadPlaces(input.places)
  return await nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += read(places[i % PLACES] as number)
    return sum
  })
}
