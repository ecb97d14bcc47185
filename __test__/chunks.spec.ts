// Chunks against slices of the same bytes, whatever windows lie below.
import { truncateSync, writeFileSync } from 'node:fs'
import test from 'ava'
import * as fc from 'fast-check'
import { SlidingWindowMapBuffer, TilingMemmapManager } from 'smmap'
import { sliding } from './fixtures/managers.js'
import { onUnix } from './fixtures/platform.js'
import { thrownBy } from './helpers/errors.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

const MODES = ['auto', 'never'] as const
const SIZE = 9 * PAGE + 123

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

function naiveChunks(bytes: Buffer, size: number): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size))
  return chunks
}

for (const zeroCopy of MODES) {
  test(`chunks are the slices of a Buffer, with windows of a page, zeroCopy ${zeroCopy}`, async (t) => {
    const manager = sliding(t, { windowSize: PAGE, maxMemorySize: 3 * PAGE, zeroCopy })
    const { path, bytes } = tempFile(t, SIZE)
    using cursor = manager.makeCursor(path)
    const index = fc.option(fc.integer({ min: -SIZE - 9, max: SIZE + 9 }), { nil: undefined })
    const size = fc.integer({ min: 1, max: PAGE })
    await fc.assert(
      fc.asyncProperty(fc.nat(SIZE - 1), index, index, size, async (offset, start, end, each) => {
        const buffer = new SlidingWindowMapBuffer(cursor, offset)
        const part = bytes.subarray(offset).subarray(start, end)
        // Not too many chunks of a few bytes.
        const options = { start, end, size: Math.max(each, part.length >> 8, 1) }
        const expected = naiveChunks(part, options.size)
        t.deepEqual([...buffer.chunks(options)], expected)
        t.deepEqual(await collect(buffer.chunks(options)), expected)
      }),
      { numRuns: 40 },
    )
    t.is(manager.numOpenCursors, 1)
  })

  test(`chunks stay right when everything is unmapped behind them, zeroCopy ${zeroCopy}`, (t) => {
    const manager = sliding(t, { windowSize: PAGE, maxMemorySize: PAGE, zeroCopy })
    const { path, bytes } = tempFile(t, SIZE)
    const cursor = manager.makeCursor(path)
    const chunks = [...new SlidingWindowMapBuffer(cursor).chunks({ size: 1000 })]
    cursor.close()
    manager.close()
    t.deepEqual(Buffer.concat(chunks), bytes)
  })
}

test('a chunk is 1 MiB unless told otherwise, or a window', (t) => {
  const { path } = tempFile(t, 2 ** 21 + 1)
  const sizes = (windowSize: number): number[] => {
    using cursor = sliding(t, { windowSize }).makeCursor(path)
    return [...new SlidingWindowMapBuffer(cursor).chunks()].map((it) => it.length)
  }
  t.deepEqual(sizes(0), [2 ** 20, 2 ** 20, 1])
  t.deepEqual(sizes(2 ** 20 + 2 ** 19), [2 ** 20, 2 ** 20, 1])
  t.deepEqual(sizes(2 ** 19), [2 ** 19, 2 ** 19, 2 ** 19, 2 ** 19, 1])
})

test('a sliding cursor has them too; closed it has none', (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  using manager = new TilingMemmapManager({ windowSize: PAGE })
  const cursor = manager.makeCursor(path, { sliding: true, offset: 100 })
  t.deepEqual(Buffer.concat([...cursor.chunks()]), bytes.subarray(100))
  const chunks = cursor.chunks()
  cursor.close()
  t.is(thrownBy(() => [...chunks]).code, 'ERR_SMMAP_CLOSED')
  t.deepEqual([...cursor.chunks()], [])
})

test('chunks of a buffer that reads something else by now are refused', (t) => {
  const { path } = tempFile(t, SIZE)
  using cursor = sliding(t).makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor)
  const chunks = buffer.chunks()
  buffer.beginAccess(cursor, 1)
  t.is(thrownBy(() => [...chunks]).code, 'ERR_SMMAP_CLOSED')
})

