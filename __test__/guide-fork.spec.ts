// The usage guide of smmap's tiling fork line by line, then what the fork's own tests assert, in this
// package's words.
import { closeSync, openSync } from 'node:fs'
import test from 'ava'
import {
  ALLOCATIONGRANULARITY,
  alignToMmap,
  FixedCursor,
  GreedyMemmapManager,
  SlidingCursor,
  TilingMemmapManager,
} from 'smmap'
import { countsOf, greedy, tiling } from './fixtures/fork-managers.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

/** The fork's tests use one size that is no multiple of anything. */
const SIZE = 8_005_195
/**
 * A multiple of every system's page, and the block in which single bytes are read where nothing is shown in
 * place.
 */
const WINDOW = 2 ** 16
const content = pseudoRandomBytes(SIZE)

function below(limit: number): number {
  return Math.floor(Math.random() * limit)
}

test('the guide on managers runs line by line', (t) => {
  const mman = new TilingMemmapManager()
  t.is(mman.numOpenRegions, 0)
  t.is(mman.numUsedRegions, 0)
  t.is(mman.numOpenCursors, 0)
  t.is(mman.mappedMemorySize, 0)
  mman.close()
})

test('the guide on fixed cursors runs line by line', (t) => {
  const { path, bytes } = tempFile(t, Buffer.concat([pseudoRandomBytes(19), Buffer.of(0xee)]))
  const mman = tiling(t)
  const c = mman.makeCursor(path)
  t.true(c instanceof FixedCursor)
  t.is(c.ofs, 0)
  t.is(c.size, bytes.length)
  c.release()
  t.true(c.closed)

  let inBlock: FixedCursor
  {
    using opened = mman.makeCursor(path)
    inBlock = opened
    t.false(opened.closed)
    t.is(opened.size, bytes.length)
    const data = opened.buffer()
    t.is(data[0], bytes[0])
    t.is(data.at(-1), 0xee)
    t.is(data[opened.size - 1], 0xee)
  }
  t.true(inBlock.closed)
  t.throws(() => inBlock.buffer(), { code: 'ERR_SMMAP_CLOSED' })

  t.true(inBlock.ofs < inBlock.ofsEnd)
  t.true(inBlock.includesOfs(19))
  t.false(inBlock.includesOfs(20))
  t.throws(() => inBlock.makeCursor(21), {
    instanceOf: RangeError,
    code: 'ERR_SMMAP_OFFSET_BEYOND_END',
    message: `offset 21 is beyond the end of the file (20 bytes): ${path}`,
  })
  t.true(inBlock.closed)

  let c2: FixedCursor
  {
    using made = inBlock.makeCursor(10, 5)
    c2 = made
    t.not(c2, inBlock)
    t.deepEqual(c2.buffer().subarray(0, 5), bytes.subarray(10, 15))
  }
  let last: FixedCursor
  {
    using next = c2.nextCursor()
    last = next
    t.is(next.ofs, 15)
    t.deepEqual(next.buffer().subarray(0, 5), bytes.subarray(15))
  }
  t.throws(() => last.nextCursor(), {
    code: 'ERR_SMMAP_OFFSET_BEYOND_END',
    message: /^offset 20 is beyond the end of the file \(20 bytes\)/,
  })
})

test('the guide on sliding cursors runs line by line, but that close() closes', (t) => {
  const { path, bytes } = tempFile(t, 20)
  const mman = tiling(t)
  const c = mman.makeCursor(path, { sliding: true })
  t.true(c instanceof SlidingCursor)
  t.is(c.size, bytes.length)
  t.is(c.at(0), bytes[0])
  t.is(c.at(-1), bytes.at(-1))
  t.deepEqual(c.slice(-5), bytes.subarray(15, 20))
  t.false(c.closed)

  mman.close()
  t.true(c.closed)

  // In the fork a sliding cursor stays open when it is told to close: it holds nothing between two reads.
  const closed = tiling(t).makeCursor(path, { sliding: true })
  closed.close()
  t.true(closed.closed)
})

