// The memory and handle limits: to the byte and to the handle; what is evicted first; what the system
// refuses.
import { writeFileSync } from 'node:fs'
import test from 'ava'
import type { WindowCursor } from 'smmap'
import { inChild } from './fixtures/child.js'
import { refused, sliding, stillServes, whole, type Manager } from './fixtures/managers.js'
import { onLinux, onUnix } from './fixtures/platform.js'
import { F10, F40, pseudoRandomBytes, tempFile } from './helpers/files.js'

const WINDOW = 8192
const f10 = pseudoRandomBytes(F10, 10)
const f40 = pseudoRandomBytes(F40, 40)

/** A cursor on each of the first `count` windows. */
function hold(manager: Manager, path: string, count: number): WindowCursor[] {
  return Array.from({ length: count }, (_, i) => manager.makeCursor(path).useRegion(i * WINDOW))
}

/** Uses the windows one after the other, and says which of them had to be mapped. */
function mappedAnew(manager: Manager, c: WindowCursor, windows: readonly number[]): number[] {
  return windows.filter((window) => {
    const { misses } = manager.stats()
    c.useRegion(window * WINDOW)
    return manager.stats().misses > misses
  })
}

test('three windows fit in a limit of exactly three windows', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW, strict: true })
  hold(manager, tempFile(t, f40).path, 3)
  t.deepEqual([manager.numOpenRegions, manager.mappedMemorySize], [3, 3 * WINDOW])
  t.is(manager.stats().evictions, 0)
})

test('a byte less, and only two are kept', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW - 1 })
  const c = manager.makeCursor(tempFile(t, f40).path)
  for (const window of [0, 1, 2]) c.useRegion(window * WINDOW)
  t.deepEqual([manager.numOpenRegions, manager.stats().evictions], [2, 1])
})

test('the last window counts its own bytes, not a whole window', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: F10, strict: true })
  hold(manager, tempFile(t, f10).path, 2)
  t.is(manager.mappedMemorySize, F10)
})

test('the soft limit is overstepped when everything is in use, and kept again afterwards', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 2 * WINDOW })
  const cursors = hold(manager, tempFile(t, f40).path, 4)
  t.is(manager.mappedMemorySize, 4 * WINDOW)
  for (const c of cursors) t.deepEqual(c.buffer(), f40.subarray(c.ofsBegin, c.ofsEnd))
  for (const c of cursors) c.unuseRegion()
  cursors[0]!.useRegion(4 * WINDOW)
  // What the views keep mapped takes room, until garbage collection finds that nobody has them.
  t.is(manager.mappedMemorySize, manager.zeroCopy ? WINDOW : 2 * WINDOW)
})

test('the strict limit is an error that names the numbers, and leaves everything as it was', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW, strict: true })
  const path = tempFile(t, f40).path
  const cursors = hold(manager, path, 3)
  const fourth = manager.makeCursor(path).useRegion(0)
  fourth.unuseRegion()
  const error = refused(t, manager, () => fourth.useRegion(3 * WINDOW), 'ERR_SMMAP_MEMORY_LIMIT')
  t.regex(error?.message ?? '', /24[,_]?576/)
  for (const c of cursors) t.deepEqual(c.buffer(), f40.subarray(c.ofsBegin, c.ofsEnd))
  cursors[1]!.close()
  t.true(fourth.useRegion(3 * WINDOW).isValid)
  t.is(manager.mappedMemorySize, 3 * WINDOW)
})

test('a strict limit smaller than a window refuses it even when nothing is mapped', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: WINDOW - 1, strict: true })
  const c = manager.makeCursor(tempFile(t, f40).path)
  t.throws(() => c.useRegion(0, WINDOW), { code: 'ERR_SMMAP_MEMORY_LIMIT' })
  t.deepEqual([manager.mappedMemorySize, manager.numOpenRegions, c.isValid], [0, 0, false])
})

test('a limit of one byte still serves one window after the other when it is soft', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 1 })
  const c = manager.makeCursor(tempFile(t, f40).path)
  for (let offset = 0; offset < F40; offset += WINDOW) {
    t.deepEqual(c.useRegion(offset).buffer(), f40.subarray(offset, offset + WINDOW))
    t.is(manager.numOpenRegions, 1)
  }
})

test('the handle limit lets in exactly that many, then is an error that names the number', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxOpenHandles: 3 })
  const path = tempFile(t, f40).path
  const cursors = hold(manager, path, 3)
  t.is(manager.numFileHandles, 3)
  const fourth = manager.makeCursor(path).useRegion(0)
  fourth.unuseRegion()
  const error = refused(t, manager, () => fourth.useRegion(3 * WINDOW), 'ERR_SMMAP_HANDLE_LIMIT')
  t.regex(error?.message ?? '', /\b3\b/)
  stillServes(t, manager, path, f40)
  cursors[2]!.close()
  t.deepEqual(fourth.useRegion(3 * WINDOW, 10).buffer(), f40.subarray(3 * WINDOW, 3 * WINDOW + 10))
  t.is(manager.numFileHandles, 3)
})