test('a loop that is left lets the region and the file go', async (t) => {
  const { path } = tempFile(t, SIZE)
  const manager = sliding(t, { windowSize: PAGE, access: 'map' })
  using cursor = manager.makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor)
  const state = (): number[] => [manager.numOpenCursors, manager.numUsedRegions]
  for (const _ of buffer.chunks({ start: 3 * PAGE })) {
    buffer.at(0)
    t.deepEqual(state(), [2, 2])
    break
  }
  t.deepEqual(state(), [1, 1])
  for await (const _ of buffer.chunks({ start: 3 * PAGE })) break
  const failing = async (): Promise<void> => {
    for await (const _ of buffer.chunks()) throw new Error('mine')
  }
  await t.throwsAsync(failing, { message: 'mine' })
  for (let turns = 0; manager.numOpenCursors > 1 && turns < 200; turns += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  t.deepEqual(state(), [1, 1])
})

test('a manager closed meanwhile is an error', async (t) => {
  const { path } = tempFile(t, SIZE)
  const closing = (): [ReturnType<typeof sliding>, SlidingWindowMapBuffer] => {
    const manager = sliding(t)
    return [manager, new SlidingWindowMapBuffer(manager.makeCursor(path))]
  }
  const [one, buffer] = closing()
  const chunks = buffer.chunks({ size: 10 })[Symbol.iterator]()
  chunks.next()
  one.close()
  t.is(thrownBy(() => chunks.next()).code, 'ERR_SMMAP_CLOSED')
  const [two, another] = closing()
  const ahead = another.chunks({ size: 10 })[Symbol.asyncIterator]()
  await ahead.next()
  const pending = ahead.next()
  two.close()
  t.is((await pending).value?.length, 10)
  await t.throwsAsync(() => ahead.next(), { code: 'ERR_SMMAP_CLOSED' })
})

onUnix('a file cut meanwhile is an error, never zeros, inside a page too', async (t) => {
  for (const zeroCopy of MODES) {
    for (const left of [0, 1, PAGE + 5, SIZE - 1]) {
      const { path, bytes } = tempFile(t, SIZE)
      using cursor = sliding(t, { windowSize: 4 * PAGE, zeroCopy }).makeCursor(path)
      const buffer = new SlidingWindowMapBuffer(cursor)
      const seen: Buffer[] = []
      const loop = (): void => {
        for (const chunk of buffer.chunks({ size: 1000 })) {
          seen.push(Buffer.from(chunk))
          if (seen.length === 1) truncateSync(path, left)
        }
      }
      t.is(thrownBy(loop).code, 'ERR_SMMAP_FILE_TRUNCATED')
      t.deepEqual(Buffer.concat(seen), bytes.subarray(0, seen.length * 1000))
      t.true(seen.length * 1000 <= Math.max(left, 1000))
      await t.throwsAsync(collect(buffer.chunks()), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
    }
  }
})

onUnix('a file cut while the last chunk is read is an error too', (t) => {
  const { path } = tempFile(t, SIZE)
  using cursor = sliding(t).makeCursor(path)
  const loop = (): void => {
    for (const _ of new SlidingWindowMapBuffer(cursor).chunks()) truncateSync(path, SIZE - 1)
  }
  t.is(thrownBy(loop).code, 'ERR_SMMAP_FILE_TRUNCATED')
})

test('wrong options are refused at the call', (t) => {
  const { path } = tempFile(t, SIZE)
  using cursor = sliding(t, { windowSize: PAGE }).makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor)
  const code = (size: unknown): unknown => thrownBy(() => buffer.chunks({ size: size as number })).code
  for (const size of ['5', null, {}]) t.is(code(size), 'ERR_INVALID_ARG_TYPE')
  for (const size of [0, -1, 1.5, NaN, Infinity]) t.is(code(size), 'ERR_OUT_OF_RANGE')
  t.is(code(PAGE + 1), 'ERR_SMMAP_WINDOW_TOO_LARGE')
})

test('an empty file has no chunks', async (t) => {
  const { path } = tempFile(t, '')
  writeFileSync(path, '')
  using cursor = sliding(t).makeCursor(path)
  for (const buffer of [new SlidingWindowMapBuffer(cursor), new SlidingWindowMapBuffer()]) {
    t.deepEqual([...buffer.chunks()], [])
    t.deepEqual(await collect(buffer.chunks()), [])
  }
})

test('a stretch longer than is read ahead at once comes whole', async (t) => {
  const { path, bytes } = tempFile(t, pseudoRandomBytes(9 * 2 ** 20 + 7))
  using cursor = sliding(t, { windowSize: 2 ** 20, maxMemorySize: 2 ** 21 }).makeCursor(path)
  const chunks = await collect(new SlidingWindowMapBuffer(cursor).chunks({ size: 300_000 }))
  t.true(Buffer.concat(chunks).equals(bytes))
})
