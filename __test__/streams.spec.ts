// Streams against those of fs over the same file.
import { once } from 'node:events'
import { createReadStream, truncateSync } from 'node:fs'
import { Writable } from 'node:stream'
import { buffer as allOf } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import test from 'ava'
import * as fc from 'fast-check'
import { type ReadStreamOptions, SlidingWindowMapBuffer } from 'smmap'
import { type Manager, sliding } from './fixtures/managers.js'
import { onUnix } from './fixtures/platform.js'
import { thrownBy } from './helpers/errors.js'
import { PAGE, tempFile } from './helpers/files.js'

const MODES = ['auto', 'never'] as const
const SIZE = 9 * PAGE + 123

/** Until streams and their read-ahead have let go of their cursors: whether they did. */
async function isLetGo(manager: Manager): Promise<boolean> {
  for (let turns = 0; manager.numOpenCursors > 1 && turns < 200; turns += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return manager.numOpenCursors === 1
}

for (const zeroCopy of MODES) {
  test(`a stream is fs.createReadStream's, start and end inclusive, zeroCopy ${zeroCopy}`, async (t) => {
    const manager = sliding(t, { windowSize: PAGE, maxMemorySize: 3 * PAGE, zeroCopy })
    const { path } = tempFile(t, SIZE)
    using cursor = manager.makeCursor(path)
    const buffer = new SlidingWindowMapBuffer(cursor)
    const start = fc.nat(SIZE + 5)
    const end = fc.option(fc.nat(SIZE + 5), { nil: Infinity })
    const highWaterMark = fc.integer({ min: 100, max: 3 * PAGE })
    await fc.assert(
      fc.asyncProperty(start, end, highWaterMark, async (first, last, most) => {
        const options = { start: Math.min(first, last), end: last, highWaterMark: most }
        const expected = await allOf(createReadStream(path, options))
        t.true((await allOf(buffer.createReadStream(options))).equals(expected))
      }),
      { numRuns: 40 },
    )
    t.true(await isLetGo(manager))
  })

  test(`chunks queued in a slow consumer keep their bytes, zeroCopy ${zeroCopy}`, async (t) => {
    const manager = sliding(t, { windowSize: PAGE, maxMemorySize: PAGE, zeroCopy })
    const { path, bytes } = tempFile(t, SIZE)
    using cursor = manager.makeCursor(path)
    const queued: Buffer[] = []
    const stream = new SlidingWindowMapBuffer(cursor).createReadStream({ highWaterMark: 500 })
    for await (const chunk of stream) queued.push(chunk as Buffer)
    manager.collect()
    t.true(Buffer.concat(queued).equals(bytes))
  })

  test(`a web stream gives copies, and fills what it is given, zeroCopy ${zeroCopy}`, async (t) => {
    const manager = sliding(t, { windowSize: PAGE, zeroCopy })
    const { path, bytes } = tempFile(t, SIZE)
    using cursor = manager.makeCursor(path)
    const buffer = new SlidingWindowMapBuffer(cursor)
    t.true((await allOf(buffer.toWebStream())).equals(bytes))
    t.true((await allOf(buffer.toWebStream({ start: -500, end: -10 }))).equals(bytes.subarray(-500, -10)))

    const view = buffer.subarray(0, 100)
    const reader = buffer.toWebStream({ start: 50 }).getReader({ mode: 'byob' })
    const { value } = await reader.read(new Uint8Array(70))
    t.deepEqual(Buffer.from(value!), bytes.subarray(50, 120))
    await reader.cancel()
    t.deepEqual(view, bytes.subarray(0, 100))
    t.true(await isLetGo(manager))
  })
}

test('text is decoded with characters whole', async (t) => {
  const { path, bytes } = tempFile(t, 'é€😀'.repeat(1000))
  using cursor = sliding(t, { windowSize: PAGE }).makeCursor(path)
  const stream = new SlidingWindowMapBuffer(cursor).createReadStream({ encoding: 'utf8', highWaterMark: 100 })
  let text = ''
  for await (const chunk of stream) text += chunk as string
  t.is(text, bytes.toString())
})

test('no more is read than the consumer takes', async (t) => {
  const { path } = tempFile(t, 100 * PAGE)
  const manager = sliding(t, { windowSize: PAGE })
  using cursor = manager.makeCursor(path)
  const stream = new SlidingWindowMapBuffer(cursor).createReadStream({ highWaterMark: 1000 })
  await once(stream, 'readable')
  // Long enough to read on, if it would.
  await new Promise((resolve) => setTimeout(resolve, 50))
  t.true(stream.readableLength >= 1000 && stream.readableLength <= 2000, `${stream.readableLength} bytes`)
  let taken = 0
  const slow = new Writable({
    highWaterMark: 1,
    write(chunk: Buffer, _encoding, callback) {
      taken += chunk.length
      t.true(stream.readableLength <= 2000)
      setImmediate(callback)
    },
  })
  await pipeline(stream, slow)
  t.is(taken, 100 * PAGE)
  t.true(await isLetGo(manager))
})

test('a stream that is destroyed or aborted lets the file go', async (t) => {
  const { path } = tempFile(t, SIZE)
  const manager = sliding(t, { windowSize: PAGE })
  using cursor = manager.makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor)
  for await (const _ of buffer.createReadStream({ highWaterMark: 100 })) break
  t.true(await isLetGo(manager))

  const controller = new AbortController()
  const aborted = buffer.createReadStream({ highWaterMark: 100, signal: controller.signal })
  const loop = async (): Promise<void> => {
    for await (const _ of aborted) controller.abort()
  }
  await t.throwsAsync(loop, { name: 'AbortError' })
  await t.throwsAsync(allOf(buffer.createReadStream({ signal: AbortSignal.abort() })), { name: 'AbortError' })
  t.true(await isLetGo(manager))

  const reader = buffer.toWebStream().getReader()
  await reader.read()
  await reader.cancel()
  t.true(await isLetGo(manager))
})

