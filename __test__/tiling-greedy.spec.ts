// The fork's two managers: what they count, keep, close and refuse; and the fork's faults that they do not
// have.
import { writeFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { GreedyMemmapManager, TilingMemmapManager, type FixedCursor, type SpanOptions } from 'smmap'
import { countsOf, greedy, refused, refusesOddNumbers, tiling } from './fixtures/fork-managers.js'
import { F10, F40, PAGE, tempFile } from './helpers/files.js'

const WINDOW = 2 * PAGE
const WINDOWS = 5
const SIZE = WINDOWS * WINDOW
const GIB = 2 ** 30

/** A cursor on each of the first `count` windows. */
function hold(manager: TilingMemmapManager, path: string, count: number): FixedCursor[] {
  return Array.from({ length: count }, (_, window) => manager.makeCursor(path, { offset: window * WINDOW }))
}

function regionsOf(manager: TilingMemmapManager, path: string): [begin: number, end: number][] {
  return Array.from(manager.regionList(path), ({ ofsBegin, ofsEnd }) => [ofsBegin, ofsEnd])
}

test('17a. exactly three windows hold three, and not one more or less', (t) => {
  // The fork freed regions as soon as the limit was reached, not when it was passed: room for three windows
  // held two.
  const { path } = tempFile(t, SIZE)
  const manager = tiling(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW })
  for (const c of hold(manager, path, 3)) c.close()
  t.deepEqual([...countsOf(manager), manager.stats().evictions], [3, 0, 0, 3 * WINDOW, 0])
  manager.makeCursor(path, { offset: 3 * WINDOW }).close()
  t.deepEqual([...countsOf(manager), manager.stats().evictions], [3, 0, 0, 3 * WINDOW, 1])

  const strict = tiling(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW, strict: true })
  hold(strict, path, 3)
  refused(t, strict, () => strict.makeCursor(path, { offset: 3 * WINDOW }), 'ERR_SMMAP_MEMORY_LIMIT')
})

test('17b. the handle limit is the most there are', (t) => {
  // The fork, when nothing could be freed at the limit, opened one handle more without a word.
  const { path, bytes } = tempFile(t, SIZE)
  const manager = tiling(t, { windowSize: WINDOW, maxOpenHandles: 3 })
  const cursors = hold(manager, path, 3)
  const fourth = { offset: 3 * WINDOW, size: 10 }
  const message = refused(t, manager, () => manager.makeCursor(path, fourth), 'ERR_SMMAP_HANDLE_LIMIT')
  t.regex(message, /\b3\b/)
  refused(t, manager, () => cursors[2]!.nextCursor(), 'ERR_SMMAP_HANDLE_LIMIT')
  t.is(manager.numFileHandles, 3)
  cursors[0]!.close()
  t.deepEqual(manager.makeCursor(path, fourth).buffer(), bytes.subarray(3 * WINDOW, 3 * WINDOW + 10))
  t.is(manager.stats().peakFileHandles, 3)

  const whole = greedy(t, { maxOpenHandles: 1 })
  whole.makeCursor(path)
  refused(t, whole, () => whole.makeCursor(tempFile(t, 20).path), 'ERR_SMMAP_HANDLE_LIMIT')
})

test('17c. regions overlap only where a request lies across two of them', (t) => {
  // In the fork a region that was rounded up to pages ran into its neighbour: the same bytes were mapped and
  // counted twice.
  const size = SIZE + 1234
  const { path } = tempFile(t, size)
  for (const windowSize of [WINDOW, WINDOW - 1, PAGE + 1, 1]) {
    const manager = tiling(t, { windowSize })
    // First here and there, which leaves gaps of less than a window, then everywhere.
    const scattered = [3 * WINDOW + 5, WINDOW - 100, SIZE, 2 * WINDOW + 77, PAGE - 1]
    const pages = Array.from({ length: Math.ceil(size / PAGE) }, (_, page) => page * PAGE)
    for (const offset of [...scattered, ...pages]) manager.makeCursor(path, { offset, size: 1 })
    const regions = regionsOf(manager, path)
    const begins = regions.map(([begin]) => begin)
    const ends = regions.map(([, end]) => end)
    t.deepEqual([...begins, size], [0, ...ends], `side by side under a windowSize of ${windowSize}`)
    t.is(manager.mappedMemorySize, size)
  }
  const manager = tiling(t, { windowSize: WINDOW })
  manager.makeCursor(path)
  manager.makeCursor(path, { offset: WINDOW - 5, size: 10 })
  t.true(regionsOf(manager, path)[1]![0] < WINDOW, 'across the border of the first')
})

