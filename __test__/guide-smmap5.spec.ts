// The usage guide of Python's smmap 5 line by line, then what its own tests assert, in this package's words.
import { closeSync, openSync, unlinkSync } from 'node:fs'
import test from 'ava'
import {
  ALLOCATIONGRANULARITY,
  alignToMmap,
  is64Bit,
  MapRegion,
  MapRegionList,
  MapWindow,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  StaticWindowMapManager,
  WindowCursor,
} from 'smmap'
import { sliding, whole, type Manager } from './fixtures/managers.js'
import { pseudoRandomBytes, tempFile } from './helpers/files.js'

/** smmap's tests use one size that is no multiple of anything. */
const SIZE = 8_005_195
const MIB = 1024 * 1024

function below(limit: number): number {
  return Math.floor(Math.random() * limit)
}

test('the guide on managers and cursors runs line by line', (t) => {
  const bytes = pseudoRandomBytes(8 * MIB)
  const path = tempFile(t, bytes).path
  const mman = new SlidingWindowMapManager()
  t.is(mman.numFileHandles, 0)
  t.is(mman.mappedMemorySize, 0)

  const c = mman.makeCursor(path)
  t.true(c.isAssociated)
  t.false(c.isValid)

  t.is(c.useRegion(), c)
  t.true(c.isValid)
  t.is(c.size, bytes.length)
  t.is(c.buffer()[0], bytes[0])
  t.deepEqual(c.buffer().subarray(1, 10), bytes.subarray(1, 10))
  t.is(c.buffer()[c.size - 1], bytes[c.size - 1])

  t.true(c.ofsBegin < c.ofsEnd)
  t.true(c.includesOfs(100))

  t.false(c.useRegion(bytes.length, 100).isValid)
  t.true(c.useRegion(100).isValid)
  t.is(c.buffer()[0], bytes[100])

  c.unuseRegion()
  t.false(c.isValid)
  mman.close()
})

test('the guide on buffers runs line by line', (t) => {
  const bytes = pseudoRandomBytes(8 * MIB)
  const mman = sliding(t)
  const buf = new SlidingWindowMapBuffer(mman.makeCursor(tempFile(t, bytes).path))
  t.true(buf.cursor?.isValid)

  t.is(buf.at(0), bytes[0])
  t.is(buf.at(-1), bytes.at(-1))
  t.deepEqual(buf.slice(-10), bytes.subarray(-10))

  buf.endAccess()
  t.false(buf.cursor?.isValid)
  t.true(buf.beginAccess(undefined, 10))
  t.is(buf.at(0), bytes[10])
})

test('windows extend to their neighbours, and no further than they may', (t) => {
  const left = new MapWindow(0, 1)
  const center = new MapWindow(1, 1)
  const other = new MapWindow(10, 5)
  const right = new MapWindow(8000, 50)
  t.deepEqual([left.ofsEnd, center.ofsEnd, right.ofsEnd], [1, 2, 8050])
  t.deepEqual([right.ofsBegin, right.ofs], [8000, 8000])

  center.extendLeftTo(left, 100)
  left.extendRightTo(center, 100)
  left.extendRightTo(center, 100)
  t.deepEqual([center.ofs, center.size, left.ofs, left.size], [1, 1, 0, 1], 'neighbours that touch stay')

  other.extendLeftTo(center, 100)
  t.deepEqual([other.ofs, other.ofsEnd], [center.ofsEnd, 15])

  center.extendRightTo(right, 100)
  center.extendRightTo(right, 100)
  t.deepEqual([center.ofs, center.size], [1, 100])
  center.extendRightTo(right, Number.MAX_SAFE_INTEGER)
  t.deepEqual([center.ofs, center.ofsEnd], [1, right.ofs])

  right.extendLeftTo(other, 100)
  right.extendLeftTo(other, 100)
  t.deepEqual([right.size, right.ofsEnd], [100, 8050])
  right.extendLeftTo(other, Number.MAX_SAFE_INTEGER)
  t.is(right.ofs, other.ofsEnd)

  center.align()
  t.deepEqual([center.ofs, center.size], [0, alignToMmap(8000, true)])
})