test('the guide on small windows runs line by line', (t) => {
  const { path, bytes } = tempFile(t, 3 * WINDOW)
  const mman = tiling(t, { windowSize: WINDOW, access: 'map' })
  const c = mman.makeCursor(path, { sliding: true })
  t.is(mman.numOpenRegions, 0, 'nothing is mapped before something is read')
  t.is(c.at(0), bytes[0])
  t.is(mman.numOpenRegions, 1)
  t.is(mman.numUsedRegions, 0)
  t.is([...mman.regionList(path)][0]?.size, WINDOW)

  t.is(c.at(WINDOW), bytes[WINDOW])
  t.is(mman.numOpenRegions, 2)
  c.close()
  t.deepEqual(countsOf(mman), [2, 0, 0, 2 * WINDOW])
})

test('a window of one byte is served from regions of a page', (t) => {
  const { path, bytes } = tempFile(t, 3 * WINDOW)
  const mman = tiling(t, { windowSize: 1, access: 'map' })
  const c = mman.makeCursor(path, { sliding: true })
  t.is(c.at(0), bytes[0])
  const regions = (): [number, number][] =>
    Array.from(mman.regionList(path), ({ ofsBegin, size }) => [ofsBegin, size])
  t.deepEqual(regions(), [[0, PAGE]])
  t.is(c.at(2 * WINDOW + 5), bytes[2 * WINDOW + 5])
  t.deepEqual(regions(), [
    [0, PAGE],
    [2 * WINDOW, PAGE],
  ])
})

test('a fixed cursor is born open, released once, and closed as often as one likes', (t) => {
  const { path } = tempFile(t, content)
  const cv = tiling(t).makeCursor(path)
  t.false(cv.closed)
  t.is(cv.fileSize, SIZE)
  t.is(cv.path, path)
  cv.release()
  t.throws(() => cv.release(), { code: 'ERR_SMMAP_RELEASED' })
  cv.close()
  cv.close()
  t.true(cv.closed)
})

test('a sliding cursor at an offset ends with the file, whatever size it was asked for', (t) => {
  const { path, bytes } = tempFile(t, content)
  const mman = tiling(t, { access: 'map' })
  t.is(mman.makeCursor(path, { size: SIZE, sliding: true }).length, SIZE)
  // In the fork the length is then 100 more than there are bytes.
  t.is(mman.makeCursor(path, { offset: 100, size: SIZE, sliding: true }).length, SIZE - 100)

  const buf = mman.makeCursor(path, { offset: 100, sliding: true })
  t.is(buf.length, SIZE - 100)
  t.is(buf.at(0), bytes[100])
  t.deepEqual(buf.slice(0, 100), bytes.subarray(100, 200))
  t.is(buf.at(-1), buf.at(buf.length - 1))
  t.deepEqual(buf.slice(-10), buf.slice(buf.length - 10, buf.length))
  t.is(mman.numOpenRegions, 1)
})

const managers = [
  ['a tiling', tiling],
  ['a greedy', greedy],
] as const

