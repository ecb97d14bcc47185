// What a WindowCursor shows, keeps mapped and says when it shows nothing.
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { WindowCursor } from 'smmap'
import { counters, NOTHING_OPEN, sliding, type CodedError } from './fixtures/managers.js'
import { F10, PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

/** Two of the smallest steps there are, and a file of five such windows. */
const WINDOW = 2 * PAGE
const SIZE = 5 * WINDOW
const f10 = pseudoRandomBytes(F10, 10)
const content = pseudoRandomBytes(SIZE, 40)

function cursorOn(t: ExecutionContext, bytes: Buffer, windowSize = WINDOW): WindowCursor {
  return sliding(t, { windowSize }).makeCursor(tempFile(t, bytes).path)
}

/** The distinct regions a cursor meets on its way, as [offset, size], in the order met. */
function regionsMet(c: WindowCursor, offsets: readonly number[]): [number, number][] {
  const met = new Map<number, number>()
  for (const offset of offsets) {
    const region = c.useRegion(offset, 1).region!
    met.set(region.ofsBegin, region.size)
  }
  return [...met]
}

test('a cursor on a missing file is fine until it is used', (t) => {
  const path = join(tempFile(t, f10).path, '..', 'missing')
  const manager = sliding(t)
  const c = manager.makeCursor(path)
  t.deepEqual([c.isAssociated, c.isValid, c.path], [true, false, path])
  const error = t.throws(() => c.useRegion()) as CodedError
  t.deepEqual([error.code, error.syscall, error.path], ['ENOENT', 'open', path])
  t.deepEqual([c.isAssociated, c.isValid], [true, false])
  t.deepEqual(counters(manager), NOTHING_OPEN)
})

test('a cursor made before its file exists can use it once it does', (t) => {
  const path = join(tempFile(t, f10).path, '..', 'later')
  const c = sliding(t).makeCursor(path)
  t.throws(() => c.useRegion(), { code: 'ENOENT' })
  writeFileSync(path, content)
  t.deepEqual(c.useRegion(10, 10).buffer(), content.subarray(10, 20))
})

test('a request inside the file is served as asked', (t) => {
  const c = cursorOn(t, f10).useRegion(10, 10)
  t.deepEqual([c.ofsBegin, c.ofsEnd, c.size, c.region!.clientCount], [10, 20, 10, 2])
  t.deepEqual(c.buffer(), f10.subarray(10, 20))
})

test('a view is a true Buffer, and each call makes an equal one', (t) => {
  const c = cursorOn(t, f10).useRegion(10, 10)
  t.true(Buffer.isBuffer(c.buffer()))
  t.deepEqual(c.buffer(), c.buffer())
  t.is(c.buffer().toString('hex'), f10.toString('hex', 10, 20))
})

test('map() is the whole region, buffer() the part asked for', (t) => {
  const c = cursorOn(t, content).useRegion(WINDOW + 100, 10)
  t.deepEqual([c.region!.ofsBegin, c.region!.size], [WINDOW, WINDOW])
  t.deepEqual(c.map(), content.subarray(WINDOW, 2 * WINDOW))
  t.deepEqual(c.region!.map(), c.map())
  t.deepEqual(c.buffer(), content.subarray(WINDOW + 100, WINDOW + 110))
})

test('a request over the end of the file is cut there', (t) => {
  const c = cursorOn(t, f10).useRegion(9990, 100)
  t.deepEqual([c.ofsEnd, c.size], [F10, 10])
  t.deepEqual(c.buffer(), f10.subarray(9990))
})

for (const offset of [F10, F10 + 1, 1e15]) {
  test(`a request at ${offset} in a file of ${F10} lets the region go and leaves the cursor invalid`, (t) => {
    const c = cursorOn(t, f10).useRegion(10, 10)
    const region = c.region!
    t.is(c.useRegion(offset), c)
    t.deepEqual([c.isValid, c.size, c.region], [false, 0, null])
    t.is(region.clientCount, 1)
    t.true(c.useRegion(10, 10).isValid, 'and the next request works')
  })
}

test('a request for everything gives a window', (t) => {
  const c = cursorOn(t, content).useRegion()
  t.deepEqual([c.ofsBegin, c.ofsEnd], [0, WINDOW])
})

test('the last byte lies in the last window', (t) => {
  const c = cursorOn(t, content).useRegion(SIZE - 1)
  t.deepEqual([c.region!.ofsBegin, c.region!.size, c.size], [4 * WINDOW, WINDOW, 1])
})

test('a scan meets the same five regions forwards and backwards, and every byte', (t) => {
  const starts = [0, 1, 2, 3, 4].map((index) => index * WINDOW)
  const expected = starts.map((start) => [start, WINDOW])
  const forward = cursorOn(t, content)
  const seen: Buffer[] = []
  for (let at = 0; forward.useRegion(at).isValid; at = forward.ofsEnd) seen.push(forward.buffer())
  t.deepEqual(Buffer.concat(seen), content)
  t.deepEqual(regionsMet(forward, starts), expected)

  const downwards = Array.from({ length: SIZE }, (_, i) => SIZE - 1 - i)
  t.deepEqual(regionsMet(cursorOn(t, content), downwards), expected.toReversed())
})

test('no size, and more than a window, is a whole window wherever it starts', (t) => {
  // It gave what the region at the offset had from there on: useRegion(8191) with windows of 8192 gave one
  // byte.
  for (const size of [0, WINDOW + 1, Number.MAX_SAFE_INTEGER - SIZE]) {
    const c = cursorOn(t, content).useRegion(WINDOW - 1, size)
    t.deepEqual([c.size, c.buffer()], [WINDOW, content.subarray(WINDOW - 1, 2 * WINDOW - 1)])
    t.deepEqual(c.useRegion(0).size, WINDOW)
    t.deepEqual(c.useRegion(SIZE - 5, size).buffer(), content.subarray(SIZE - 5))
  }
})

test('a window that is no multiple of a page gives its own size, from a region rounded up to pages', (t) => {
  const c = cursorOn(t, content, PAGE + 904).useRegion()
  t.deepEqual([c.size, c.region!.size], [PAGE + 904, WINDOW])
})

test('a request up to one window long is whole wherever it starts', (t) => {
  const c = cursorOn(t, content)
  let short = 0
  for (let offset = 0; offset < SIZE; offset += 509) {
    const end = Math.min(offset + WINDOW, SIZE)
    if (c.useRegion(offset, WINDOW).ofsEnd !== end || !c.buffer().equals(content.subarray(offset, end)))
      short += 1
  }
  t.is(short, 0)
})

test('a request for more than a window gives at most a window, and at least a byte', (t) => {
  const c = cursorOn(t, content)
  for (const offset of [0, 1, WINDOW - 1, WINDOW, SIZE - 1]) {
    c.useRegion(offset, SIZE)
    t.true(c.size >= 1 && c.size <= WINDOW)
    t.deepEqual(c.buffer(), content.subarray(offset, offset + c.size))
  }
})

test('offsets and sizes may be bigints, and come back as numbers', (t) => {
  const c = cursorOn(t, f10).useRegion(10n, 10n)
  t.deepEqual([c.ofsBegin, c.ofsEnd, c.size], [10, 20, 10])
  t.true(c.includesOfs(19n))
})

test('a cursor includes the offsets of its request, not those of its region', (t) => {
  const c = cursorOn(t, f10).useRegion(10, 10)
  t.deepEqual(
    [9, 10, 19, 20, -1, Number.MAX_SAFE_INTEGER].map((ofs) => c.includesOfs(ofs)),
    [false, true, true, false, false, false],
  )
})

test('letting go twice is fine, and the region stays cached', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const c = manager.makeCursor(tempFile(t, content).path).useRegion()
  c.unuseRegion()
  c.unuseRegion()
  t.false(c.isValid)
  t.deepEqual([manager.numOpenRegions, manager.numUsedRegions], [1, 0])
  const { misses } = manager.stats()
  c.useRegion(100, 10)
  t.is(manager.stats().misses, misses)
})

