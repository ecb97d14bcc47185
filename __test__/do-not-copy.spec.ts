// The faults of Python's smmap 5 that this package does not have. Each test begins with the story of its
// fault.
import { appendFileSync, closeSync, openSync, renameSync, symlinkSync, truncateSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import test from 'ava'
import { MapWindow, SlidingWindowMapBuffer, type WindowCursor } from 'smmap'
import { counters, sliding, whole, type CodedError, type Manager } from './fixtures/managers.js'
import { onUnix } from './fixtures/platform.js'
import { F10, F40, pseudoRandomBytes, tempFile } from './helpers/files.js'

const WINDOW = 8192
const f10 = pseudoRandomBytes(F10, 10)
const f40 = pseudoRandomBytes(F40, 40)
const other = pseudoRandomBytes(F40, 41)

function wasMapped(manager: Manager, use: () => unknown): boolean {
  const { misses } = manager.stats()
  use()
  return manager.stats().misses > misses
}

test('1. the region evicted is the one used longest ago', (t) => {
  // smmap compared client counts for recency, so the first file's lowest offset went, even if used a moment
  // before.
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW })
  const first = manager.makeCursor(tempFile(t, f40).path)
  const second = manager.makeCursor(tempFile(t, other).path)
  for (const offset of [0, WINDOW]) first.useRegion(offset)
  second.useRegion(0)
  for (const offset of [WINDOW, 0]) first.useRegion(offset)
  first.unuseRegion()
  // Idle, oldest first: the first file's second window, its first; in use: the second file's.
  second.useRegion(WINDOW)
  t.false(wasMapped(manager, () => first.useRegion(0)))
  t.true(wasMapped(manager, () => first.useRegion(WINDOW)))
})

test('2. a buffer at an offset starts there', (t) => {
  // In smmap SlidingWindowMapBuffer(offset = 100)[0] was byte 0 of the file: indices were taken for file
  // offsets.
  const c = sliding(t, { windowSize: WINDOW }).makeCursor(tempFile(t, f40).path)
  const buf = new SlidingWindowMapBuffer(c, 100)
  t.deepEqual([buf.at(0), buf.at(-1), buf.length], [f40[100], f40.at(-1), F40 - 100])
  t.deepEqual(buf.slice(0, 20_000), f40.subarray(100, 20_100))
  t.is(new SlidingWindowMapBuffer(c, 100, 50).at(-1), f40[149])
})

test('3. a copy has the file, and assigning a cursor to itself changes nothing', (t) => {
  // smmap copied the list of regions as a plain list, which lost the path; assign(self) let its own region go
  // first.
  const path = tempFile(t, f40).path
  const c = sliding(t, { windowSize: WINDOW }).makeCursor(path).useRegion(10, 10)
  const copy = c.copy()
  t.deepEqual([copy.path, copy.fileSize], [path, F40])
  t.deepEqual(copy.useRegion(WINDOW, 10).buffer(), f40.subarray(WINDOW, WINDOW + 10))
  c.assign(c)
  t.deepEqual([c.isValid, c.ofsBegin, c.region?.clientCount], [true, 10, 2])
  t.deepEqual(c.buffer(), f40.subarray(10, 20))
})

test('4. slices and indices are those of a Uint8Array', (t) => {
  // In smmap [0:0] was everything, [20000:10000] hung, an index past the end killed the cursor, a far
  // negative one lied.
  const buf = new SlidingWindowMapBuffer(sliding(t, { windowSize: WINDOW }).makeCursor(tempFile(t, f40).path))
  const places = [
    undefined,
    0,
    1,
    10_000,
    20_000,
    F40 - 1,
    F40,
    F40 + 1,
    1e12,
    -1,
    -20_000,
    -F40,
    -F40 - 1,
    -1e12,
  ]
  for (const start of places) {
    for (const end of places) {
      if (!f40.subarray(start, end).equals(buf.slice(start, end))) t.fail(`slice(${start}, ${end})`)
    }
  }
  for (const at of places) t.is(buf.at(at ?? 0), f40.at(at ?? 0))
  t.true(buf.cursor?.isValid)
  t.is(buf.at(5), f40[5])
})

test('5. collect works with a view alive, and the counters stay right', (t) => {
  // In smmap a memoryview made munmap raise BufferError in the midst of collect, and the counters were off
  // for good.
  const manager = sliding(t, { windowSize: WINDOW })
  const c = manager.makeCursor(tempFile(t, f40).path).useRegion()
  const view = c.buffer()
  c.unuseRegion()
  t.is(manager.collect(), 1)
  t.deepEqual([manager.mappedMemorySize, manager.numOpenRegions, manager.numFileHandles], [0, 0, 0])
  t.deepEqual(view, f40.subarray(0, WINDOW))
  c.useRegion()
  t.deepEqual([manager.mappedMemorySize, manager.numOpenRegions], [WINDOW, 1])
})

