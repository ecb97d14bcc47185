// What managers share, keep, count, close and give back. Limits are in limits.spec.
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { SlidingWindowMapManager, StaticWindowMapManager } from 'smmap'
import { inChild } from './fixtures/child.js'
import { counters, NOTHING_OPEN, sliding, whole } from './fixtures/managers.js'
import { onLinux } from './fixtures/platform.js'
import { F10, F40, pseudoRandomBytes, tempFile } from './helpers/files.js'

const WINDOW = 8192
const GIB = 1024 ** 3
const f10 = pseudoRandomBytes(F10, 10)
const f40 = pseudoRandomBytes(F40, 40)

test('a new manager has the limits of smmap on a 64-bit system', (t) => {
  const slide = sliding(t)
  t.is(slide.windowSize, GIB)
  t.is(slide.maxMappedMemorySize, 8 * GIB)
  t.is(whole(t).windowSize, 0)
  t.deepEqual(counters(slide), NOTHING_OPEN)
  t.false(slide.closed)
})

test('a manager shows the limits it was given', (t) => {
  const manager = sliding(t, { windowSize: 4096, maxMemorySize: 12_288, maxOpenHandles: 5 })
  t.deepEqual([manager.windowSize, manager.maxMappedMemorySize, manager.maxFileHandles], [4096, 12_288, 5])
})

test('a static manager with a window size maps the whole file and shows at most the window', (t) => {
  const c = whole(t, { windowSize: WINDOW }).makeCursor(tempFile(t, f40).path).useRegion(20_000)
  t.deepEqual([c.region!.ofsBegin, c.region!.size, c.size], [0, F40, WINDOW])
  t.deepEqual(c.buffer(), f40.subarray(20_000, 20_000 + WINDOW))
})

test('two cursors on one file share a region', (t) => {
  const manager = sliding(t)
  const path = tempFile(t, f40).path
  const a = manager.makeCursor(path).useRegion(0, 10)
  const b = manager.makeCursor(path).useRegion(5000, 10)
  t.is(a.region, b.region)
  t.is(a.region!.clientCount, 3)
  t.deepEqual(counters(manager), {
    mappedMemorySize: F40,
    numFileHandles: 1,
    numOpenFiles: 1,
    numOpenRegions: 1,
    numUsedRegions: 1,
    numOpenCursors: 2,
  })
})

test('memory is counted as mapped: a file of 10,000 bytes counts 10,000', (t) => {
  const manager = whole(t)
  manager.makeCursor(tempFile(t, f10).path).useRegion()
  t.is(manager.mappedMemorySize, F10)
})

test('collect unmaps what is idle, and says how much', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const c = manager.makeCursor(tempFile(t, f40).path)
  for (let offset = 0; offset < F40; offset += WINDOW) c.useRegion(offset)
  t.is(manager.collect(), 4)
  t.deepEqual([manager.numOpenRegions, manager.mappedMemorySize], [1, WINDOW])
  t.is(manager.collect(), 0, 'nothing but what is in use')
  c.unuseRegion()
  t.is(manager.collect(), 1)
  t.is(manager.collect(), 0)
  t.deepEqual([manager.mappedMemorySize, manager.numFileHandles, manager.numOpenFiles], [0, 0, 0])
})

test('open files are those with a region', (t) => {
  const manager = sliding(t)
  const cursors = [f10, f40].map((bytes) => manager.makeCursor(tempFile(t, bytes).path))
  t.is(manager.numOpenFiles, 0)
  cursors[0]!.useRegion()
  t.is(manager.numOpenFiles, 1)
  cursors[1]!.useRegion()
  t.is(manager.numOpenFiles, 2)
  for (const c of cursors) c.close()
  t.is(manager.numOpenFiles, 2, 'cached')
  manager.collect()
  t.is(manager.numOpenFiles, 0)
})

test('a descriptor may be closed once it was used: old windows stay, new ones can be mapped', (t) => {
  const fd = openSync(tempFile(t, f40).path, 'r')
  const manager = sliding(t, { windowSize: WINDOW })
  const c = manager.makeCursor(fd).useRegion(0)
  closeSync(fd)
  t.deepEqual(c.buffer(), f40.subarray(0, WINDOW))
  t.deepEqual(c.useRegion(WINDOW).buffer(), f40.subarray(WINDOW, 2 * WINDOW))
})