test('17d. cursors that are dropped let their regions be collected', async (t) => {
  // In the fork the index of cursors held each cursor, so that one never closed used its region for ever.
  const { path } = tempFile(t, SIZE)
  const managers = [tiling(t, { windowSize: WINDOW }), greedy(t)]
  for (const manager of managers) {
    for (let i = 0; i < 10; i += 1) manager.makeCursor(path)
    t.is(manager.numOpenCursors, 10)
    t.is(manager.collect(), 0)
  }
  for (let i = 0; i < 100 && managers.some((it) => it.numOpenCursors > 0); i += 1) {
    globalThis.gc?.()
    await turn()
  }
  for (const manager of managers) {
    t.deepEqual(countsOf(manager).slice(0, 3), [1, 0, 0])
    t.is(manager.collect(), 1)
  }
})

test('17e. buffer() is a view, as large as it may be', (t) => {
  // In the fork buffer() sliced the mapping, which in Python copies: a cursor on a gigabyte took another one.
  const { path, bytes } = tempFile(t, SIZE)
  for (const manager of [tiling(t), greedy(t)]) {
    const c = manager.makeCursor(path)
    const [first, second] = [c.buffer(), c.buffer()]
    t.is(first.buffer === second.buffer && first.byteOffset === second.byteOffset, manager.zeroCopy)
    t.true(first.equals(bytes))
  }
})

test('17f. numOpenFiles counts files', (t) => {
  // In the fork num_open_files went over the regions, and was as high as num_open_regions.
  const paths = [SIZE, SIZE, F10].map((size) => tempFile(t, size).path)
  const manager = tiling(t, { windowSize: WINDOW })
  hold(manager, paths[0]!, 5)
  t.deepEqual([manager.numOpenFiles, manager.numOpenRegions], [1, 5])
  const second = hold(manager, paths[1]!, 3)
  manager.makeCursor(paths[2]!)
  t.deepEqual([manager.numOpenFiles, manager.numOpenRegions], [3, 9])
  for (const c of second) c.close()
  manager.collect()
  t.deepEqual([manager.numOpenFiles, manager.numOpenRegions], [2, 6])
})

test('17g. a block in a block of the same cursor or manager ends twice without complaint', (t) => {
  // In the fork leaving `with` released, and so raised for the second of two nested blocks, or after close().
  const { path } = tempFile(t, SIZE)
  t.notThrows(() => {
    for (const open of [tiling, greedy]) {
      using outer = open(t)
      {
        using inner = outer
        using c = inner.makeCursor(path)
        {
          using again = c
          t.false(again.closed)
        }
        t.true(c.closed)
        t.false(outer.closed)
      }
      t.true(outer.closed)
      outer.close()
    }
  })
})

test('17h. closed answers, whatever was closed before', (t) => {
  // In the fork a cursor asked its manager's index, which was gone: `closed` raised where it should have been
  // true.
  const { path } = tempFile(t, SIZE)
  for (const manager of [tiling(t), greedy(t)]) {
    const [open, closed] = [manager.makeCursor(path), manager.makeCursor(path)]
    closed.close()
    t.deepEqual([manager.closed, open.closed, closed.closed], [false, false, true])
    manager.close()
    t.deepEqual([manager.closed, open.closed, closed.closed], [true, true, true])
    open.close()
    t.true(open.closed)
  }
})