test("6. closing a cursor that was never used leaves the others' regions with the manager", (t) => {
  // In smmap it popped the file from the manager whose copy of the list was empty: the regions were lost to
  // collect.
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f40).path
  const user = manager.makeCursor(path)
  const idler = manager.makeCursor(path)
  const idlersCopy = idler.copy()
  user.useRegion()
  idler.close()
  idlersCopy.close()
  t.deepEqual([manager.numOpenFiles, manager.numOpenRegions], [1, 1])
  t.false(wasMapped(manager, () => manager.makeCursor(path).useRegion(0, 10)))
  user.close()
})

test('7. a static manager keeps the handle limit, and counts what is mapped, not what was asked for', (t) => {
  // smmap's static manager never looked at the handle limit, and made room for 10 bytes before mapping
  // 40,960.
  const paths = [f40, other].map((bytes) => tempFile(t, bytes).path)
  const byHandles = whole(t, { maxOpenHandles: 1 })
  const holder = byHandles.makeCursor(paths[0]!).useRegion()
  t.throws(() => byHandles.makeCursor(paths[1]!).useRegion(0, 10), { code: 'ERR_SMMAP_HANDLE_LIMIT' })
  holder.close()
  t.true(byHandles.makeCursor(paths[1]!).useRegion(0, 10).isValid)

  const byMemory = whole(t, { maxMemorySize: 2 * F40 - 1 })
  byMemory.makeCursor(paths[0]!).useRegion(0, 10).close()
  byMemory.makeCursor(paths[1]!).useRegion(0, 10)
  t.deepEqual([byMemory.mappedMemorySize, byMemory.stats().evictions], [F40, 1])
})

test('8. a sliding manager with window size 0 maps the whole file', (t) => {
  // In smmap placement computed with a window of 0 bytes: it failed, or mapped another range than asked for.
  const manager = sliding(t, { windowSize: 0 })
  const c = manager.makeCursor(tempFile(t, f40).path)
  t.deepEqual(c.useRegion(20_000, 10).buffer(), f40.subarray(20_000, 20_010))
  t.deepEqual([c.region!.ofsBegin, c.region!.size], [0, F40])
  t.deepEqual(c.useRegion(1).buffer(), f40.subarray(1))
  t.is(manager.numOpenRegions, 1)
})

test('9. negative offsets and sizes are refused', (t) => {
  // In smmap offset −1 was "valid" and mapped the file again at every call; size −1 made a cursor of size −1.
  const manager = sliding(t, { windowSize: WINDOW })
  const c = manager.makeCursor(tempFile(t, f40).path).useRegion(10, 10)
  const before = counters(manager)
  for (let i = 0; i < 3; i += 1) {
    t.throws(() => c.useRegion(-1), { code: 'ERR_OUT_OF_RANGE' })
    t.throws(() => c.useRegion(0, -1), { code: 'ERR_OUT_OF_RANGE' })
  }
  t.deepEqual(counters(manager), before)
  t.is(c.size, 10)
})

onUnix(
  '10. after a file has shrunk no size is negative, and nothing beyond its end is offered as data',
  (t) => {
    // In smmap a cursor had size −4000 after a shrink, and a read of the region's rest killed the process
    // with SIGBUS.
    const manager = sliding(t, { windowSize: WINDOW })
    const path = tempFile(t, f40).path
    const old = manager.makeCursor(path).useRegion()
    old.unuseRegion()
    truncateSync(path, 4000)
    const fresh = manager.makeCursor(path)
    t.deepEqual([fresh.useRegion(8000).isValid, fresh.size], [false, 0])
    t.is(fresh.useRegion(3000).size, 1000)
    for (const offset of [0, 3000, 8000, 36_000]) {
      try {
        t.true(old.useRegion(offset).size >= 0)
      } catch (error) {
        t.is((error as CodedError).code, 'ERR_SMMAP_FILE_TRUNCATED')
      }
    }
    t.throws(() => old.check(), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  },
)

onUnix('11. what counts is the file, not the number of its descriptor or the spelling of its path', (t) => {
  // smmap's key was the path or the number: a reused fd gave the old file, three spellings made three maps,
  // and after a rename-over new cursors saw the old bytes; after a collect the new bytes with the old size.
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f40).path
  const first = openSync(path, 'r')
  manager.makeCursor(first).useRegion()
  closeSync(first)
  const second = openSync(tempFile(t, other).path, 'r')
  t.is(second, first)
  t.deepEqual(manager.makeCursor(second).useRegion().buffer(), other.subarray(0, WINDOW))
  closeSync(second)

  const link = join(dirname(path), 'link')
  symlinkSync(path, link)
  const regions = [path, relative(process.cwd(), path), link].map(
    (it) => manager.makeCursor(it).useRegion().region,
  )
  t.is(new Set(regions).size, 1)
  t.is(manager.numOpenFiles, 2)

  renameSync(tempFile(t, f10).path, path)
  t.deepEqual(manager.makeCursor(path).useRegion(WINDOW).buffer(), f10.subarray(WINDOW))
  manager.collect()
  const again = manager.makeCursor(path)
  t.deepEqual([again.fileSize, again.useRegion(WINDOW).size], [F10, F10 - WINDOW])
})