onUnix('a file cut, or a manager closed, meanwhile is an error', async (t) => {
  for (const [code, spoil] of [
    ['ERR_SMMAP_FILE_TRUNCATED', (path: string) => truncateSync(path, 2000)],
    ['ERR_SMMAP_CLOSED', (_path: string, manager: Manager) => manager.close()],
  ] as const) {
    for (const kind of ['createReadStream', 'toWebStream'] as const) {
      const { path } = tempFile(t, 2 ** 20)
      const manager = sliding(t, { windowSize: 16 * PAGE })
      const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
      const loop = async (): Promise<void> => {
        let isFirst = true
        for await (const chunk of buffer[kind]()) {
          // A view that was queued before the cut may show it.
          if (isFirst) spoil(path, manager)
          else if (kind === 'toWebStream') t.false((chunk as Uint8Array).every((byte) => byte === 0))
          isFirst = false
        }
      }
      await t.throwsAsync(loop, { code })
    }
  }
})

test('wrong options are refused at the call', (t) => {
  const buffer = new SlidingWindowMapBuffer()
  const code = (options: unknown): unknown =>
    thrownBy(() => buffer.createReadStream(options as ReadStreamOptions)).code
  for (const it of ['5', null, {}]) {
    t.is(code({ start: it }), 'ERR_INVALID_ARG_TYPE')
    t.is(code({ end: it }), 'ERR_INVALID_ARG_TYPE')
    t.is(code({ highWaterMark: it }), 'ERR_INVALID_ARG_TYPE')
  }
  for (const options of [
    { start: -1 },
    { end: -1 },
    { start: 1.5 },
    { start: 6, end: 5 },
    { highWaterMark: 0 },
  ]) {
    t.is(code(options), 'ERR_OUT_OF_RANGE')
  }
})

test('an empty file is an empty stream', async (t) => {
  const { path } = tempFile(t, '')
  using cursor = sliding(t).makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor)
  t.is((await allOf(buffer.createReadStream())).length, 0)
  t.is((await allOf(buffer.toWebStream())).length, 0)
})
