// A mapped region: its place in the file, its clients, its end. MapWindow and alignment are in
// map-window.spec.
import test from 'ava'
import { ALLOCATIONGRANULARITY, MapRegion, MapRegionList } from 'smmap'
import { sliding } from './fixtures/managers.js'
import { F10, pseudoRandomBytes, tempFile } from './helpers/files.js'

const f10 = pseudoRandomBytes(F10, 10)
const UNIT = ALLOCATIONGRANULARITY

test('a region is cut at the end of the file', (t) => {
  const path = tempFile(t, f10).path
  const rows: [number, number, number][] = [
    [UNIT, Number.MAX_SAFE_INTEGER - UNIT, F10 - UNIT],
    [UNIT, 0, F10 - UNIT],
    [0, 0, F10],
    [0, 100, 100],
    [UNIT, 100, 100],
  ]
  for (const [ofs, size, expected] of rows.filter(([begin]) => begin < F10)) {
    const region = new MapRegion(path, ofs, size)
    t.deepEqual([region.ofsBegin, region.size, region.ofsEnd], [ofs, expected, ofs + expected])
    t.deepEqual(region.buffer(), f10.subarray(ofs, ofs + expected))
    t.deepEqual(region.map(), region.buffer())
    region.release()
  }
})

test('a region of an empty file, at no boundary, or past the end is an error that says why', (t) => {
  const path = tempFile(t, f10).path
  t.throws(() => new MapRegion(tempFile(t, Buffer.alloc(0)).path, 0, 0), { instanceOf: Error })
  const unaligned = t.throws(() => new MapRegion(path, 1, 100))
  t.regex(unaligned?.message ?? '', new RegExp(`${UNIT}`))
  const past = t.throws(() => new MapRegion(path, 64 * UNIT, 0), { code: 'ERR_SMMAP_OFFSET_BEYOND_END' })
  t.regex(past?.message ?? '', new RegExp(`${F10}`))
})

test('a region counts its clients, and is released when the last one leaves', (t) => {
  const region = new MapRegion(tempFile(t, f10).path, 0, 0)
  t.is(region.clientCount, 1)
  t.false(region.incrementClientCount())
  t.false(region.incrementClientCount(2))
  t.is(region.clientCount, 4)
  t.false(region.incrementClientCount(-3))
  const view = region.buffer()
  t.true(region.incrementClientCount(-1))
  t.is(region.clientCount, 0)
  t.throws(() => region.incrementClientCount(-1))
  t.is(region.clientCount, 0, 'an error leaves the count as it was')
  t.deepEqual(view, f10, 'the view stays')
})

test('a count that would fall below zero is refused before anything happens', (t) => {
  const region = new MapRegion(tempFile(t, f10).path, 0, 0)
  t.throws(() => region.incrementClientCount(-2))
  t.is(region.clientCount, 1)
  t.deepEqual(region.buffer(), f10)
  region.release()
})

test('releasing a region twice is fine, using it afterwards is an error', (t) => {
  const region = new MapRegion(tempFile(t, f10).path, 0, 0)
  region.release()
  region.release()
  t.throws(() => region.buffer(), { code: 'ERR_SMMAP_RELEASED' })
  t.throws(() => region.map(), { code: 'ERR_SMMAP_RELEASED' })
})

test("a manager's region cannot be taken from under its cursors", (t) => {
  const manager = sliding(t, { windowSize: 8192 })
  const c = manager.makeCursor(tempFile(t, f10).path).useRegion()
  const view = c.buffer()
  try {
    c.region!.release()
  } catch (error) {
    t.is(typeof (error as { code?: unknown }).code, 'string')
  }
  t.deepEqual(view, f10.subarray(0, 8192))
  if (c.isValid) t.deepEqual(c.buffer(), view)
  else t.throws(() => c.buffer(), { code: 'ERR_SMMAP_NOT_MAPPED' })
  t.deepEqual(c.useRegion(100, 10).buffer(), f10.subarray(100, 110))
  manager.close()
  t.is(manager.mappedMemorySize, 0)
})

test('a region made by hand is no business of any manager', (t) => {
  const manager = sliding(t)
  const path = tempFile(t, f10).path
  const region = new MapRegion(path, 0, 0)
  manager.makeCursor(path).useRegion()
  t.is(manager.numOpenRegions, 1)
  manager.close()
  t.deepEqual(region.buffer(), f10)
  region.release()
})

test('a region list is of one file, empty at first, and does not touch it until asked for its size', (t) => {
  const list = new MapRegionList('/nowhere/at/all')
  t.deepEqual([list.length, [...list], list.pathOrFd], [0, [], '/nowhere/at/all'])
  t.throws(() => list.fileSize, { code: 'ENOENT' })
})