test('12. a full handle limit says what it is', (t) => {
  // smmap raised a bare Exception without a message.
  const manager = sliding(t, { windowSize: WINDOW, maxOpenHandles: 1 })
  const path = tempFile(t, f40).path
  manager.makeCursor(path).useRegion()
  const error = t.throws(() => manager.makeCursor(path).useRegion(WINDOW), { code: 'ERR_SMMAP_HANDLE_LIMIT' })
  t.regex(error?.message ?? '', /maxOpenHandles/)
  t.regex(error?.message ?? '', /\b1\b/)
})

test('13. a window is not overstepped by a page', (t) => {
  // In smmap (8190, 10) under windows of 8192 mapped 12,288 bytes: aligned after it had been extended.
  const c = sliding(t, { windowSize: WINDOW }).makeCursor(tempFile(t, f40).path).useRegion(8190, 10)
  t.deepEqual([c.size, c.buffer()], [10, f40.subarray(8190, 8200)])
  t.true(c.region!.size <= WINDOW)
})

test('14. after a request past the end the size is 0', (t) => {
  // In smmap size() kept the value of the request before.
  const c = sliding(t).makeCursor(tempFile(t, f40).path).useRegion(0, 100)
  t.is(c.useRegion(F40).size, 0)
  c.useRegion(0, 100)
  c.unuseRegion()
  t.is(c.size, 0)
})

test('15. growth is seen by the next cursor', (t) => {
  // In smmap a file's size was asked once in the manager's life.
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f10).path
  manager.makeCursor(path).useRegion(WINDOW)
  appendFileSync(path, f40)
  const c = manager.makeCursor(path)
  t.is(c.fileSize, F10 + F40)
  t.deepEqual(c.useRegion(F10, 1000).buffer(), f40.subarray(0, 1000))
})

test('16. an eviction takes the region used longest ago, however many there are', (t) => {
  // smmap walked all regions of all files for every single eviction. What one costs is a row of the
  // benchmark.
  const kept = 16_384
  const path = tempFile(t, '').path
  truncateSync(path, 2 ** 27)
  const manager = sliding(t, { windowSize: 4096, maxMemorySize: kept * 4096 })
  const c = manager.makeCursor(path)
  for (let window = 0; window < kept + 1000; window += 1) c.useRegion(window * 4096)
  const [oldest] = manager.regionList(path)
  t.deepEqual(
    [manager.stats().evictions, manager.numOpenRegions, oldest?.ofsBegin],
    [1000, kept, 1000 * 4096],
  )
})

test('17. exactly three windows hold three', (t) => {
  // The fork's limits were off by one: it evicted at "as much as allowed", and opened one handle more than
  // allowed.
  const path = tempFile(t, f40).path
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW, maxOpenHandles: 3 })
  const cursors: WindowCursor[] = [0, 1, 2].map((i) => manager.makeCursor(path).useRegion(i * WINDOW))
  t.deepEqual([manager.numOpenRegions, manager.stats().evictions], [3, 0])
  t.throws(() => manager.makeCursor(path).useRegion(3 * WINDOW), { code: 'ERR_SMMAP_HANDLE_LIMIT' })
  t.true(cursors.every((c) => c.isValid))
})

test('18. extending a window never shrinks it', (t) => {
  // smmap's extend_left_to (100, 10) with a maximum of 5 gave (105, 5): the span asked for was lost.
  for (const max of [0, 5, 9]) {
    const left = new MapWindow(100, 10)
    left.extendLeftTo(new MapWindow(0, 50), max)
    const right = new MapWindow(100, 10)
    right.extendRightTo(new MapWindow(200, 10), max)
    t.deepEqual([left.ofs, left.size, right.ofs, right.size], [100, 10, 100, 10])
  }
})
