// A SlidingCursor: where it begins and ends, that it answers as a Buffer of its span would, and what it
// holds. Every method of its reading interface is compared with Buffer's in reader.spec.
import { closeSync, openSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { inspect, isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import type { SlidingCursor, TilingMemmapManager } from 'smmap'
import { countsOf, refused, refusesOddNumbers, tiling } from './fixtures/fork-managers.js'
import { onUnix } from './fixtures/platform.js'
import { F40, PAGE, tempFile, type TempFile } from './helpers/files.js'

const WINDOW = 2 * PAGE
/**
 * Where nothing is shown in place, single bytes come from blocks of this size: those that lie further apart
 * are read anew.
 */
const APART = 2 ** 16
const MAX = Number.MAX_SAFE_INTEGER
const sliding = true

interface Place extends TempFile {
  readonly manager: TilingMemmapManager
}

/** A file of 5 windows, and a manager of such windows. */
function place(t: ExecutionContext, content: number | string = 5 * WINDOW): Place {
  return { ...tempFile(t, content), manager: tiling(t, { windowSize: WINDOW }) }
}

test('a span of any length is one long buffer, cut where the file ends', (t) => {
  const { path, bytes, manager } = place(t)
  const size = bytes.length
  const spans: [offset: number | bigint, asked: number | bigint, length: number][] = [
    [0, 0, size],
    [0, size, size],
    [0, size + 1, size],
    [100, 0, size - 100],
    [100, 3 * WINDOW, 3 * WINDOW],
    [100, size, size - 100],
    [100n, 10n, 10],
    [size - 1, 5, 1],
    [1, MAX - 1, size - 1],
  ]
  for (const [offset, asked, length] of spans) {
    using c = manager.makeCursor(path, { sliding, offset, size: asked })
    t.deepEqual([c.ofs, c.size, c.length, c.closed], [Number(offset), length, length, false])
    t.true(c.slice().equals(bytes.subarray(c.ofs, c.ofs + length)), `${offset}, ${asked}`)
  }
})

test('at and past the end there is no cursor; in an empty file there is one without bytes', (t) => {
  const { path, manager } = place(t, 20)
  for (const offset of [20, 21, 2 ** 32, MAX]) {
    t.is(
      refused(t, manager, () => manager.makeCursor(path, { sliding, offset }), 'ERR_SMMAP_OFFSET_BEYOND_END'),
      `offset ${offset} is beyond the end of the file (20 bytes): ${path}`,
    )
  }
  const empty = tempFile(t, '').path
  refused(t, manager, () => manager.makeCursor(empty, { sliding, offset: 1 }), 'ERR_SMMAP_OFFSET_BEYOND_END')
  const c = manager.makeCursor(empty, { sliding, size: 5 })
  t.deepEqual(
    [c.ofs, c.length, c.at(0), c.slice().length, c.indexOf(''), [...c].length],
    [0, 0, undefined, 0, 0, 0],
  )
})

test('a file that cannot be opened is said when the cursor is made', (t) => {
  const { path, manager } = place(t)
  for (const [target, code] of [
    [join(path, '..', 'missing'), 'ENOENT'],
    [dirname(path), 'EISDIR'],
  ] as const) {
    refused(t, manager, () => manager.makeCursor(target, { sliding }), code)
  }
})

test('with access map, nothing is mapped before a read, and a sliding cursor pins no region', (t) => {
  const { path, bytes } = tempFile(t, 5 * APART)
  const manager = tiling(t, { windowSize: APART, access: 'map' })
  const c = manager.makeCursor(path, { sliding })
  t.deepEqual(countsOf(manager), [0, 0, 1, 0])
  for (let window = 0; window < 5; window += 1) {
    t.is(c.at(window * APART), bytes[window * APART])
    t.deepEqual(countsOf(manager), [window + 1, 0, 1, (window + 1) * APART])
  }
  t.is(manager.collect(), 5)
  t.is(c.at(0), bytes[0])
  c.close()
  t.deepEqual(countsOf(manager), [1, 0, 0, APART])
  t.is(manager.collect(), 1)
})

test('two cursors on one file share its regions', (t) => {
  const { path, bytes, manager } = place(t)
  const [a, b] = [manager.makeCursor(path, { sliding }), manager.makeCursor(path, { sliding, offset: 10 })]
  t.deepEqual([a.subarray(10, 11), b.subarray(0, 1)], [bytes.subarray(10, 11), bytes.subarray(10, 11)])
  t.deepEqual(countsOf(manager), [1, 0, 2, WINDOW])
  t.deepEqual([a.at(10), b.at(0)], [bytes[10], bytes[10]])
  t.deepEqual(countsOf(manager), [1, 0, 2, WINDOW])
  t.is(a.subarray(10, 20).buffer === b.subarray(0, 10).buffer, manager.zeroCopy)
})

/** One reading of each kind, given two places. */
const READINGS: readonly ((source: Buffer | SlidingCursor, a: number, b: number) => unknown)[] = [
  (source, a) => source.at(a),
  (source, a, b) => Buffer.from(source.slice(a, b)),
  (source, a) => source.subarray(a, a + 97).toString('hex'),
  (source, a) => source.readUInt32BE(Math.min(Math.abs(a), source.length - 4)),
  (source, a) => source.readDoubleLE(Math.min(Math.abs(a), source.length - 8)),
  (source, a, b) => source.toString('latin1', a, b),
  (source, a, b) => [source.indexOf(a & 0xff, b), source.lastIndexOf(a & 0xff, b)],
  (source, a, b) => {
    const target = Buffer.alloc(PAGE)
    return [source.copy(target, 5, Math.min(Math.abs(a), source.length), Math.abs(b)), target]
  },
]

test('whatever is read in whatever order, the answers are those of a Buffer of the span', (t) => {
  const { path, bytes } = tempFile(t, F40)
  const span = fc.record({ offset: fc.nat(F40 - 100), size: fc.integer({ min: 8, max: F40 }) })
  const at = fc.integer({ min: -F40, max: F40 })
  const reading = fc.tuple(fc.nat(READINGS.length - 1), at, at)
  const meanwhile = fc.constantFrom('nothing', 'nothing', 'collect', 'another file', 'force')
  const limits = fc.record({
    windowSize: fc.constantFrom(PAGE, 5000, WINDOW, 0, -1),
    maxMemorySize: fc.constantFrom(0, PAGE, WINDOW),
  })
  const other = tempFile(t, F40).path
  const property = fc.property(
    span,
    limits,
    fc.array(fc.tuple(reading, meanwhile), { minLength: 20, maxLength: 40, size: 'max' }),
    (...given) => {
      const [{ offset, size }, options, steps] = given
      using manager = tiling(t, options)
      using c = manager.makeCursor(path, { sliding, offset, size })
      const wanted = Buffer.from(bytes.subarray(offset, offset + size))
      for (const [[kind, a, b], event] of steps) {
        const [got, expected] = [c, wanted].map((source) => READINGS[kind]!(source, a, b))
        if (!isDeepStrictEqual(got, expected))
          throw new Error(`${inspect(got)} instead of ${inspect(expected)}`)
        if (event === 'collect') manager.collect()
        if (event === 'another file') manager.makeCursor(other, { offset: Math.abs(a) % F40 }).close()
        if (event === 'force') manager.forceUnmap(path)
      }
      return c.length === wanted.length
    },
  )
  t.notThrows(() => fc.assert(property, { numRuns: 200 }))
})

test('closed, it is an empty Buffer at the same offset; views of it stay', (t) => {
  const { path, bytes, manager } = place(t)
  for (const end of ['close', 'dispose'] as const) {
    const c = manager.makeCursor(path, { sliding, offset: 10 })
    const view = c.subarray(0, 10)
    for (let again = 0; again < 2; again += 1) {
      if (end === 'close') c.close()
      else c[Symbol.dispose]()
      t.deepEqual([c.closed, c.ofs, c.size, c.length], [true, 10, 0, 0])
    }
    t.deepEqual([c.at(0), c.slice().length, c.subarray(0, 5).length, c.toString()], [undefined, 0, 0, ''])
    t.deepEqual([c.indexOf('a'), c.copy(Buffer.alloc(5)), [...c].length], [-1, 0, 0])
    t.throws(() => c.readUInt8(), { code: 'ERR_BUFFER_OUT_OF_BOUNDS' })
    manager.collect()
    t.deepEqual(view, bytes.subarray(10, 20))
    t.deepEqual(countsOf(manager), [0, 0, 0, 0])
  }
})

test('when its manager is closed every read says so, also of what was read just before', (t) => {
  const { path, manager } = place(t)
  const c = manager.makeCursor(path, { sliding })
  c.at(0)
  manager.close()
  t.true(c.closed)
  const reads: (() => unknown)[] = [
    () => c.at(0),
    () => c.slice(0, 1),
    () => c.subarray(0, 1),
    () => c.readInt8(),
    () => c.toString(),
    () => c.indexOf('a'),
    () => c.copy(Buffer.alloc(5)),
    () => c.array(Uint8Array, 0, 1),
    () => [...c],
  ]
  for (const read of reads) t.throws(read, { code: 'ERR_SMMAP_CLOSED' }, String(read))
  t.notThrows(() => c.close())
})

test('its descriptor may be closed as soon as it is made', (t) => {
  const { path, bytes, manager } = place(t)
  const fd = openSync(path, 'r')
  const c = manager.makeCursor(fd, { sliding })
  closeSync(fd)
  t.true(c.slice().equals(bytes))
})

onUnix('a file cut short below it is said, not read as zeros', (t) => {
  const { path, bytes, manager } = place(t, 2 * APART)
  const c = manager.makeCursor(path, { sliding })
  t.is(c.at(0), bytes[0])
  truncateSync(path, 10)
  t.throws(() => c.at(APART), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  t.throws(() => c.slice(), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})

test('more than a window in one piece is refused; where the limits allow no region nothing is lost', (t) => {
  const { path, bytes } = tempFile(t, 5 * WINDOW)
  const manager = tiling(t, { windowSize: WINDOW, maxOpenHandles: 1 })
  const c = manager.makeCursor(path, { sliding })
  refused(t, manager, () => c.subarray(0, WINDOW + 1), 'ERR_SMMAP_WINDOW_TOO_LARGE')
  const holder = manager.makeCursor(path)
  refused(t, manager, () => c.subarray(WINDOW, WINDOW + 1), 'ERR_SMMAP_HANDLE_LIMIT')
  // What needs no map is not refused, however often it is asked for.
  for (let i = 0; i < 100; i += 1) t.is(c.at(WINDOW + i), bytes[WINDOW + i])
  holder.close()
  t.deepEqual(c.subarray(WINDOW, WINDOW + 1), bytes.subarray(WINDOW, WINDOW + 1))
})

test('offsets and sizes that are none are refused', (t) => {
  const { path, manager } = place(t)
  refusesOddNumbers(t, manager, {
    offset: (odd) => manager.makeCursor(path, { sliding, offset: odd }),
    size: (odd) => manager.makeCursor(path, { sliding, size: odd }),
  })
  const { code, instanceOf } = { code: 'ERR_OUT_OF_RANGE', instanceOf: RangeError }
  t.throws(() => manager.makeCursor(path, { sliding, offset: MAX, size: 1 }), { code, instanceOf })
})

test('cursors that are dropped are closed by garbage collection', async (t) => {
  const { path } = tempFile(t, 5 * WINDOW)
  const manager = tiling(t, { windowSize: WINDOW, access: 'map' })
  const drop = (): void => {
    for (let i = 0; i < 100; i += 1) manager.makeCursor(path, { sliding }).at((i % 5) * WINDOW)
  }
  drop()
  t.is(manager.numOpenCursors, 100)
  for (let i = 0; i < 100 && manager.numOpenCursors > 0; i += 1) {
    globalThis.gc?.()
    await turn()
  }
  t.deepEqual(countsOf(manager), [5, 0, 0, 5 * WINDOW])
})
