// Line indexes against sed, wc and a split of the whole text; saved, loaded, and of files that changed.
import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  closeSync,
  copyFileSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { LineIndex, SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { PAGE, tempFile } from './helpers/files.js'

function open(t: ExecutionContext, path: string, offset = 0) {
  const manager = new SlidingWindowMapManager({ windowSize: PAGE, maxMemorySize: 4 * PAGE })
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path), offset)
}

const text = Array.from({ length: 5_000 }, (_, i) => `line ${i} ${'é'.repeat(i % 40)}\n`).join('')

test('every line is where sed finds it', async (t) => {
  const { path } = tempFile(t, text)
  const buffer = open(t, path)
  const index = await buffer.lineIndex({ every: 64 })
  t.deepEqual([index.count, index.every, index.bytes], [5_000, 64, buffer.length])
  for (const line of [0, 1, 63, 64, 65, 1_000, 4_998, 4_999]) {
    const found = buffer.toString('utf8', await index.offsetOf(line), await index.offsetOf(line + 1))
    t.is(found, execFileSync('sed', ['-n', `${line + 1}p`, path], { encoding: 'utf8' }))
  }
  t.is(await index.offsetOf(5_000n), buffer.length)
  for (const line of [-1, 5_001, 0.5]) await t.throwsAsync(index.offsetOf(line), { code: 'ERR_OUT_OF_RANGE' })
  const aborted = AbortSignal.abort(new Error('enough'))
  await t.throwsAsync(index.offsetOf(1, { signal: aborted }), { message: 'enough' })
})

test('lines are those of the text, however it ends and however dense the index is', async (t) => {
  const content = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r\n'), maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 9 }), fc.nat(10), async (string, every, skip) => {
      const buffer = open(t, tempFile(t, `${'.'.repeat(skip)}${string}`).path, string === '' ? 0 : skip)
      const bytes = buffer.toString('latin1')
      const begins = [...bytes.matchAll(/(?:^|(?<=\n))(?=[^])/g)].map(({ index }) => index)
      const index = await buffer.lineIndex({ every })
      t.is(index.count, begins.length, JSON.stringify(string))
      const offsets = await Promise.all(begins.map((_, line) => index.offsetOf(line)))
      t.deepEqual(offsets, begins)
      t.is(await index.offsetOf(index.count), bytes.length)
    }),
    { numRuns: 150 },
  )
})

test('a saved index is the same when it is loaded', async (t) => {
  const { path } = tempFile(t, text)
  const buffer = open(t, path)
  const saved = (await buffer.lineIndex({ every: 100 })).save()
  const loaded = LineIndex.load(new Uint8Array(saved), open(t, path))
  t.deepEqual([loaded.count, loaded.every, loaded.bytes], [5_000, 100, buffer.length])
  t.is(await loaded.offsetOf(4_321), Buffer.from(text).indexOf('line 4321 '))
  t.deepEqual(loaded.save(), saved)
  t.is(saved.length, 112 + 8 * 50 + 32)
  t.is(saved.toString('latin1', 0, 8), 'smmapidx')
  t.deepEqual([saved.readUInt32LE(8), saved.readUInt32LE(12), saved.readDoubleLE(16)], [2, 100, 5_000])
})

test('bytes that are no index, or not this one any more, are refused', async (t) => {
  const { path } = tempFile(t, text)
  const buffer = open(t, path)
  const saved = (await buffer.lineIndex()).save()
  const refused = (bytes: Uint8Array, message: RegExp) =>
    t.throws(() => LineIndex.load(bytes, buffer), { code: 'ERR_INVALID_ARG_VALUE', message })
  refused(Buffer.from('hello'), /no saved line index/)
  refused(readFileSync(path), /no saved line index/)
  for (const at of [12, 20, 50, 90, 110, 130, saved.length - 1]) {
    const damaged = Buffer.from(saved)
    damaged[at] = (damaged[at] as number) ^ 1
    refused(damaged, /damaged/)
  }
  refused(saved.subarray(0, -1), /damaged/)
  const newer = Buffer.from(saved)
  newer[8] = 3
  refused(newer, /version 3, not 2/)
  t.throws(() => LineIndex.load('x' as never, buffer), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => LineIndex.load(saved, null as never), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => LineIndex.load(saved, open(t, path, 10)), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /from 0 on/,
  })
})