test('stats tell what was found, mapped and evicted, and the peaks', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 2 * WINDOW })
  const c = manager.makeCursor(tempFile(t, f40).path)
  for (let offset = 0; offset < F40; offset += WINDOW) c.useRegion(offset)
  const other = c.copy()
  other.useRegion(3 * WINDOW)
  const stats = manager.stats()
  t.deepEqual([stats.misses, stats.maps, stats.evictions], [5, 5, 3])
  t.true(stats.hits >= 1)
  t.like(stats, counters(manager))
  t.like(stats, { lingeringRegions: 0, lingeringBytes: 0 })
})

test('a closed manager holds nothing, makes nothing, and closes again', (t) => {
  const manager = new SlidingWindowMapManager()
  const path = tempFile(t, f10).path
  const used = manager.makeCursor(path).useRegion()
  const unused = manager.makeCursor(path)
  manager.close()
  manager.close()
  t.true(manager.closed)
  t.deepEqual([manager.mappedMemorySize, manager.numOpenRegions, manager.numOpenFiles], [0, 0, 0])
  t.throws(() => manager.makeCursor(path), { code: 'ERR_SMMAP_CLOSED' })
  t.throws(() => used.useRegion(10, 10), { code: 'ERR_SMMAP_CLOSED' })
  t.throws(() => unused.useRegion(), { code: 'ERR_SMMAP_CLOSED' })
  t.notThrows(() => used.close())
  t.is(manager.collect(), 0)
})

test('disposing of a manager closes it', (t) => {
  for (const manager of [new SlidingWindowMapManager(), new StaticWindowMapManager()]) {
    manager[Symbol.dispose]()
    t.true(manager.closed)
  }
})

test('managers do not share', (t) => {
  const path = tempFile(t, f40).path
  const [a, b] = [sliding(t), sliding(t)]
  const view = a.makeCursor(path).useRegion().buffer()
  b.makeCursor(path).useRegion()
  b.close()
  t.deepEqual(counters(a).numOpenRegions, 1)
  t.deepEqual(view, f40)
})

test('forceUnmap empties the views (not copies) of the files at or under a path, by path segment', (t) => {
  const folder = dirname(tempFile(t, f10).path)
  const [inside, beside] = [join(folder, 'logs'), join(folder, 'logs-old')]
  for (const path of [inside, beside]) {
    mkdirSync(path)
    writeFileSync(join(path, 'file'), f40)
  }
  const manager = sliding(t, { windowSize: WINDOW })
  const gone = manager.makeCursor(join(inside, 'file')).useRegion()
  const kept = manager.makeCursor(join(beside, 'file')).useRegion()
  const [lost, view] = [gone.buffer(), kept.buffer()]
  t.is(manager.forceUnmap(inside), 1)
  t.deepEqual([lost.length, gone.isValid, gone.size], [manager.zeroCopy ? 0 : WINDOW, false, 0])
  t.deepEqual(view, f40.subarray(0, WINDOW))
  t.deepEqual([manager.numOpenRegions, manager.mappedMemorySize], [1, WINDOW])
  t.deepEqual(gone.useRegion(WINDOW, 10).buffer(), f40.subarray(WINDOW, WINDOW + 10))
  t.is(manager.forceUnmap(join(folder, 'nowhere')), 0)
  t.is(manager.forceUnmap(join(beside, 'file')), 1)
})

test('closing with detach empties the views at once, but no copies; closing without leaves them', (t) => {
  const path = tempFile(t, f10).path
  const views = [true, false].map((detach) => {
    const manager = new SlidingWindowMapManager()
    const view = manager.makeCursor(path).useRegion().buffer()
    manager.close({ detach })
    return { view, isEmpty: detach && manager.zeroCopy }
  })
  for (const { view, isEmpty } of views) t.is(view.length, isEmpty ? 0 : F10)
  for (const { view, isEmpty } of views) if (!isEmpty) t.deepEqual(view, f10)
})