for (const [name, open] of managers) {
  test(`${name} manager starts empty, has its limits set, and takes a path and a descriptor`, (t) => {
    const { path, bytes } = tempFile(t, content)
    const fd = openSync(path, 'r')
    t.teardown(() => closeSync(fd))
    const man = open(t)
    t.deepEqual([...countsOf(man), man.numOpenFiles], [0, 0, 0, 0, 0])
    t.true(man instanceof GreedyMemmapManager ? man.windowSize === 0 : man.windowSize > 0)
    t.true(man.maxMappedMemorySize > 0)
    t.is(man.collect(), 0)

    for (const item of [path, fd]) {
      const first = man.makeCursor(item)
      t.is(first.pathOrFd, item)
      first.close()
      using c = first.makeCursor(10, 10)
      t.deepEqual([c.ofs, c.size], [10, 10])
      t.deepEqual(c.buffer(), bytes.subarray(10, 20))
      t.throws(() => (item === fd ? c.path : c.fd), { code: 'ERR_INVALID_ARG_TYPE' })
      t.is(item === fd ? c.fd : c.path, item)
    }
  })

  test(`${name} manager keeps its limits over 2,000 cursors at random`, (t) => {
    const { path, bytes } = tempFile(t, content)
    const windowSize = name === 'a tiling' ? Math.floor(SIZE / 100) : 0
    const man = open(t, { windowSize, maxMemorySize: Math.floor(SIZE / 3), maxOpenHandles: 15 })
    const size = Math.floor(windowSize / 2) || SIZE
    let c = man.makeCursor(path, { offset: 5000, size })
    const first = c.region!
    t.is(first.clientCount, 2, "the manager's and the cursor's")
    t.deepEqual(countsOf(man), [1, 1, 1, first.size])
    t.deepEqual([first.ofsBegin, first.size], [0, windowSize ? alignToMmap(windowSize, true) : SIZE])
    t.true(c.buffer().equals(bytes.subarray(5000, 5000 + size)))
    c.close()

    c = c.makeCursor(0, size - 10)
    t.is(c.region, first)
    t.deepEqual([c.ofs, c.size, man.numOpenRegions], [0, size - 10, 1])
    c.close()

    const base = SIZE - size + 4000
    c = c.makeCursor(base, size)
    t.is(c.size, SIZE - base)
    t.is(man.numOpenRegions, windowSize ? 2 : 1)
    t.is(first.clientCount, windowSize ? 1 : 2)
    t.true(c.region!.ofsBegin < c.ofs)
    t.true(c.region!.ofsEnd <= SIZE)
    c.close()
    t.is(man.numOpenRegions, windowSize ? 2 : 1, 'let go of, and cached')

    const faults: number[] = []
    for (let i = 0; i < 2000; i += 1) {
      const offset = below(SIZE)
      using at = c.makeCursor(offset, size)
      const end = Math.min(offset + size, SIZE)
      const isRight =
        (windowSize === 0 || man.mappedMemorySize <= man.maxMappedMemorySize) &&
        man.numOpenRegions <= man.maxFileHandles &&
        at.ofsEnd === end &&
        at.includesOfs(offset) &&
        at.includesOfs(end - 1) &&
        !at.includesOfs(end) &&
        at
          .buffer()
          .subarray(-1000)
          .equals(bytes.subarray(Math.max(offset, end - 1000), end))
      if (!isRight) faults.push(offset)
    }
    t.deepEqual(faults, [])

    t.throws(() => c.makeCursor(SIZE, size), { code: 'ERR_SMMAP_OFFSET_BEYOND_END' })
    t.true(man.collect() > 0)
    t.deepEqual(countsOf(man), [0, 0, 0, 0])
  })
}

test("random bytes and slices of a sliding cursor are the file's, under wide and narrow limits", (t) => {
  const { path, bytes } = tempFile(t, content)
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  const narrow = {
    windowSize: Math.floor(SIZE / 100),
    maxMemorySize: Math.floor(SIZE / 3),
    maxOpenHandles: 15,
  }
  for (const item of [path, fd]) {
    for (const options of [{ access: 'map' }, narrow, { ...narrow, access: 'map' }] as const) {
      const man = tiling(t, options)
      const buf = man.makeCursor(item, { sliding: true })
      t.is(man.numOpenRegions, 0)
      const faults: number[] = []
      for (let i = 0; i < 100; i += 1) {
        const start = below(SIZE)
        const end = start + below(SIZE - start + 1)
        const isRight =
          buf.at(start) === bytes[start] && bytes.subarray(start, end).equals(buf.slice(start, end))
        if (!isRight) faults.push(start)
      }
      t.deepEqual(faults, [])
      buf.close()
      t.is(man.numUsedRegions, 0)
      t.is(man.collect() > 0, 'access' in options, 'so few reads of each window earn it no map')
      t.deepEqual(countsOf(man), [0, 0, 0, 0])
    }
  }
})

test("a manager closes with cursors open, and the cursors' blocks end without complaint", (t) => {
  const { path } = tempFile(t, content)
  t.notThrows(() => {
    using mman = new TilingMemmapManager()
    using c = mman.makeCursor(path)
    using s = mman.makeCursor(path, { sliding: true })
    t.is(s.at(0), c.buffer()[0])
    mman.close()
  })
})

test('views are no reason for a manager not to close, as memoryviews are in the fork', (t) => {
  const files = [tempFile(t, 1024), tempFile(t, 8)]
  const mman = tiling(t, { windowSize: ALLOCATIONGRANULARITY })
  const views = files.map(({ path }) => mman.makeCursor(path).buffer())
  mman.close()
  t.deepEqual([...countsOf(mman), mman.numOpenFiles], [0, 0, 0, 0, 0])
  t.deepEqual(
    views,
    files.map(({ bytes }) => bytes),
  )
})