test('under the handle limit idle regions make way, one for one', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxOpenHandles: 2 })
  const c = manager.makeCursor(tempFile(t, f40).path)
  for (let offset = 0; offset < F40; offset += WINDOW) {
    t.deepEqual(c.useRegion(offset).buffer(), f40.subarray(offset, offset + WINDOW))
    t.true(manager.numFileHandles <= 2)
  }
  t.is(manager.stats().evictions, 3)
})

test('the handle limit bounds the files held open, too', (t) => {
  const manager = whole(t, { maxOpenHandles: 2 })
  const paths = Array.from({ length: 6 }, () => tempFile(t, f10).path)
  for (const path of paths) {
    const c = manager.makeCursor(path).useRegion()
    t.deepEqual(c.buffer(), f10)
    c.close()
    t.true(manager.numOpenFiles <= 2)
  }
})

test('what was used last stays: a window used again outlives one mapped after it', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW })
  const c = manager.makeCursor(tempFile(t, f40).path)
  t.deepEqual(mappedAnew(manager, c, [0, 1, 2, 0]), [0, 1, 2])
  t.deepEqual(mappedAnew(manager, c, [3]), [3])
  t.deepEqual(mappedAnew(manager, c, [0, 2, 3]), [], 'window 1 was the one to go')
})

test('what counts is when the last client left, not when the first came', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW })
  const path = tempFile(t, f40).path
  const [first, second, third] = hold(manager, path, 3)
  second!.close()
  third!.close()
  first!.close()
  const c = manager.makeCursor(path)
  t.deepEqual(mappedAnew(manager, c, [3]), [3])
  t.deepEqual(mappedAnew(manager, c, [0, 2, 3]), [])
  t.deepEqual(mappedAnew(manager, c, [1]), [1])
})

test('recency is one order over all files', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW })
  const [a, b] = [1, 2].map(() => manager.makeCursor(tempFile(t, f40).path))
  mappedAnew(manager, a!, [0])
  mappedAnew(manager, b!, [0])
  mappedAnew(manager, a!, [1])
  a!.unuseRegion()
  b!.unuseRegion()
  // Left in this order: a's window 0, a's window 1, b's window 0.
  t.deepEqual(mappedAnew(manager, b!, [1]), [1])
  t.deepEqual(mappedAnew(manager, b!, [0, 1]), [])
  t.deepEqual(mappedAnew(manager, a!, [1]), [])
  t.deepEqual(mappedAnew(manager, a!, [0]), [0])
})

test('a region in use is never evicted, whatever the pressure', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxMemorySize: 2 * WINDOW, maxOpenHandles: 2 })
  const path = tempFile(t, f40).path
  const kept = manager.makeCursor(path).useRegion(0)
  const c = manager.makeCursor(path)
  for (let round = 0; round < 3; round += 1) {
    for (const window of [1, 2, 3, 4]) c.useRegion(window * WINDOW)
  }
  t.deepEqual(kept.buffer(), f40.subarray(0, WINDOW))
  t.deepEqual(mappedAnew(manager, c, [0]), [])
})

onUnix('when the process has no descriptor left, idle files make way; then it is EMFILE', (t) => {
  const paths = Array.from({ length: 60 }, () => tempFile(t, f10).path)
  const answer = inChild(t, 'descriptors.cjs', paths, { openFiles: 48 })
  t.deepEqual(answer['idle'], { served: 60, code: null })
  t.like(answer['used'], {
    code: 'EMFILE',
    syscall: 'open',
    countersKept: true,
    wrong: 0,
    worksAgain: true,
  })
  t.true((answer['used'] as { served: number }).served > 10)
})

onUnix('a cursor a file goes on when there are more files than descriptors', (t) => {
  const paths = Array.from({ length: 400 }, () => tempFile(t, Buffer.of()).path)
  for (const path of paths) writeFileSync(path, path)
  const answer = inChild(t, 'lent-descriptors.cjs', paths, { openFiles: 256 })
  t.deepEqual(answer, {
    wrong: [0, 0],
    numOpenCursors: 800,
    changed: Array.from({ length: 4 }, () => 'ERR_SMMAP_FILE_CHANGED'),
    works: true,
  })
})

onLinux('when address space runs out, idle regions make way; then it is ENOMEM', (t) => {
  const answer = inChild(t, 'address-space.cjs', [tempFile(t, f10).path])
  t.deepEqual(answer['idle'], { served: 64, code: null })
  t.like(answer['used'], { code: 'ENOMEM', syscall: 'mmap', countersKept: true, worksAgain: true })
})