test('a file that grew, was rewritten or replaced is refused, when loading and when asking', async (t) => {
  const changes: readonly [RegExp, (path: string) => void][] = [
    [/had 10 bytes and has 12/, (path) => appendFileSync(path, 'x\n')],
    [/was written to/, (path) => utimesSync(path, 1, 1)],
  ]
  for (const [message, change] of changes) {
    const { path } = tempFile(t, 'a\nb\nc\nd\ne\n')
    const buffer = open(t, path)
    const index = await buffer.lineIndex({ every: 2 })
    change(path)
    await t.throwsAsync(index.offsetOf(1), { code: 'ERR_SMMAP_FILE_CHANGED', message })
    t.throws(() => LineIndex.load(index.save(), buffer), { code: 'ERR_SMMAP_FILE_CHANGED', message })
    t.throws(() => LineIndex.load(index.save(), open(t, path)), { code: 'ERR_SMMAP_FILE_CHANGED', message })
  }
  const { path } = tempFile(t, 'a\nb\n')
  const saved = (await open(t, path).lineIndex()).save()
  copyFileSync(path, `${path}.copy`)
  t.throws(() => LineIndex.load(saved, open(t, `${path}.copy`)), {
    code: 'ERR_SMMAP_FILE_CHANGED',
    message: /another one/,
  })
})

// Only the time of writing was held against the file, which `touch -r`, rsync and restored backups put back.
test('a file rewritten in place is refused, also where its size and its time are as before', async (t) => {
  const then = new Date(1_700_000_000_000)
  const { path } = tempFile(t, 'a1\nb2\nc3\nd4\n')
  utimesSync(path, then, then)
  const saved = (await open(t, path).lineIndex({ every: 1 })).save()
  await new Promise((resolve) => setTimeout(resolve, 50))
  writeFileSync(path, 'a\nb22\n\nc3d4\n', { flag: 'r+' })
  utimesSync(path, then, then)
  t.throws(() => LineIndex.load(saved, open(t, path)), {
    code: 'ERR_SMMAP_FILE_CHANGED',
    message: /attributes or content/,
  })
})

test('an empty file has no lines, one byte has one; `every` must be an integer from 1 on', async (t) => {
  for (const [content, lines] of [
    ['', 0],
    ['x', 1],
    ['\n', 1],
    ['\n\n', 2],
  ] as const) {
    const { path } = tempFile(t, content)
    const index = await open(t, path).lineIndex({ every: 1 })
    t.is(index.count, lines)
    t.is(await index.offsetOf(lines), content.length)
    t.is(LineIndex.load(index.save(), open(t, path)).count, lines)
  }
  const buffer = open(t, tempFile(t, 'x').path)
  for (const every of [0, -1, 1.5, 2 ** 31])
    await t.throwsAsync(buffer.lineIndex({ every }), { code: 'ERR_OUT_OF_RANGE' })
})

test('a line, or some, are read in one call, with or without their endings', async (t) => {
  const content = 'one\r\ntwo\n\nf\u00fcnf\nlast'
  const lines = content.split(/(?<=\n)/)
  for (const every of [1, 2, 1024]) {
    const index = await open(t, tempFile(t, content).path).lineIndex({ every })
    t.is(index.count, 5)
    for (const [at, line] of lines.entries()) {
      t.is(await index.line(at), line.replace(/\r?\n/, ''))
      t.is(await index.line(BigInt(at), { keepEnding: true }), line)
      t.deepEqual(await index.line(at, { encoding: null }), Buffer.from(line.replace(/\r?\n/, '')))
    }
    t.is(await index.line(3, { encoding: 'latin1' }), 'f\u00c3\u00bcnf')
    t.deepEqual(await index.lines(), ['one', 'two', '', 'f\u00fcnf', 'last'])
    t.deepEqual(await index.lines(1, 3), ['two', ''])
    t.deepEqual(await index.lines(-2), ['f\u00fcnf', 'last'])
    t.deepEqual(await index.lines(3, Infinity, { keepEnding: true }), lines.slice(3))
    t.deepEqual(await index.lines(3, 2), [])
    t.deepEqual(await index.lines(0, 1, { encoding: null }), [Buffer.from('one')])
    for (const line of [-1, 5, 0.5]) await t.throwsAsync(index.line(line), { code: 'ERR_OUT_OF_RANGE' })
    await t.throwsAsync(index.lines(0.5), { code: 'ERR_OUT_OF_RANGE' })
    await t.throwsAsync(index.line(0, { encoding: 'hex' as never }), { code: 'ERR_INVALID_ARG_VALUE' })
    await t.throwsAsync(index.line(0, { signal: AbortSignal.abort(new Error('enough')) }), {
      message: 'enough',
    })
  }
})