test('a region knows its offsets, and counts its owner even after the file has lost its name', (t) => {
  const path = tempFile(t, pseudoRandomBytes(SIZE)).path
  const half = Math.floor(SIZE / 2)
  const full = new MapRegion(path, 0, SIZE)
  const tail = new MapRegion(path, ALLOCATIONGRANULARITY, SIZE)
  const head = new MapRegion(path, 0, half)
  t.teardown(() => [full, tail, head].forEach((region) => region.release()))

  t.deepEqual([full.ofsBegin, full.size, full.ofsEnd], [0, SIZE, SIZE])
  t.deepEqual([tail.ofsBegin, tail.size], [ALLOCATIONGRANULARITY, SIZE - ALLOCATIONGRANULARITY])
  t.deepEqual([head.ofsBegin, head.size], [0, half])
  t.true([0, half, SIZE - 1].every((ofs) => full.includesOfs(ofs)))
  t.false([-1, SIZE, Number.MAX_SAFE_INTEGER].some((ofs) => full.includesOfs(ofs)))
  t.true(tail.includesOfs(ALLOCATIONGRANULARITY))
  t.false(tail.includesOfs(0))

  if (process.platform !== 'win32') unlinkSync(path)
  t.is(full.clientCount, 1)
  const window = MapWindow.fromRegion(full)
  t.deepEqual([window.ofs, window.ofsEnd], [full.ofsBegin, full.ofsEnd])
})

test('a new region list is empty and knows its file by path and by descriptor', (t) => {
  const path = tempFile(t, pseudoRandomBytes(100)).path
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  for (const item of [path, fd]) {
    const list = new MapRegionList(item)
    t.is(list.length, 0)
    t.deepEqual([...list], [])
    t.is(list.pathOrFd, item)
    t.is(list.fileSize, 100)
  }
})

test('the helpers answer', (t) => {
  t.is(typeof is64Bit(), 'boolean')
  t.is(alignToMmap(1, false), 0)
  t.is(alignToMmap(1, true), ALLOCATIONGRANULARITY)
})

test('a cursor can be empty, associated, copied, assigned and closed more than once', (t) => {
  const path = tempFile(t, pseudoRandomBytes(SIZE)).path
  const man = sliding(t)
  const empty = new WindowCursor()
  t.deepEqual([empty.isValid, empty.isAssociated, empty.size], [false, false, 0])

  const cursor = man.makeCursor(path)
  t.deepEqual([cursor.isValid, cursor.isAssociated], [false, true])
  t.deepEqual([cursor.fileSize, cursor.path], [SIZE, path])
  const copy = cursor.copy()
  t.deepEqual([copy.isValid, copy.isAssociated], [false, true])
  empty.assign(cursor)
  t.deepEqual([empty.isValid, empty.isAssociated], [false, true])

  cursor.unuseRegion()
  cursor.unuseRegion()
  cursor.close()
  cursor.close()
  t.notThrows(() => new WindowCursor().close())
})

const managers = [
  ['a sliding', sliding],
  ['a static', whole],
] as const

for (const [name, open] of managers) {
  test(`${name} manager starts empty, has its limits set, and takes a path and a descriptor`, (t) => {
    const bytes = pseudoRandomBytes(SIZE)
    const path = tempFile(t, bytes).path
    const fd = openSync(path, 'r')
    t.teardown(() => closeSync(fd))
    const man = open(t)
    t.deepEqual([man.numFileHandles, man.numOpenFiles, man.mappedMemorySize], [0, 0, 0])
    t.true(name === 'a static' ? man.windowSize === 0 : man.windowSize > 0)
    t.true(man.maxMappedMemorySize > 0)
    t.is(man.collect(), 0)

    for (const item of [path, fd]) {
      const c = man.makeCursor(item)
      t.is(c.pathOrFd, item)
      t.true(c.useRegion(10, 10).isValid)
      t.deepEqual([c.ofsBegin, c.size], [10, 10])
      t.deepEqual(c.buffer(), bytes.subarray(10, 20))
      t.throws(() => (item === fd ? c.path : c.fd))
      t.is(item === fd ? c.fd : c.path, item)
    }
    t.is(man.numOpenFiles, 1)
  })
}

