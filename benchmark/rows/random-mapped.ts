/**
 * @file Row `random-mapped`: numbers and bytes at random places of a file that is all mapped. What a hot
 * index costs.
 */
import { openSync, readSync } from 'node:fs'
import { arrayOfBuffers, mappedFile, sumAtPlaces, touch, touchedCursor } from '../mapped-file'
import { mapped, mmapIo } from '../mmap-io'
import type { Contender, Input, Row, Sample } from '../row'
import { atEachSize, atMostTimesAtWorst } from '../window-sizes'

/** What the rivals take that keep no limit; the array of mmap-io's maps has Buffers of that size. */
const RIVALS_WINDOW = 32 * 2 ** 20
const BYTES = 'bytes'

const NUMBER = 'smmap, readUInt32LE'
const BYTE = 'smmap, at'
const BUFFERS_NUMBER = 'array of Buffers, readUInt32LE'
const BUFFERS_BYTE = 'array of Buffers, [i]'

export const randomMapped: Row = {
  id: 'random-mapped',
  work: 'a number or a byte at random, all mapped',
  unit: 'ns per operation',
  setup: mappedFile,
  ours: [...atEachSize(NUMBER, readNumbers), ...atEachSize(BYTE, readBytes, BYTES)],
  rivals: [
    ...atEachSize(BUFFERS_NUMBER, readNumbersOfBuffers),
    ...atEachSize(BUFFERS_BYTE, readBytesOfBuffers, BYTES),
    { name: 'fs.readSync, 4 bytes', run: readByReadSync },
    { name: 'mmap-io, an array of Buffers', run: readByMmapIo, needs: 'mmap-io' },
    {
      name: 'Bun.mmap, one Buffer',
      tool: 'bun',
      args: ({ path, places, size }) => ['bun.mjs', 'random-mapped', path, `${places}`, `${size}`],
    },
    python('Python smmap 5, SlidingWindowMapBuffer', 'smmap'),
    python('Python mmap', 'mmap'),
    {
      name: 'Rust memmap2, one map',
      tool: 'limit',
      args: ({ path, places, size }) => ['at', path, `${places}`, `${size}`],
    },
  ],
  goals: [atMostTimesAtWorst(1.2, NUMBER, BUFFERS_NUMBER), atMostTimesAtWorst(1.2, BYTE, BUFFERS_BYTE)],
}

function python(name: string, way: string): Contender {
  return {
    name,
    tool: 'python',
    args: ({ path, places, size }) => [
      'random_mapped.py',
      way,
      path,
      `${places}`,
      `${size}`,
      `${RIVALS_WINDOW}`,
    ],
  }
}

async function readNumbers(input: Input, windowSize: number): Promise<Sample> {
  const cursor = await touchedCursor(input, windowSize)
  return await sumAtPlaces(input, (place) => cursor.readUInt32LE(place))
}

async function readBytes(input: Input, windowSize: number): Promise<Sample> {
  const cursor = await touchedCursor(input, windowSize)
  return await sumAtPlaces(input, (place) => cursor.at(place) as number)
}

async function readNumbersOfBuffers(input: Input, windowSize: number): Promise<Sample> {
  const { buffers, window } = await arrayOfBuffers(input, windowSize)
  return await sumAtPlaces(input, (place) =>
    (buffers[Math.floor(place / window)] as Buffer).readUInt32LE(place % window),
  )
}

/** By index, which takes a tenth of the time that `at` of a Buffer takes in Node 20. */
async function readBytesOfBuffers(input: Input, windowSize: number): Promise<Sample> {
  const { buffers, window } = await arrayOfBuffers(input, windowSize)
  return await sumAtPlaces(
    input,
    (place) => (buffers[Math.floor(place / window)] as Buffer)[place % window] as number,
  )
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
  const [rival, fd, window] = [mmapIo(), openSync(input.path, 'r'), RIVALS_WINDOW]
  const count = Number(input.size) / window
  const windows = Array.from({ length: count }, (_, i) => mapped(rival, fd, i * window, window))
  const read = (place: number): number =>
    (windows[Math.floor(place / window)] as Buffer).readUInt32LE(place % window)
  touch(input, read)
  return await sumAtPlaces(input, read)
}