test('moving lets the region left behind go idle', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const c = manager.makeCursor(tempFile(t, content).path).useRegion(0)
  const first = c.region!
  c.useRegion(WINDOW)
  t.is(first.clientCount, 1)
  t.deepEqual([manager.numOpenRegions, manager.numUsedRegions], [2, 1])
})

test('a request that fails leaves the cursor on no region, and its old region cached', (t) => {
  const manager = sliding(t, { windowSize: WINDOW, maxOpenHandles: 2 })
  const path = tempFile(t, content).path
  const holders = [0, WINDOW].map((offset) => manager.makeCursor(path).useRegion(offset))
  const c = manager.makeCursor(path).useRegion(0)
  t.throws(() => c.useRegion(2 * WINDOW), { code: 'ERR_SMMAP_HANDLE_LIMIT' })
  t.deepEqual([c.isValid, c.size], [false, 0])
  t.deepEqual([manager.numOpenRegions, manager.numUsedRegions], [2, 2])
  holders[1]!.close()
  t.deepEqual(c.useRegion(2 * WINDOW, 10).buffer(), content.subarray(2 * WINDOW, 2 * WINDOW + 10))
})

test('what needs a region throws ERR_SMMAP_NOT_MAPPED without one; what does not, answers', (t) => {
  const manager = sliding(t)
  const path = tempFile(t, f10).path
  const unused = manager.makeCursor(path)
  const past = manager.makeCursor(path).useRegion(F10)
  const empty = new WindowCursor()
  for (const c of [unused, past, empty]) {
    for (const ask of [() => c.ofsBegin, () => c.ofsEnd, () => c.buffer(), () => c.map()]) {
      t.throws(ask, { code: 'ERR_SMMAP_NOT_MAPPED' })
    }
    t.deepEqual([c.size, c.includesOfs(0), c.region], [0, false, null])
    t.notThrows(() => c.unuseRegion())
  }
})

