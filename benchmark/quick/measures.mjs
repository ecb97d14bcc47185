/**
 * @file What quick.mjs measures, by name: each makes ready what it reads and returns one step of it. Knows a
 * built checkout by the module it is given, and nothing of clocks.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { FILE_SIZE, largeFile, SMALL_FILE_SIZE, SMALL_FILES, smallFiles } from './files.mjs'

const PAGE = 4096
const SPAN = 64
const STREAMS = 4
const PLACES = 2 ** 20
const places = drawPlaces()

/** @param {number} i */
const placeOf = (i) => places[i & (PLACES - 1)]

/**
 * @typedef {{ smmap: any, windowSize: number }} Given −1 is the default window
 * @typedef {(given: Given) => (i: number) => number} Measure
 * @type {Record<string, Measure>}
 */
export const measures = {
  readUInt32LE: (given) => {
    const cursor = mappedCursor(given)
    return (i) => cursor.readUInt32LE(placeOf(i))
  },
  at: (given) => {
    const cursor = mappedCursor(given)
    return (i) => cursor.at(placeOf(i))
  },
  'Buffers readUInt32LE': (given) => {
    const { buffers, size } = arrayOfBuffers(given)
    return (i) => buffers[Math.floor(placeOf(i) / size)].readUInt32LE(placeOf(i) % size)
  },
  'Buffers [i]': (given) => {
    const { buffers, size } = arrayOfBuffers(given)
    return (i) => buffers[Math.floor(placeOf(i) / size)][placeOf(i) % size]
  },
  'one place': (given) => {
    const cursor = mappedCursor(given)
    return (i) => cursor.readUInt32LE((i * 4) % FILE_SIZE)
  },
  'four places': (given) => {
    const cursor = mappedCursor(given)
    const apart = FILE_SIZE / STREAMS
    return (i) => cursor.readUInt32LE((i % STREAMS) * apart + ((Math.floor(i / STREAMS) * 4) % apart))
  },
  useRegion: ({ smmap, windowSize }) => {
    const limit = windowSize < 0 ? 0 : 2 * FILE_SIZE
    const manager = new smmap.SlidingWindowMapManager({ windowSize, maxMemorySize: limit })
    const cursor = manager.makeCursor(largeFile())
    touch((place) => cursor.useRegion(place, SPAN).buffer()[0])
    return (i) => cursor.useRegion(placeOf(i), SPAN).buffer()[0]
  },
  'Buffers subarray': (given) => {
    const { buffers, size } = arrayOfBuffers(given)
    return (i) => {
      const within = placeOf(i) % size
      return buffers[Math.floor(placeOf(i) / size)].subarray(within, within + SPAN)[0]
    }
  },
  'readUInt32LE, copied': ({ smmap, windowSize }) => {
    const cursor = slidingCursor(allMapped(smmap, windowSize, 'never'))
    touch((place) => cursor.readUInt32LE(place))
    return (i) => cursor.readUInt32LE(placeOf(i))
  },
  'readSync 4 bytes': () => {
    const [fd, buffer] = [openSync(largeFile(), 'r'), Buffer.alloc(4)]
    return (i) => readSync(fd, buffer, 0, 4, placeOf(i)) && buffer.readUInt32LE(0)
  },
  hit: ({ smmap }) => {
    const cursor = new smmap.SlidingWindowMapManager({ windowSize: 2 ** 24 }).makeCursor(largeFile())
    return (i) => cursor.useRegion((i % 2 ** 14) * SPAN, SPAN).buffer()[0]
  },
  'subarray of one': ({ smmap }) => {
    const buffer = new smmap.MapRegion(largeFile(), 0, 2 ** 24).map()
    return (i) => buffer.subarray((i % 2 ** 14) * SPAN, (i % 2 ** 14) * SPAN + SPAN)[0]
  },
  'switch 16': ({ smmap }) => goRound(smmap, 16),
  'switch 1000': ({ smmap }) => goRound(smmap, 1000),
  slice: ({ smmap }) => {
    const cursor = slidingCursor(sixteenth(smmap))
    return (i) => cursor.slice(placeOf(i), placeOf(i) + SPAN)[SPAN - 1]
  },
  copy: ({ smmap }) => {
    const [cursor, target] = [slidingCursor(sixteenth(smmap)), Buffer.alloc(SPAN)]
    return (i) => cursor.copy(target, 0, placeOf(i), placeOf(i) + SPAN) && target[SPAN - 1]
  },
  'readSync into one': () => {
    const [fd, buffer] = [openSync(largeFile(), 'r'), Buffer.alloc(SPAN)]
    return (i) => readSync(fd, buffer, 0, SPAN, placeOf(i)) && buffer[SPAN - 1]
  },
  'readSync into new': () => {
    const fd = openSync(largeFile(), 'r')
    return (i) => {
      const buffer = Buffer.allocUnsafe(SPAN)
      return readSync(fd, buffer, 0, SPAN, placeOf(i)) && buffer[SPAN - 1]
    }
  },
  'open, slice, close': ({ smmap }) => {
    const [manager, path] = [new smmap.TilingMemmapManager(), smallFile()]
    return (i) => {
      const cursor = manager.makeCursor(path(i), { sliding: true })
      const bytes = cursor.slice(0, SMALL_FILE_SIZE)
      cursor.close()
      return bytes[0]
    }
  },
  readFileSync: () => {
    const path = smallFile()
    return (i) => readFileSync(path(i))[0]
  },
  'openSync, readSync, closeSync': () => {
    const [path, buffer] = [smallFile(), Buffer.alloc(SMALL_FILE_SIZE)]
    return (i) => {
      const fd = openSync(path(i), 'r')
      readSync(fd, buffer, 0, SMALL_FILE_SIZE, 0)
      closeSync(fd)
      return buffer[0]
    }
  },
}