test('a range of the bytes has an index of its own, whose offsets are those of the reader', async (t) => {
  const { path } = tempFile(t, text)
  const buffer = open(t, path, 3)
  const start = buffer.indexOf('line 100 ')
  const end = buffer.indexOf('line 200 ')
  const index = await buffer.lineIndex({ start, end, every: 7 })
  t.deepEqual(
    [index.count, index.bytes, await index.offsetOf(0), await index.offsetOf(100)],
    [100, end - start, start, end],
  )
  t.true((await index.line(50)).startsWith('line 150 '))
  t.is((await LineIndex.load(index.save(), open(t, path, 3)).lines(-1)).join(), await index.line(99))
})

/** Writes over a file from its start, and puts its old time back, as `rsync --inplace --times` does. */
function rewrite(path: string, content: string): void {
  const { atime, mtime } = statSync(path)
  const fd = openSync(path, 'r+')
  writeSync(fd, content, 0)
  closeSync(fd)
  utimesSync(path, atime, mtime)
}

// A file rewritten in place, as long as before and with its old time put back, was taken for the one that was
// indexed.
test('a file whose old time was put back is not taken for the one that was indexed', async (t) => {
  const { path } = tempFile(t, 'a1\nb2\nc3\nd4\n')
  const index = await open(t, path).lineIndex({ every: 1 })
  await sleep(50)
  rewrite(path, 'a\nb22\n\nc3d4\n')
  t.throws(() => LineIndex.load(index.save(), open(t, path)), { code: 'ERR_SMMAP_FILE_CHANGED' })
  await t.throwsAsync(index.line(1), { code: 'ERR_SMMAP_FILE_CHANGED' })
})

test('an index in a file is loaded as long as it is right, and made and saved when it is not', async (t) => {
  const { path } = tempFile(t, text)
  const file = join(dirname(path), 'index')
  const made = async (options: object = {}): Promise<boolean> => {
    const before = statSync(file, { throwIfNoEntry: false })?.ino
    const index = await open(t, path).lineIndex({ file, ...options })
    t.deepEqual(await index.lines(0, 2), readFileSync(path, 'utf8').split('\n').slice(0, 2))
    return statSync(file).ino !== before
  }
  t.deepEqual([await made(), await made(), await made({ every: 1024 })], [true, false, false])
  t.deepEqual([await made({ every: 10 }), await made({ every: 10 }), await made()], [true, false, false])
  appendFileSync(path, 'more\n')
  t.deepEqual([await made(), await made()], [true, false])
  await sleep(50)
  rewrite(path, 'other line')
  t.deepEqual([await made(), await made()], [true, false])
  truncateSync(file, 100)
  t.deepEqual([await made(), await made()], [true, false])
  t.deepEqual(readdirSync(dirname(path)).toSorted(), ['file.bin', 'index'])
})

test('a file that is no index is not written over', async (t) => {
  const { path } = tempFile(t, text)
  const file = `${path}.txt`
  for (const content of ['mine', '']) {
    writeFileSync(file, content)
    await t.throwsAsync(open(t, path).lineIndex({ file }), { code: 'ERR_INVALID_ARG_VALUE' })
    t.is(readFileSync(file, 'utf8'), content)
  }
  await t.throwsAsync(open(t, path).lineIndex({ file: join(file, 'x') }), { code: 'ENOTDIR' })
  await t.throwsAsync(open(t, path).lineIndex({ file: 5 as never }), { code: 'ERR_INVALID_ARG_TYPE' })
})
