// Which pages are in memory: by what was read, and by what the system was asked to forget.
import { execFileSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { PAGE, tempFile } from './helpers/files.js'

function open(t: ExecutionContext, path: string, offset = 0) {
  const manager = new SlidingWindowMapManager({ windowSize: 2 * PAGE, maxMemorySize: 4 * PAGE })
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path), offset)
}

test('a file that was just written is in memory, each byte of the range counted once', async (t) => {
  const buffer = open(t, tempFile(t, 9 * PAGE + 10).path, 3)
  t.deepEqual(await buffer.residency(), {
    bytes: 9 * PAGE + 7,
    resident: 9 * PAGE + 7,
    ranges: [{ start: 0, end: 9 * PAGE + 7 }],
  })
  t.deepEqual(await buffer.residency({ start: 5, end: -PAGE }), {
    bytes: 8 * PAGE + 2,
    resident: 8 * PAGE + 2,
    ranges: [{ start: 5, end: 8 * PAGE + 7 }],
  })
})

const linux = process.platform === 'linux' ? test : test.skip

linux('what the system was asked to forget is not there until it is read', async (t) => {
  const SIZE = 64 * PAGE
  const { path } = tempFile(t, SIZE)
  execFileSync('sync', [path])
  // GNU dd's way to drop a file from the page cache.
  execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0'], { stdio: 'ignore' })
  const buffer = open(t, path)
  t.deepEqual(await buffer.residency(), { bytes: SIZE, resident: 0, ranges: [] })
  t.deepEqual(await buffer.residency(), { bytes: SIZE, resident: 0, ranges: [] }, 'asking reads nothing')
  buffer.at(0)
  const { resident, ranges } = await buffer.residency()
  t.is(ranges[0]?.start, 0)
  t.true(resident >= PAGE && resident <= SIZE && resident % PAGE === 0)
  t.is(
    resident,
    ranges.reduce((sum, { start, end }) => sum + end - start, 0),
  )
})

test('no bytes are no ranges; a signal ends it', async (t) => {
  t.deepEqual(await open(t, tempFile(t, '').path).residency(), { bytes: 0, resident: 0, ranges: [] })
  const buffer = open(t, tempFile(t, 10).path)
  const signal = AbortSignal.abort(new Error('enough'))
  await t.throwsAsync(buffer.residency({ end: 10, signal }), { message: 'enough' })
})