/** @param {Given} given */
function mappedCursor({ smmap, windowSize }) {
  const cursor = slidingCursor(allMapped(smmap, windowSize))
  touch((place) => cursor.readUInt32LE(place))
  return cursor
}

/** A limit that the whole file fits into twice: reads at random find all of it mapped. */
function allMapped(smmap, windowSize, zeroCopy = 'auto') {
  return new smmap.TilingMemmapManager({
    windowSize,
    maxMemorySize: windowSize < 0 ? 0 : 2 * FILE_SIZE,
    zeroCopy,
  })
}

/** A limit that a sixteenth of the file fits into, as sixteen windows. */
function sixteenth(smmap) {
  const maxMemorySize = FILE_SIZE / 16
  return new smmap.TilingMemmapManager({ windowSize: maxMemorySize / 16, maxMemorySize })
}

function slidingCursor(manager) {
  return manager.makeCursor(largeFile(), { sliding: true })
}

/** The file as Buffers of a window each, with no limit to keep: what a program would write for itself. */
function arrayOfBuffers({ smmap, windowSize }) {
  const [path, size] = [largeFile(), windowSize < 0 ? FILE_SIZE : windowSize]
  const regions = Array.from(
    { length: FILE_SIZE / size },
    (_, i) => new smmap.MapRegion(path, i * size, size),
  )
  const buffers = regions.map((region) => region.map())
  touch((place) => buffers[Math.floor(place / size)][place % size])
  return { buffers, size }
}

/** Reads a byte of each page, so that no page fault is measured. */
function touch(read) {
  for (let place = 0; place < FILE_SIZE; place += PAGE) read(place)
}

function goRound(smmap, regions) {
  const windowSize = 2 ** 16
  const cursor = new smmap.SlidingWindowMapManager({ windowSize }).makeCursor(largeFile())
  return (i) => cursor.useRegion((i % regions) * windowSize, 1).buffer()[0]
}

function smallFile() {
  const folder = smallFiles()
  const paths = Array.from({ length: SMALL_FILES }, (_, i) => join(folder, `${i}`))
  return (i) => paths[i % SMALL_FILES]
}

/** Multiples of four at random, the same in every process (Marsaglia's generator of 32 bits). */
function drawPlaces() {
  let state = 1
  return Uint32Array.from({ length: PLACES }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return ((state >>> 0) % (FILE_SIZE / 4 - SPAN)) * 4
  })
}