test('every counter is right at every step', (t) => {
  const [a, b] = [tempFile(t, SIZE).path, tempFile(t, WINDOW + 10).path]
  const manager = tiling(t, { windowSize: WINDOW })
  const at = (window: number): SpanOptions => ({ offset: window * WINDOW, size: 10 })
  const steps: [name: string, step: () => FixedCursor | number | void, counts: number[]][] = []
  const made: FixedCursor[] = []
  const make = (path: string, window: number) => (): void =>
    void made.push(manager.makeCursor(path, at(window)))
  const close = (index: number) => (): void => made[index]!.close()
  steps.push(
    ['nothing', () => 0, [0, 0, 0, 0]],
    ['a first cursor', make(a, 0), [1, 1, 1, WINDOW]],
    ['another on the same region', make(a, 0), [1, 1, 2, WINDOW]],
    ['one on the next region', make(a, 1), [2, 2, 3, 2 * WINDOW]],
    ['one on the short end of another file', make(b, 1), [3, 3, 4, 2 * WINDOW + 10]],
    ['one of two closed', close(0), [3, 3, 3, 2 * WINDOW + 10]],
    ['both closed', close(1), [3, 2, 2, 2 * WINDOW + 10]],
    ['closed again', close(1), [3, 2, 2, 2 * WINDOW + 10]],
    ['collected', () => manager.collect(), [2, 2, 2, WINDOW + 10]],
    ['its next', () => void made.push(made[2]!.nextCursor()), [2, 2, 3, WINDOW + 10]],
    ['the next of a closed one', () => void made.push(made[0]!.nextCursor()), [3, 3, 4, 2 * WINDOW + 10]],
    ['forced', () => manager.forceUnmap(b), [2, 2, 4, 2 * WINDOW]],
    ['the forced one closed', close(3), [2, 2, 3, 2 * WINDOW]],
    ['the manager closed', () => manager.close(), [0, 0, 0, 0]],
    ['cursors closed after it', () => made.forEach((c) => c.close()), [0, 0, 0, 0]],
  )
  for (const [name, step, counts] of steps) {
    step()
    t.deepEqual([...countsOf(manager)], counts, name)
  }
})

test('a greedy manager has one region for a file, and counts all of it', (t) => {
  const { path, bytes } = tempFile(t, F40)
  const manager = greedy(t, { windowSize: F40 })
  const cursors = [0, 5000, F40 - 1].map((offset) => manager.makeCursor(path, { offset }))
  t.deepEqual(countsOf(manager), [1, 1, 3, F40])
  for (const c of cursors) {
    t.deepEqual([c.size, c.region?.ofsBegin, c.region?.size], [F40 - c.ofs, 0, F40])
    t.true(c.buffer().equals(bytes.subarray(c.ofs)))
  }
  t.is(cursors[0]!.region?.clientCount, 4)
  t.is(manager.collect(), 0)
  for (const c of cursors) c.release()
  t.deepEqual(countsOf(manager), [1, 0, 0, F40])
})

test('a greedy manager maps a file whole or not at all', (t) => {
  const { path } = tempFile(t, F40)
  const manager = greedy(t, { windowSize: 8192 })
  for (const span of [{}, { offset: 10, size: 10 }, { offset: F40 }]) {
    const message = refused(t, manager, () => manager.makeCursor(path, span), 'ERR_SMMAP_WINDOW_TOO_LARGE')
    t.regex(message, /\b40960\b.*\b8192\b.*TilingMemmapManager/)
  }
  t.is(manager.makeCursor(tempFile(t, 8192).path).size, 8192)
  refused(t, manager, () => manager.makeCursor(tempFile(t, 8193).path), 'ERR_SMMAP_WINDOW_TOO_LARGE')
})

test('a file that has grown past the window is refused to the cursors of a greedy one too', (t) => {
  // Only the manager's own makeCursor looked at the size; a closed cursor opened the file anew and mapped
  // 9,000 bytes.
  const { path } = tempFile(t, 8000)
  const manager = greedy(t, { windowSize: 8192 })
  const c = manager.makeCursor(path, { size: 10 })
  c.close()
  writeFileSync(path, Buffer.alloc(9000))
  t.throws(() => c.makeCursor(), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })
  t.throws(() => c.nextCursor(), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })
  t.is(manager.numOpenCursors, 0)
})

test('a greedy manager refuses sliding cursors, and says which manager has them', (t) => {
  const { path } = tempFile(t, F40)
  const manager = greedy(t)
  const options = { sliding: true } as unknown as { sliding: false }
  const message = refused(t, manager, () => manager.makeCursor(path, options), 'ERR_SMMAP_UNSUPPORTED')
  t.regex(message, /TilingMemmapManager/)
  t.is(manager.makeCursor(path, { sliding: false }).size, F40)
})

test('limits and windows are what they are for the other managers', (t) => {
  const [windows, whole] = [tiling(t), greedy(t)]
  t.deepEqual([windows.windowSize, whole.windowSize], [GIB, 0])
  for (const manager of [windows, whole]) {
    t.deepEqual([manager.maxMappedMemorySize, manager.maxFileHandles], [8 * GIB, Infinity])
  }
  t.is(tiling(t, { windowSize: 0 }).makeCursor(tempFile(t, F40).path, { offset: 9 }).region?.size, F40)
  t.is(greedy(t, { windowSize: -1 }).windowSize, GIB)
})