test('a cursor that never had a file says so when used', (t) => {
  const c = new WindowCursor()
  t.throws(() => c.useRegion(), { code: 'ERR_SMMAP_NOT_ASSOCIATED' })
  t.throws(() => c.check(), { code: 'ERR_SMMAP_NOT_ASSOCIATED' })
  t.throws(() => c.fileSize, { code: 'ERR_SMMAP_NOT_ASSOCIATED' })
  t.false(c.copy().isAssociated)
})

test('a closed cursor lets its region go, is invalid, and closes again', (t) => {
  const manager = sliding(t)
  const c = manager.makeCursor(tempFile(t, f10).path).useRegion()
  const region = c.region!
  c.close()
  c.close()
  t.deepEqual([c.isValid, c.size, region.clientCount], [false, 0, 1])
  t.deepEqual([manager.numOpenCursors, manager.numUsedRegions, manager.numOpenRegions], [0, 0, 1])
  t.throws(() => c.buffer(), { any: true })
})

test('disposing of a cursor closes it', (t) => {
  const manager = sliding(t)
  const c = manager.makeCursor(tempFile(t, f10).path).useRegion()
  c[Symbol.dispose]()
  t.false(c.isValid)
  t.is(manager.numUsedRegions, 0)
})

test('a copy stands where its original stands, and lives on its own', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const c = manager.makeCursor(tempFile(t, content).path).useRegion(100, 50)
  const region = c.region!
  const copy = c.copy()
  t.deepEqual([copy.ofsBegin, copy.size, copy.path], [100, 50, c.path])
  t.is(region.clientCount, 3)
  c.useRegion(WINDOW)
  t.deepEqual([copy.ofsBegin, region.clientCount], [100, 2])
  c.close()
  t.deepEqual(copy.buffer(), content.subarray(100, 150))
  t.true(copy.useRegion(SIZE - 1).isValid, 'it can move where its original has closed')
})

test('a copy is on the region of its original, also where another region has the same bytes', (t) => {
  const c = cursorOn(t, content).useRegion(2 * WINDOW)
  c.useRegion(WINDOW + 1, WINDOW)
  const region = c.useRegion(2 * WINDOW, 10).region!
  t.true(region.ofsBegin <= WINDOW, 'two regions overlap here')
  const copy = c.copy()
  t.is(copy.region, region)
  t.is(region.clientCount, 3)
})

test('assign lets the own region go and stands where the other stands', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const a = manager.makeCursor(tempFile(t, content).path).useRegion(100, 50)
  const b = manager.makeCursor(tempFile(t, f10).path).useRegion(10, 10)
  const left = b.region!
  b.assign(a)
  t.deepEqual([b.ofsBegin, b.size, b.path], [100, 50, a.path])
  t.deepEqual([left.clientCount, a.region!.clientCount], [1, 3])
  a.close()
  t.deepEqual(b.buffer(), content.subarray(100, 150))
})

test('the file size is there before and after the file is mapped', (t) => {
  const path = tempFile(t, f10).path
  const c = sliding(t).makeCursor(path)
  t.is(c.fileSize, statSync(path).size)
  t.is(c.useRegion().fileSize, F10)
  c.unuseRegion()
  t.is(c.fileSize, F10)
})

test('check() is content while the file is the one that was mapped', (t) => {
  const c = cursorOn(t, f10).useRegion()
  t.notThrows(() => c.check())
  c.buffer()[0] = 1
  t.notThrows(() => c.check(), 'a write into the view is no change of the file')
})
