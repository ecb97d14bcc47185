// Several threads over one file: the same answers, in the file's order.
import { truncateSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import test from 'ava'
import { scan, SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { pseudoRandomBytes, tempFile } from './helpers/files.js'

const MIB = 2 ** 20
const COUNTS = [1, 2, 3, 8, availableParallelism()]

/** Needles lie across every border there may be: of threads' parts, of windows, of what is read at once. */
function contentOf(size: number, needle: string): Buffer {
  const bytes = pseudoRandomBytes(size)
  for (let at = 2 ** 17; at < size; at += 2 ** 17) bytes.write(needle, at - 3, 'latin1')
  return bytes
}

function offsetsIn(bytes: Buffer, needle: string): number[] {
  const offsets: number[] = []
  for (let at = bytes.indexOf(needle, 0, 'latin1'); at !== -1;) {
    offsets.push(at)
    at = bytes.indexOf(needle, at + needle.length, 'latin1')
  }
  return offsets
}

/** Node 20 has no `Array.fromAsync`. */
async function all(items: AsyncIterable<number>): Promise<number[]> {
  const list: number[] = []
  for await (const item of items) list.push(item)
  return list
}

for (const needle of ['needle', 'abab']) {
  test(`"${needle}" and lines are the same by any number of threads`, async (t) => {
    const { path, bytes } = tempFile(t, contentOf(19 * MIB + 5, needle))
    const offsets = offsetsIn(bytes, needle)
    const lines = offsetsIn(bytes, '\n').length
    t.true(offsets.length > 150)
    for (const threads of COUNTS) {
      using manager = new SlidingWindowMapManager({ windowSize: 8 * MIB, maxMemorySize: 16 * MIB })
      const summary = await scan(manager, path, { find: needle, maxOffsets: 100, threads })
      t.like(summary, { bytes: bytes.length, lines, found: offsets.length })
      t.deepEqual(summary.offsets, offsets.slice(0, 100))
      const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
      t.is(await buffer.countLines({ threads }), lines)
      t.is(await buffer.count(needle, { threads }), offsets.length)
      t.is(await buffer.find(needle, { start: 9 * MIB, threads }), offsets.find((at) => at >= 9 * MIB) ?? -1)
      t.deepEqual(await all(buffer.findAll(needle, { threads })), offsets)
      t.is(manager.numUsedRegions, 1, "the buffer's own")
    }
  })
}

test('more matches than are handed over at once come each once', async (t) => {
  const { path, bytes } = tempFile(t, pseudoRandomBytes(5 * MIB))
  const offsets = offsetsIn(bytes, 'a')
  using manager = new SlidingWindowMapManager()
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  for (const threads of COUNTS) t.deepEqual(await all(buffer.findAll('a', { threads })), offsets)
})

test('a file cut short is an error, however many threads are at it', async (t) => {
  const { path } = tempFile(t, contentOf(19 * MIB, 'needle'))
  using manager = new SlidingWindowMapManager({ windowSize: 4 * MIB })
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  truncateSync(path, 6 * MIB + 100)
  for (const threads of COUNTS) {
    await t.throwsAsync(buffer.countLines({ threads }), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  }
  t.is(manager.numUsedRegions, 1, "the buffer's own")
})

test('a number of threads that is none is refused by name', async (t) => {
  const { path } = tempFile(t, 'a\n')
  using manager = new SlidingWindowMapManager()
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  for (const threads of [0, -1, 1.5, 257, NaN]) {
    const expected = { code: 'ERR_OUT_OF_RANGE', message: /options\.threads/ }
    await t.throwsAsync(scan(manager, path, { threads }), expected)
    await t.throwsAsync(buffer.count('a', { threads }), expected)
  }
  await t.throwsAsync(buffer.countLines({ threads: '2' as never }), { code: 'ERR_INVALID_ARG_TYPE' })
})