test('a sliding manager keeps its limits over 5,000 random accesses', (t) => {
  const bytes = pseudoRandomBytes(SIZE)
  const path = tempFile(t, bytes).path
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  for (const item of [path, fd]) {
    const man = sliding(t, {
      windowSize: Math.floor(SIZE / 100),
      maxMemorySize: Math.floor(SIZE / 3),
      maxOpenHandles: 15,
    })
    const size = Math.floor(man.windowSize / 2)
    const c = man.makeCursor(item)
    t.deepEqual([man.numOpenFiles, man.mappedMemorySize], [0, 0])

    t.true(c.useRegion(5000, size).isValid)
    const first = c.region!
    t.is(first.clientCount, 2)
    t.deepEqual([man.numOpenFiles, man.numFileHandles, man.mappedMemorySize], [1, 1, first.size])
    t.deepEqual([first.ofsBegin, first.size], [0, alignToMmap(man.windowSize, true)])
    t.deepEqual([c.ofsBegin, c.buffer()], [5000, bytes.subarray(5000, 5000 + size)])

    c.useRegion(0, size - 10)
    t.is(c.region, first)
    t.is(man.numFileHandles, 1)
    t.deepEqual([c.ofsBegin, c.size, c.buffer()], [0, size - 10, bytes.subarray(0, size - 10)])

    const base = SIZE - size + 4000
    c.useRegion(base, size)
    t.is(man.numFileHandles, 2)
    t.is(c.size, SIZE - base)
    t.not(c.region, first)
    t.deepEqual([first.clientCount, c.region!.clientCount], [1, 2])
    t.true(c.region!.ofsBegin < c.ofsBegin)
    t.true(c.region!.ofsEnd <= SIZE)
    t.deepEqual(c.buffer(), bytes.subarray(base))

    c.unuseRegion()
    t.false(c.isValid)
    t.is(man.numFileHandles, 2)

    let faults = 0
    for (let i = 0; i < 5000; i += 1) {
      const offset = below(SIZE)
      const end = Math.min(offset + size, SIZE)
      c.useRegion(offset, size)
      const right =
        man.mappedMemorySize <= man.maxMappedMemorySize &&
        man.numFileHandles <= man.maxFileHandles &&
        c.ofsEnd === end &&
        c.includesOfs(offset) &&
        c.includesOfs(end - 1) &&
        !c.includesOfs(end) &&
        c.buffer().equals(bytes.subarray(offset, end))
      if (!right) faults += 1
    }
    t.is(faults, 0)

    t.false(c.useRegion(SIZE, size).isValid)
    t.true(man.numFileHandles > 0)
    t.true(man.collect() > 0)
    t.is(man.numFileHandles, 0)
  }
})

