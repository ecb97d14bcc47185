// What a FixedCursor shows, what it still knows when it is closed, and the cursors it makes.
import { appendFileSync, closeSync, openSync, renameSync, statSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import type { FixedCursor, TilingMemmapManager } from 'smmap'
import { countsOf, greedy, refused, refusesOddNumbers, tiling } from './fixtures/fork-managers.js'
import { onUnix } from './fixtures/platform.js'
import { F10, F40, PAGE, pseudoRandomBytes, tempFile, type TempFile } from './helpers/files.js'

const WINDOW = 2 * PAGE
const MAX = Number.MAX_SAFE_INTEGER

interface Place extends TempFile {
  readonly manager: TilingMemmapManager
}

/** A file of 5 windows, and a manager of such windows. */
function place(t: ExecutionContext, size = 5 * WINDOW): Place {
  return { ...tempFile(t, size), manager: tiling(t, { windowSize: WINDOW }) }
}

function spanOf({ ofs, size, ofsEnd }: FixedCursor): [ofs: number, size: number, ofsEnd: number] {
  return [ofs, size, ofsEnd]
}

test('a cursor is mapped when it is made, and shows just the span asked for', (t) => {
  const { path, bytes, manager } = place(t)
  const c = manager.makeCursor(path, { offset: 10, size: 100 })
  t.deepEqual(spanOf(c), [10, 100, 110])
  t.deepEqual(c.buffer(), bytes.subarray(10, 110))
  t.deepEqual([c.closed, c.fileSize, c.path, c.pathOrFd], [false, bytes.length, path, path])
  t.deepEqual([c.region?.ofsBegin, c.region?.size, c.region?.clientCount], [0, WINDOW, 2])
  for (const ofs of [10, 109]) t.true(c.includesOfs(ofs))
  for (const ofs of [9, 110, -1, MAX]) t.false(c.includesOfs(ofs))
})

test('a span up to a window long is served whole, wherever its regions are', (t) => {
  const { path, bytes, manager } = place(t)
  manager.makeCursor(path)
  const c = manager.makeCursor(path, { offset: WINDOW - 2, size: WINDOW })
  t.deepEqual(spanOf(c), [WINDOW - 2, WINDOW, 2 * WINDOW - 2])
  t.deepEqual(c.buffer(), bytes.subarray(WINDOW - 2, 2 * WINDOW - 2))
})

test('no size, and more than a window, is a whole window from the offset on', (t) => {
  const { path, manager } = place(t)
  t.is(manager.makeCursor(path).size, WINDOW)
  t.is(manager.makeCursor(path, { size: WINDOW + 1 }).size, WINDOW)
  t.is(manager.makeCursor(path, { size: MAX }).size, WINDOW)
  t.is(manager.makeCursor(path, { offset: WINDOW - 3, size: 0 }).size, WINDOW)
  t.is(tiling(t, { windowSize: 5000 }).makeCursor(path).size, 5000)
})

test('a span is cut where the file ends', (t) => {
  const { path, bytes } = tempFile(t, F10)
  const manager = tiling(t)
  t.deepEqual(spanOf(manager.makeCursor(path, { offset: F10 - 10, size: 100 })), [F10 - 10, 10, F10])
  t.deepEqual(manager.makeCursor(path, { offset: F10 - 1 }).buffer(), bytes.subarray(-1))
  t.is(manager.makeCursor(path).size, F10)
})

test('at and past the end there is no cursor, and an empty file has no other place', (t) => {
  const { path, manager } = place(t, 20)
  const empty = tempFile(t, '').path
  manager.makeCursor(path)
  for (const offset of [20, 21, 2 ** 31, 2 ** 32, MAX]) {
    const message = refused(
      t,
      manager,
      () => manager.makeCursor(path, { offset }),
      'ERR_SMMAP_OFFSET_BEYOND_END',
    )
    t.is(message, `offset ${offset} is beyond the end of the file (20 bytes): ${path}`)
  }
  for (const offset of [0, 1]) {
    t.is(
      refused(t, manager, () => manager.makeCursor(empty, { offset }), 'ERR_SMMAP_OFFSET_BEYOND_END'),
      `offset ${offset} is beyond the end of the file (0 bytes): ${empty}`,
    )
  }
  t.throws(() => manager.makeCursor(empty), { instanceOf: RangeError })
})

test('a file that cannot be opened is said at once', (t) => {
  const { path, manager } = place(t)
  for (const [target, code] of [
    [join(path, '..', 'missing'), 'ENOENT'],
    [dirname(path), 'EISDIR'],
    [2 ** 31 - 1, 'EBADF'],
  ] as const) {
    refused(t, manager, () => manager.makeCursor(target), code)
  }
})

test('views lie over the same memory where the runtime allows it, and stay right when all has gone', (t) => {
  const { path, bytes, manager } = place(t)
  const c = manager.makeCursor(path, { offset: 10, size: 100 })
  const other = manager.makeCursor(path, { offset: 50, size: 100 })
  const view = c.buffer()
  t.is(view.buffer === other.buffer().buffer, manager.zeroCopy)
  c.close()
  other.close()
  manager.collect()
  manager.close()
  t.deepEqual(view, bytes.subarray(10, 110))
})

test('close may be called again and again, release only while the cursor is open', (t) => {
  const { path, manager } = place(t)
  const made = (): FixedCursor => manager.makeCursor(path)
  const ends: Record<string, (c: FixedCursor) => void> = {
    close: (c) => c.close(),
    release: (c) => c.release(),
    dispose: (c) => c[Symbol.dispose](),
  }
  for (const [name, end] of Object.entries(ends)) {
    const c = made()
    t.is(manager.numOpenCursors, 1, name)
    end(c)
    t.deepEqual([c.closed, manager.numOpenCursors, manager.numUsedRegions], [true, 0, 0], name)
    refused(t, manager, () => c.release(), 'ERR_SMMAP_RELEASED')
    c.close()
    c[Symbol.dispose]()
    t.true(c.closed, name)
  }
})

test('a closed cursor knows its place and its file, and has no bytes and no region', (t) => {
  const { path, bytes, manager } = place(t)
  const c = manager.makeCursor(path, { offset: 10, size: 100 })
  c.close()
  t.deepEqual(spanOf(c), [10, 100, 110])
  t.deepEqual([c.includesOfs(109), c.includesOfs(110)], [true, false])
  t.deepEqual([c.path, c.pathOrFd, c.fileSize, c.region], [path, path, bytes.length, null])
  t.throws(() => c.fd, { code: 'ERR_INVALID_ARG_TYPE' })
  refused(t, manager, () => c.buffer(), 'ERR_SMMAP_CLOSED')
  appendFileSync(path, 'more')
  t.is(c.fileSize, bytes.length + 4)
  t.is(manager.numOpenCursors, 0, 'asking opened nothing for long')
})

test('the next cursor begins where this one ends, and is as long', (t) => {
  const { path, manager } = place(t)
  const c = manager.makeCursor(path, { size: 100 })
  for (const state of ['open', 'closed']) {
    t.deepEqual(spanOf(c.nextCursor()), [100, 100, 200], state)
    t.deepEqual(spanOf(c.nextCursor(undefined, 7)), [100, 7, 107], state)
    t.deepEqual(spanOf(c.nextCursor(300)), [300, 100, 400], state)
    t.deepEqual(spanOf(c.nextCursor(300n, 7n)), [300, 7, 307], state)
    t.deepEqual(spanOf(c.makeCursor()), [0, WINDOW, WINDOW], state)
    t.deepEqual(spanOf(c.makeCursor(5)), [5, WINDOW, WINDOW + 5], state)
    t.deepEqual(spanOf(c.makeCursor(5, 10)), [5, 10, 15], state)
    t.deepEqual(spanOf(c), [0, 100, 100], 'a cursor does not move')
    t.is(c.closed, state === 'closed')
    c.close()
  }
})

test('after the last cursor there is no next one', (t) => {
  const { path, bytes, manager } = place(t)
  const last = manager.makeCursor(path, { offset: bytes.length - 5, size: 100 })
  refused(t, manager, () => last.nextCursor(), 'ERR_SMMAP_OFFSET_BEYOND_END')
  last.close()
  refused(t, manager, () => last.nextCursor(), 'ERR_SMMAP_OFFSET_BEYOND_END')
  refused(t, manager, () => last.makeCursor(MAX), 'ERR_SMMAP_OFFSET_BEYOND_END')
})

/** All the spans from the file's begin on, each let go before the next. */
function scan(first: FixedCursor, fileSize: number): Buffer[] {
  const parts: Buffer[] = []
  for (let c = first; ; c = c.nextCursor()) {
    parts.push(Buffer.from(c.buffer()))
    c.close()
    if (c.ofsEnd >= fileSize) return parts
  }
}

test('five next cursors show a file of five windows', (t) => {
  const { path, bytes, manager } = place(t)
  const parts = scan(manager.makeCursor(path), bytes.length)
  t.is(parts.length, 5)
  t.deepEqual(Buffer.concat(parts), bytes)
  t.deepEqual(countsOf(manager), [5, 0, 0, 5 * WINDOW])
})

test('a scan by next cursors gives the bytes of the file, whatever the window, step and file are', (t) => {
  const files = [1, PAGE - 1, PAGE, PAGE + 1, F40].map((size) => tempFile(t, size))
  const windowSize = fc.oneof(fc.integer({ min: 97, max: 3 * PAGE }), fc.constantFrom(0, -1, PAGE, WINDOW))
  const step = fc.oneof(fc.constant(0), fc.integer({ min: 61, max: 2 * WINDOW }))
  const property = fc.property(
    fc.constantFrom(...files),
    windowSize,
    step,
    fc.nat(3),
    fc.boolean(),
    ({ path, bytes }, window, size, kept, isTiling) => {
      const options = { windowSize: isTiling ? window : 0, maxMemorySize: kept * PAGE }
      using manager = (isTiling ? tiling : greedy)(t, options)
      const parts = scan(manager.makeCursor(path, { size }), bytes.length)
      const limit = size || Infinity
      return Buffer.concat(parts).equals(bytes) && parts.every((part) => part.length <= limit)
    },
  )
  t.notThrows(() => fc.assert(property, { numRuns: 200 }))
})

onUnix('an open cursor makes more of the file it opened, a closed one of what its path leads to now', (t) => {
  const { path, bytes, manager } = place(t)
  const other = tempFile(t, pseudoRandomBytes(F40, 2))
  const [open, closed] = [manager.makeCursor(path), manager.makeCursor(path)]
  closed.close()
  renameSync(other.path, path)
  t.deepEqual(open.makeCursor(PAGE, 10).buffer(), bytes.subarray(PAGE, PAGE + 10))
  t.deepEqual(closed.makeCursor(PAGE, 10).buffer(), other.bytes.subarray(PAGE, PAGE + 10))
  t.is(manager.numOpenFiles, 2)
})

test('an open cursor does not need its descriptor any more, a closed one does', (t) => {
  const { path, bytes, manager } = place(t)
  const fd = openSync(path, 'r')
  const c = manager.makeCursor(fd, { size: 10 })
  t.is(c.fd, fd)
  closeSync(fd)
  t.deepEqual(c.nextCursor(4 * WINDOW).buffer(), bytes.subarray(4 * WINDOW, 4 * WINDOW + 10))
  c.close()
  refused(t, manager, () => c.nextCursor(), 'EBADF')
  t.is(c.fd, fd)
})

test('a region taken away by force leaves a cursor that says so, and that can make another', (t) => {
  const { path, bytes, manager } = place(t)
  const c = manager.makeCursor(path, { size: 10 })
  t.is(manager.forceUnmap(path), 1)
  t.is(c.region, null)
  t.throws(() => c.buffer(), { code: 'ERR_SMMAP_CLOSED' })
  t.deepEqual(c.makeCursor(10, 10).buffer(), bytes.subarray(10, 20))
  t.notThrows(() => c.release())
})

onUnix('a file cut below its cursor is said, not shown as zeros', (t) => {
  const { path, manager } = place(t)
  const c = manager.makeCursor(path, { offset: PAGE, size: 10 })
  truncateSync(path, 10)
  // Where it is a view, the first reading of the lost page is what tells.
  if (manager.zeroCopy) t.is(c.buffer()[0], 0)
  t.throws(() => c.buffer(), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  c.close()
  t.throws(() => c.buffer(), { code: 'ERR_SMMAP_CLOSED' })
  t.is(c.fileSize, statSync(path).size)
})

test('a cursor that the limits do not allow leaves everything as it was', (t) => {
  const { path, bytes } = tempFile(t, 5 * WINDOW)
  const manager = tiling(t, { windowSize: WINDOW, maxOpenHandles: 1 })
  const c = manager.makeCursor(path, { size: 10 })
  refused(t, manager, () => c.makeCursor(WINDOW), 'ERR_SMMAP_HANDLE_LIMIT')
  refused(t, manager, () => manager.makeCursor(path, { offset: WINDOW }), 'ERR_SMMAP_HANDLE_LIMIT')
  t.deepEqual(c.buffer(), bytes.subarray(0, 10))
  c.close()
  t.deepEqual(c.makeCursor(WINDOW, 10).buffer(), bytes.subarray(WINDOW, WINDOW + 10))
})

test('offsets and sizes that are none are refused, and undefined is an argument left out', (t) => {
  const { path, manager } = place(t)
  const c = manager.makeCursor(path, { size: 100 })
  refusesOddNumbers(t, manager, {
    'makeCursor(offset)': (odd) => c.makeCursor(odd),
    'makeCursor(_, size)': (odd) => c.makeCursor(0, odd),
    'nextCursor(offset)': (odd) => c.nextCursor(odd),
    'nextCursor(_, size)': (odd) => c.nextCursor(0, odd),
  })
  for (const odd of ['5', null, {}, Symbol('5')] as unknown as number[]) {
    t.throws(() => c.includesOfs(odd), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const odd of [Number.NaN, 1.5, Infinity, 2 ** 53, 2n ** 64n]) {
    t.throws(() => c.includesOfs(odd), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  }
  t.throws(() => c.makeCursor(MAX, 1), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  t.deepEqual(spanOf(c.makeCursor(undefined, undefined)), [0, WINDOW, WINDOW])
})

test('cursors that are dropped are closed by garbage collection', async (t) => {
  const { path, manager } = place(t)
  const drop = (): void => {
    for (let i = 0; i < 100; i += 1) manager.makeCursor(path, { offset: (i % 5) * WINDOW }).nextCursor(0)
  }
  drop()
  t.is(manager.numOpenCursors, 200)
  for (let i = 0; i < 100 && manager.numOpenCursors > 0; i += 1) {
    globalThis.gc?.()
    await turn()
  }
  t.deepEqual(countsOf(manager), [5, 0, 0, 5 * WINDOW])
  t.is(manager.collect(), 5)
})