test('a region list shows the regions of one file by offset, whatever the order they were mapped in', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f40).path
  const c = manager.makeCursor(path)
  for (const window of [3, 0, 2]) c.useRegion(window * WINDOW)
  manager.makeCursor(tempFile(t, f10).path).useRegion()
  const list = manager.regionList(path)
  t.deepEqual([list.length, list.pathOrFd, list.fileSize], [3, path, F40])
  t.deepEqual(
    [...list].map((region) => region.ofsBegin),
    [0, 2 * WINDOW, 3 * WINDOW],
  )
  t.true([...list][1] === c.region)
})

test('forceMapHandleRemovalWin unmaps on Windows and does nothing elsewhere', (t) => {
  const manager = sliding(t)
  const path = tempFile(t, f10).path
  const c = manager.makeCursor(path).useRegion()
  const onWindows = process.platform === 'win32'
  t.is(manager.forceMapHandleRemovalWin(path), onWindows ? 1 : 0)
  t.is(c.isValid, !onWindows)
})

test('without zero-copy everything is the same, but the bytes are copies', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, zeroCopy: 'never' })
  t.false(manager.zeroCopy)
  const c = manager.makeCursor(tempFile(t, f40).path).useRegion(100, 50)
  t.deepEqual(c.buffer(), f40.subarray(100, 150))
  c.buffer()[0]! ^= 0xff
  t.deepEqual(c.buffer(), f40.subarray(100, 150), 'a write reaches only the copy')
  t.deepEqual(c.map(), f40.subarray(0, WINDOW))
  const seen: Buffer[] = []
  for (let at = 0; c.useRegion(at).isValid; at = c.ofsEnd) seen.push(c.buffer())
  t.deepEqual(Buffer.concat(seen), f40)
})

test('a write into a view stays in memory', (t) => {
  const path = tempFile(t, f10).path
  const manager = sliding(t)
  const c = manager.makeCursor(path).useRegion()
  const view = c.buffer()
  view[0] = view[0]! ^ 0xff
  view.fill(7, 4096, 8192)
  t.is(view[5000], 7)
  manager.close()
  t.deepEqual(readFileSync(path), f10)
})

test('a view stays as it was after its cursor moves or closes, its region goes, its manager closes', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 2 * WINDOW })
  const c = manager.makeCursor(tempFile(t, f40).path).useRegion(100, 5000)
  const view = c.buffer()
  const same = (): boolean => t.deepEqual(view, f40.subarray(100, 5100))
  for (let offset = WINDOW; offset < F40; offset += WINDOW) c.useRegion(offset).buffer()
  same()
  // Where views keep regions mapped that were left, they take room from others.
  t.is(manager.stats().evictions, manager.zeroCopy ? 4 : 3)
  c.close()
  same()
  manager.collect()
  t.is(manager.mappedMemorySize, 0)
  same()
  manager.close()
  same()
})

test('views outlive dropped cursors and managers, through garbage collection', (t) => {
  const answer = inChild(t, 'views-outlive.cjs', [tempFile(t, f40).path], { nodeOptions: ['--expose-gc'] })
  t.deepEqual(answer, { views: 500, wrong: 0 })
})

test('cursors that are dropped without close are given back by garbage collection', (t) => {
  const answer = inChild(t, 'dropped-cursors.cjs', [tempFile(t, f40).path], { nodeOptions: ['--expose-gc'] })
  t.deepEqual(answer, { numOpenCursors: 0, numUsedRegions: 0, collected: 5, mappedMemorySize: 0 })
})

test('a process may end with views, cursors and managers alive', (t) => {
  const answer = inChild(t, 'exit-alive.cjs', [tempFile(t, f40).path])
  t.deepEqual(answer, { first: f40[0] })
})

onLinux('a manager can be made, used and closed many times without keeping descriptors', (t) => {
  const answer = inChild(t, 'open-and-close.cjs', [tempFile(t, f40).path], { nodeOptions: ['--expose-gc'] })
  t.deepEqual(answer, { descriptorsKept: 0, mappingsKept: 0 })
})

// At vm.max_map_count (65,530) not only mmap is refused but malloc too, and the process dies of
// std::bad_alloc.
onLinux('views under many managers in one turn do not use up the mappings of the process', (t) => {
  const { views, mappings } = inChild(t, 'many-managers.cjs', [tempFile(t, f40).path])
  t.is(views, 10_000)
  t.true(Number(mappings) < 5000, `${String(mappings)} mappings for ${String(views)} views`)
})