test('a static manager shows the whole file through one region', (t) => {
  const bytes = pseudoRandomBytes(SIZE)
  const path = tempFile(t, bytes).path
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  for (const item of [path, fd]) {
    const man = whole(t, { maxMemorySize: Math.floor(SIZE / 3), maxOpenHandles: 15 })
    const c = man.makeCursor(item).useRegion(5000)
    const region = c.region!
    t.deepEqual([region.ofsBegin, region.size, region.clientCount], [0, SIZE, 2])
    t.is(man.mappedMemorySize, SIZE, 'more than the soft limit, since it is in use')
    t.true(c.buffer().equals(bytes.subarray(5000)))

    c.useRegion(0, SIZE - 10)
    t.is(c.region, region)
    t.deepEqual([c.ofsBegin, c.size], [0, SIZE - 10])
    c.useRegion(4010, SIZE - 10)
    t.deepEqual([c.size, c.region!.clientCount], [SIZE - 4010, 2])

    let faults = 0
    for (let i = 0; i < 200; i += 1) {
      const offset = below(SIZE)
      c.useRegion(offset)
      if (c.ofsEnd !== SIZE || !c.buffer().equals(bytes.subarray(offset))) faults += 1
    }
    t.is(faults, 0)
    t.is(man.numFileHandles, 1)

    t.false(c.useRegion(SIZE).isValid)
    t.is(man.collect(), 1)
    t.is(man.numFileHandles, 0)
  }
})

test('a buffer begins, ends and begins again', (t) => {
  const bytes = pseudoRandomBytes(SIZE)
  const man = sliding(t)
  const c = man.makeCursor(tempFile(t, bytes).path)
  t.throws(() => new SlidingWindowMapBuffer(new WindowCursor()), { code: 'ERR_SMMAP_NOT_ASSOCIATED' })
  t.throws(() => new SlidingWindowMapBuffer(c, SIZE), { code: 'ERR_SMMAP_OFFSET_BEYOND_END' })

  const buf = new SlidingWindowMapBuffer()
  t.is(buf.cursor, null)
  buf.endAccess()
  buf.endAccess()
  t.is(buf.length, 0)

  t.false(buf.beginAccess(c, SIZE))
  t.true(buf.beginAccess(c, 100))
  t.is(buf.length, SIZE - 100)
  t.deepEqual([buf.at(0), buf.slice(0, 100)], [bytes[100], bytes.subarray(100, 200)])

  t.true(buf.beginAccess(), 'without a cursor it begins the same file anew')
  t.is(buf.length, SIZE)
  t.is(buf.cursor, c)
  t.is(buf.at(0), bytes[0])
  t.is(buf.at(-1), buf.at(buf.length - 1))
  t.deepEqual(buf.slice(-10), buf.slice(buf.length - 10, buf.length))

  buf.endAccess()
  t.deepEqual([c.isValid, c.isAssociated, buf.length], [false, true, 0])
  t.true(buf.beginAccess())
  t.true(c.isValid)
  buf.endAccess()
  t.is(man.numFileHandles, 1, 'the region stays cached')
})

test('random bytes and slices of a buffer are those of the file, whatever manager is below', (t) => {
  const bytes = pseudoRandomBytes(SIZE)
  const path = tempFile(t, bytes).path
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  const small = {
    windowSize: Math.floor(SIZE / 100),
    maxMemorySize: Math.floor(SIZE / 3),
    maxOpenHandles: 15,
  }
  const beneath: readonly Manager[] = [sliding(t), sliding(t, small), whole(t)]
  for (const item of [path, fd]) {
    for (const man of beneath) {
      const buf = new SlidingWindowMapBuffer(man.makeCursor(item))
      t.is(man.numFileHandles, 1)
      let faults = 0
      for (let i = 0; i < 100; i += 1) {
        const start = below(SIZE)
        const end = start + below(SIZE - start + 1)
        if (buf.at(start) !== bytes[start]) faults += 1
        if (!bytes.subarray(start, end).equals(buf.slice(start, end))) faults += 1
      }
      t.is(faults, 0)
      buf.endAccess()
      t.true(man.collect() > 0)
      t.is(man.numFileHandles, 0)
    }
  }
})

test('a buffer over a static manager needs no more than the one region', (t) => {
  const bytes = pseudoRandomBytes(SIZE)
  const man = new StaticWindowMapManager()
  const buf = new SlidingWindowMapBuffer(man.makeCursor(tempFile(t, bytes).path))
  t.deepEqual([buf.at(0), buf.at(-1)], [bytes[0], bytes.at(-1)])
  t.is(man.numOpenRegions, 1)
  man.close()
})
