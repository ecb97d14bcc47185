/** @file Every public method, and of which kind each of its arguments is. Knows no hostile object. */

import * as kinds from './objects.mjs'

const { number, text, target, needle, pattern, signal, callback, path, own, bytes, typedArray } = kinds
const NUMBER = [number, 5]
const COUNT = [number, 20_000]
const NAME = [text, 'utf8']
const NEEDLE = [needle, [7, 7, 7, 7]]
const PATTERN = [pattern, [7, 7, 7, 7]]

/** Options of these kinds, each with a right value. */
function options(known) {
  const value = Object.fromEntries(Object.entries(known).map(([key, [, right]]) => [key, right]))
  const each = Object.fromEntries(Object.entries(known).map(([key, [kind]]) => [key, kind]))
  return [(_value, act) => kinds.options(value, act, each), value]
}

const SIGNAL = [signal, undefined]
const PROGRESS = [callback, undefined]
const work = { signal: SIGNAL, onProgress: PROGRESS }
const range = { start: [number, 0], end: [number, 5000] }
const search = { ...range, threads: [number, 1], ...work }
const grep = { ...search, maxCount: [number, 3] }
const grepLines = { ...grep, before: [number, 1], after: [number, 1] }

const numbers = ['8', '16LE', '16BE', '32LE', '32BE'].flatMap((name) => [
  `UInt${name}`,
  `Uint${name}`,
  `Int${name}`,
])
const others = ['LE', 'BE'].flatMap((end) =>
  ['BigUInt64', 'BigUint64', 'BigInt64', 'Float', 'Double'].map((name) => `${name}${end}`),
)
const odd = ['LE', 'BE'].flatMap((end) => [`UInt${end}`, `Uint${end}`, `Int${end}`])

/** What all long buffers have. */
export const longBuffer = {
  at: [NUMBER],
  slice: [NUMBER, COUNT],
  subarray: [NUMBER, COUNT],
  copy: [[target, Array(64).fill(9)], NUMBER, NUMBER, COUNT],
  array: [[typedArray, Uint16Array], NUMBER, COUNT],
  toString: [NAME, NUMBER, COUNT],
  indexOf: [NEEDLE, NUMBER, NAME],
  lastIndexOf: [NEEDLE, COUNT, NAME],
  includes: [NEEDLE, NUMBER, NAME],
  ...Object.fromEntries([...numbers, ...others].map((name) => [`read${name}`, [NUMBER]])),
  ...Object.fromEntries(odd.map((name) => [`read${name}`, [NUMBER, [number, 4]]])),
  chunks: [options({ ...range, size: [number, 100] })],
  lines: [options({ ...range, encoding: NAME, asRanges: [number, false], keepEnding: [number, false] })],
  createReadStream: [options({ ...range, highWaterMark: [number, 100], encoding: NAME, signal: SIGNAL })],
  toWebStream: [options(range)],
  valueOf: [],
  prefetch: [options({ ...range, signal: SIGNAL })],
  read: [NUMBER, COUNT, options({ signal: SIGNAL })],
  residency: [options({ ...range, signal: SIGNAL })],
  splitRanges: [[number, 3], options({ delimiter: [bytes, [7]], ...range, signal: SIGNAL })],
  find: [PATTERN, options(search)],
  findAll: [PATTERN, options(search)],
  findMatches: [PATTERN, options(search)],
  count: [PATTERN, options(search)],
  countLines: [options(search)],
  lineIndex: [options({ ...range, ...work, every: [number, 8] })],
  offsetOfLine: [NUMBER, options(search)],
  grep: [PATTERN, options(grepLines)],
  grepBatches: [PATTERN, options(grepLines)],
  countMatchingLines: [PATTERN, options(grep)],
  hash: [NAME, options({ ...range, ...work, threads: [number, 1] })],
  beginAccess: [[own, undefined], NUMBER, COUNT, [number, 0]],
  endAccess: [],
  close: [],
  includesOfs: [NUMBER],
}

const cursor = {
  useRegion: [NUMBER, COUNT, [number, 0]],
  includesOfs: [NUMBER],
  assign: [[own, undefined]],
  check: [options({ mayGrow: [number, false] })],
  unuseRegion: [],
  buffer: [],
  map: [],
  copy: [],
  close: [],
}

const manager = {
  makeCursor: [[path, '/dev/null']],
  regionList: [[path, '/dev/null']],
  forceUnmap: [[path, '/dev/null']],
  forceMapHandleRemovalWin: [[path, '/dev/null']],
  trace: [options({ capacity: [number, 8], hits: [number, false] })],
  close: [options({ detach: [number, false] })],
  stats: [],
  share: [],
  collect: [],
}

/** Whose methods they are, and how that is had of a world. */
export const tables = {
  SlidingWindowMapBuffer: [longBuffer, (world) => world.buffer],
  WindowCursor: [cursor, (world) => world.cursor],
  SlidingWindowMapManager: [manager, (world) => world.manager],
  MapRegion: [
    { includesOfs: [NUMBER], incrementClientCount: [[number, 1]], release: [], buffer: [], map: [] },
    (world) => world.cursor.region ?? world.cursor.useRegion().region,
  ],
  functions: [
    {
      scan: [
        [own, undefined],
        [path, '/dev/null'],
        options({ find: [bytes, [7]], maxOffsets: NUMBER, threads: [number, 1], ...work }),
      ],
      open: [
        [path, '/dev/null'],
        options({ offset: [number, 0], size: NUMBER, windowSize: NUMBER, maxMemorySize: NUMBER }),
      ],
    },
    (world) => world.smmap,
  ],
}