test('a manager that is closed makes no cursors, nor do those it has made', (t) => {
  const { path } = tempFile(t, F40)
  for (const manager of [tiling(t), greedy(t)]) {
    const [open, closed] = [manager.makeCursor(path), manager.makeCursor(path)]
    closed.close()
    manager.close()
    const attempts: Record<string, () => unknown> = {
      makeCursor: () => manager.makeCursor(path),
      'makeCursor on a missing file': () => manager.makeCursor('/nowhere/at/all'),
      buffer: () => open.buffer(),
      'makeCursor of a cursor': () => open.makeCursor(),
      'nextCursor of a cursor': () => open.nextCursor(0),
      'nextCursor of a closed cursor': () => closed.nextCursor(0),
      fileSize: () => open.fileSize,
    }
    for (const attempt of Object.values(attempts)) refused(t, manager, attempt, 'ERR_SMMAP_CLOSED')
    t.is(open.region, null)
    refused(t, manager, () => open.release(), 'ERR_SMMAP_RELEASED')
  }
  const manager = tiling(t)
  manager.close()
  refused(t, manager, () => manager.makeCursor(path, { sliding: true }), 'ERR_SMMAP_CLOSED')
})

test('options that are wrong are refused by name, before the file is touched', (t) => {
  for (const manager of [tiling(t), greedy(t)]) {
    const made = (options: unknown): unknown => manager.makeCursor('/nowhere/at/all', options as { size: 1 })
    for (const odd of [null, 5, 'sliding', true, Symbol('5'), () => 5]) {
      t.regex(
        refused(t, manager, () => made(odd), 'ERR_INVALID_ARG_TYPE'),
        /"options"/,
      )
    }
    for (const odd of [null, 1, 'true', {}]) {
      const message = refused(t, manager, () => made({ sliding: odd }), 'ERR_INVALID_ARG_TYPE')
      t.regex(message, /"options\.sliding"/)
    }
    refusesOddNumbers(t, manager, {
      offset: (odd) => made({ offset: odd }),
      size: (odd) => made({ size: odd }),
    })
    for (const odd of ['5', null, {}]) refused(t, manager, () => made({ flags: odd }), 'ERR_INVALID_ARG_TYPE')
    for (const odd of [-1, 0.5, 2 ** 31]) refused(t, manager, () => made({ flags: odd }), 'ERR_OUT_OF_RANGE')
    refused(t, manager, () => made({ flags: 1 }), 'ERR_INVALID_ARG_VALUE')
    refused(t, manager, () => made({ offset: Number.MAX_SAFE_INTEGER, size: 1 }), 'ERR_OUT_OF_RANGE')
    refused(t, manager, () => made({ size: undefined, offset: undefined, sliding: undefined }), 'ENOENT')
  }
})

test('files that are none are refused', (t) => {
  for (const manager of [tiling(t), greedy(t)]) {
    for (const odd of [undefined, null, {}, [], true, Symbol('5'), () => 5]) {
      refused(t, manager, () => manager.makeCursor(odd as unknown as string), 'ERR_INVALID_ARG_TYPE')
    }
    for (const odd of [-1, 1.5, 2 ** 31, Number.NaN]) {
      refused(t, manager, () => manager.makeCursor(odd), 'ERR_OUT_OF_RANGE')
    }
    refused(t, manager, () => manager.makeCursor('a\0b'), 'ERR_INVALID_ARG_VALUE')
  }
})

function limit(
  t: ExecutionContext,
  name: 'windowSize' | 'maxMemorySize' | 'maxOpenHandles',
  odd: unknown,
  code: string,
): void {
  for (const Manager of [TilingMemmapManager, GreedyMemmapManager]) {
    t.throws(() => new Manager({ [name]: odd }), { code }, `${Manager.name} ${name}`)
  }
}

test('limits that are none are refused', (t) => {
  for (const name of ['windowSize', 'maxMemorySize', 'maxOpenHandles'] as const) {
    for (const odd of ['5', null, {}, true]) limit(t, name, odd, 'ERR_INVALID_ARG_TYPE')
    for (const odd of [1.5, Number.NaN, 2 ** 53, -2]) limit(t, name, odd, 'ERR_OUT_OF_RANGE')
  }
  limit(t, 'maxOpenHandles', 0, 'ERR_OUT_OF_RANGE')
  limit(t, 'maxMemorySize', -1, 'ERR_OUT_OF_RANGE')
})
