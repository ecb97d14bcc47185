// What scan() takes: a path, a descriptor, a cursor or a long buffer, any range of it, and every needle that
// find() takes.
import { closeSync, openSync } from 'node:fs'
import test from 'ava'
import {
  open,
  scan,
  type ScanProgress,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  TilingMemmapManager,
  WindowCursor,
} from 'smmap'
import { PAGE, tempFile } from './helpers/files.js'

const TEXT = Array.from({ length: 20_000 }, (_, line) => `line ${line} took ${line % 97} ms\n`).join('')
const WHOLE = { bytes: TEXT.length, lines: 20_000, longestLine: 'line 10010 took 19 ms'.length }

test('a file is scanned by path or descriptor, a cursor by file, a long buffer by its bytes', async (t) => {
  const { path } = tempFile(t, TEXT)
  using manager = new SlidingWindowMapManager({ windowSize: 4 * PAGE, maxMemorySize: 16 * PAGE })
  using tiling = new TilingMemmapManager({ windowSize: 4 * PAGE })
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  using log = open(path)
  const sources = [
    path,
    Buffer.from(path),
    fd,
    manager.makeCursor(path),
    tiling.makeCursor(path, { offset: 10, size: 5 }),
    log,
  ]
  for (const source of [...sources, new SlidingWindowMapBuffer(manager.makeCursor(path))]) {
    const { found, offsets, ...counted } = await scan(source, { find: 'took 5 ms', maxOffsets: 2 })
    t.deepEqual(counted, WHOLE)
    t.deepEqual(
      [found, offsets],
      [TEXT.split('took 5 ms').length - 1, [TEXT.indexOf('took 5 ms'), TEXT.indexOf('took 5 ms', 200)]],
    )
  }
  t.deepEqual((await scan(manager, path)).lines, 20_000)
  t.is(manager.numOpenCursors, 2, 'what was given stays open, and nothing else')
})

test('a range of a file, or of a long buffer, is scanned as if there were nothing else', async (t) => {
  const { path } = tempFile(t, TEXT)
  using log = open(path, { offset: 1_000 })
  const part = TEXT.slice(2_000, -500)
  const lines = part.split('\n')
  for (const threads of [1, 3]) {
    const expected = {
      bytes: part.length,
      lines: lines.length - 1,
      longestLine: Math.max(...lines.map(({ length }) => length)),
      found: part.split('line 9').length - 1,
    }
    const at = TEXT.indexOf('line 9', 2_000)
    const options = { find: 'line 9', maxOffsets: 1, threads }
    t.deepEqual(await scan(path, { ...options, start: 2_000, end: -500 }), { ...expected, offsets: [at] })
    t.deepEqual(await scan(log, { ...options, start: 1_000, end: -500 }), {
      ...expected,
      offsets: [at - 1_000],
    })
  }
  t.deepEqual(await scan(log, { start: 5, end: 5 }), {
    bytes: 0,
    lines: 0,
    longestLine: 0,
    found: 0,
    offsets: [],
  })
})

test('the parts that splitRanges gives add up to the whole', async (t) => {
  const { path } = tempFile(t, TEXT)
  using log = open(path)
  const results = await Promise.all(
    (await log.splitRanges(7)).map((range) => scan(log, { ...range, find: 'took' })),
  )
  const sum = (key: 'bytes' | 'lines' | 'found') => results.reduce((total, result) => total + result[key], 0)
  t.deepEqual([sum('bytes'), sum('lines'), sum('found')], [TEXT.length, 20_000, 20_000])
})

test('it finds what find() finds: text, bytes and regular expressions', async (t) => {
  const { path } = tempFile(t, TEXT)
  using log = open(path)
  for (const find of ['took 96', Buffer.from('took 96'), /took 96/, { regex: String.raw`took 96\b` }]) {
    const seen: ScanProgress[] = []
    const { found, offsets, ...counted } = await scan(log, {
      find,
      maxOffsets: 3,
      onProgress: (progress) => seen.push(progress),
    })
    t.deepEqual([found, offsets.length, offsets[0]], [await log.count(find), 3, await log.find(find)])
    t.deepEqual(counted, WHOLE)
    t.deepEqual(
      [seen.at(-1)?.found, seen.at(-1)?.bytesScanned, seen.at(-1)?.bytesTotal],
      [found, TEXT.length, TEXT.length],
    )
  }
  t.is((await scan(log, { find: /line/, maxOffsets: Infinity })).offsets.length, 20_000)
  t.is((await scan(log, { find: /line/, maxOffsets: 0 })).found, 20_000)
  t.is((await scan(log, { find: '' })).found, 0)
})

test('what cannot be scanned is said with a code', async (t) => {
  const { path } = tempFile(t, TEXT)
  using manager = new SlidingWindowMapManager()
  const closed = manager.makeCursor(path)
  closed.close()
  await t.throwsAsync(scan(closed), { code: 'ERR_SMMAP_CLOSED' })
  await t.throwsAsync(scan(new WindowCursor()), { code: 'ERR_SMMAP_NOT_ASSOCIATED' })
  await t.throwsAsync(scan(`${path}.missing`), { code: 'ENOENT' })
  await t.throwsAsync(scan({} as never), { code: 'ERR_INVALID_ARG_TYPE' })
  await t.throwsAsync(scan(path, { find: 'x', from: 5 } as never), { code: 'ERR_INVALID_ARG_VALUE' })
  await t.throwsAsync(scan(path, { find: /(?=a)/ }), { code: 'ERR_INVALID_ARG_VALUE' })
})
