// Reading and searching off the main thread, against grep, wc and plain Buffers.
import { execFileSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { SlidingWindowMapBuffer, SlidingWindowMapManager, TilingMemmapManager } from 'smmap'
import type { AsyncNeedle, Progress } from 'smmap'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

const LINE = '{"level":"info","user":"Zoë","text":"nothing to see"}\n'
const MIB = 2 ** 20

/** A log with an ERROR in every seventh line or so, of about `lines` lines, and no newline at the end. */
function log(lines: number): Buffer {
  const parts = Array.from({ length: lines }, (_, i) =>
    i % 7 === 3 ? `${i} ERROR ${'x'.repeat(i % 50)}\n` : `${i} ${LINE}`,
  )
  return Buffer.from(`${parts.join('')}the end`)
}

function open(t: ExecutionContext, content: Uint8Array | string, windowSize = PAGE) {
  const { path, bytes } = tempFile(t, content)
  const manager = new SlidingWindowMapManager({ windowSize, maxMemorySize: 4 * windowSize })
  const cursor = manager.makeCursor(path)
  t.teardown(() => manager.close())
  return { path, bytes, manager, cursor, buffer: new SlidingWindowMapBuffer(cursor) }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Offsets as `grep -bo` prints them. */
function grep(path: string, ...options: readonly string[]): number[] {
  const out = execFileSync('grep', ['-abo', ...options, path], {
    encoding: 'latin1',
    env: { LC_ALL: 'C.UTF-8' },
  })
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => Number.parseInt(line, 10))
}

const ifGrep = process.platform === 'linux' ? test : test.skip

ifGrep('finds and counts what grep does, in windows of a page', async (t) => {
  const { path, buffer } = open(t, log(3_000))
  for (const text of ['ERROR', 'Zoë', 'the end', '}', 'xx']) {
    const expected = grep(path, '-F', text)
    t.true(expected.length > 0)
    t.deepEqual(await all(buffer.findAll(text)), expected, text)
    t.is(await buffer.count(Buffer.from(text)), expected.length, text)
    t.is(await buffer.find(text), expected[0] as number)
  }
  for (const regex of ['ERROR x{3,9}', 'user":"[^"]+"', '[0-9]+ ERROR', 'o..i']) {
    const expected = grep(path, '-E', regex)
    t.true(expected.length > 0)
    t.deepEqual(await all(buffer.findAll({ regex })), expected, regex)
    t.is(await buffer.count({ regex }), expected.length, regex)
  }
  const lines = Number(execFileSync('grep', ['-c', 'ERROR', path], { encoding: 'utf8' }))
  t.is(await buffer.count({ regex: '(?m)^.*ERROR.*$' }), lines)
  t.is(await buffer.countLines(), Number.parseInt(execFileSync('wc', ['-l', path], { encoding: 'utf8' }), 10))
})

test('a range and the begin of the buffer count as they do for slice', async (t) => {
  const { cursor } = open(t, log(1_000))
  const buffer = new SlidingWindowMapBuffer(cursor, 1_000, 20_000)
  const bytes = buffer.slice()
  const first = bytes.indexOf('ERROR')
  t.is(await buffer.find('ERROR'), first)
  t.is(await buffer.find('ERROR', { start: first }), first)
  t.is(await buffer.find('ERROR', { start: first + 1 }), bytes.indexOf('ERROR', first + 1))
  t.is(await buffer.find('ERROR', { end: first + 4 }), -1)
  t.is(await buffer.find('ERROR', { end: BigInt(first + 5) }), first)
  t.is(await buffer.find('ERROR', { start: first, end: first }), -1)
  t.is(await buffer.find('ERROR', { start: 2 ** 40 }), -1)
  t.is(
    await buffer.countLines({ start: 500, end: 1_500 }),
    bytes.subarray(500, 1_500).filter((byte) => byte === 10).length,
  )
  // ^ and $ are the buffer's ends, and \b sees what is outside of the range.
  t.deepEqual(await all(buffer.findMatches({ regex: '^.' })), [{ offset: 0, length: 1 }])
  t.is(await buffer.find({ regex: '.$' }), bytes.length - 1)
  t.is(await buffer.find({ regex: '^.' }, { start: 1 }), -1)
  t.is(await buffer.find({ regex: String.raw`\bRROR` }, { start: first + 1, end: first + 5 }), -1)
})

test('needles longer than a window, and matches across windows, are found whole', async (t) => {
  const long = pseudoRandomBytes(3 * PAGE + 7, 9)
  const { buffer } = open(
    t,
    Buffer.concat([Buffer.alloc(PAGE - 3), long, Buffer.from('a'.repeat(5 * PAGE)), Buffer.from('b')]),
  )
  t.is(await buffer.find(long), PAGE - 3)
  t.deepEqual(await all(buffer.findMatches({ regex: 'a+b' })), [
    { offset: 4 * PAGE + 4, length: 5 * PAGE + 1 },
  ])
})

test('a match of 1 MiB is whole wherever it lies; a longer one is only ever cut', async (t) => {
  const { buffer } = open(
    t,
    Buffer.from(`${'.'.repeat(MIB / 2)}${'a'.repeat(MIB - 1)}b${'a'.repeat(3 * MIB)}c`),
    MIB,
  )
  t.deepEqual(await all(buffer.findMatches({ regex: 'a+b' })), [{ offset: MIB / 2, length: MIB }])
  for (const { offset, length } of await all(buffer.findMatches({ regex: 'a+c' }))) {
    t.true(offset >= 1.5 * MIB)
    t.is(offset + length, buffer.length)
  }
  t.is(await buffer.find({ regex: 'a$' }), -1)
})

test('an empty file has no bytes to find, and one place for an empty match', async (t) => {
  const { buffer } = open(t, '')
  t.is(await buffer.find('a'), -1)
  t.deepEqual(await all(buffer.findAll('a')), [])
  t.deepEqual([await buffer.count('a'), await buffer.countLines()], [0, 0])
  t.is(await buffer.find({ regex: '^$' }), 0)
  t.is((await buffer.read(0, 10)).length, 0)
  await buffer.prefetch()
  const none = new SlidingWindowMapBuffer()
  t.deepEqual([await none.find('a'), await none.countLines(), (await none.read(0, 1)).length], [-1, 0, 0])
})

test('what makes no sense is refused: the needle, the range, the options', async (t) => {
  const { buffer, manager } = open(t, 'abc')
  const used = manager.numOpenCursors
  const invalid: readonly AsyncNeedle[] = [
    '',
    new Uint8Array(),
    { regex: 'a(b' },
    /(?=a)b/,
    /(a)\1/,
    /a/y,
    /^a/m,
    /[[a]/,
    /é/i,
    /[^a]/i,
  ]
  for (const needle of invalid) {
    await t.throwsAsync(
      buffer.find(needle),
      { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' },
      String(needle),
    )
    await t.throwsAsync(all(buffer.findAll(needle)), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  await t.throwsAsync(buffer.count({ regex: 'a(b' }), { message: /unclosed group/ })
  for (const needle of [null, 5, {}, { regex: 5 }] as unknown as AsyncNeedle[]) {
    await t.throwsAsync(buffer.find(needle), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  for (const start of [0.5, Number.NaN, 2 ** 53, 2n ** 64n])
    await t.throwsAsync(buffer.find('a', { start }), { code: 'ERR_OUT_OF_RANGE' })
  for (const options of [{ signal: {} }, { onProgress: 'x' }, { end: '5' }] as object[]) {
    await t.throwsAsync(buffer.countLines(options), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.is(manager.numOpenCursors, used)
})

test("JavaScript's expressions match in a file what they match in its text", async (t) => {
  const text = 'k K \u212a \u017f s É é 12 ٣ a_b\r\nfoo\u2028bar\ufeff \u0085x😀y [a-z] a{2}\n..'
  const { buffer, bytes } = open(t, text)
  const expressions = [
    /k/gi,
    /k/giu,
    /[k-s]/gi,
    /[^k]/giu,
    /é/giu,
    /\d+/g,
    /\w+/g,
    /\W/gu,
    /\s/g,
    /\S+/gu,
    /\bf?o+\b/g,
    /.+/gu,
    /./gsu,
  ]
  const more = [
    /^k/g,
    /\.$/g,
    /[\]a-z-]+/g,
    /a\{2\}/g,
    /(?:a|b)_?/g,
    /(?<x>o)+?/g,
    /\u0085\x78/g,
    /x\u{1f600}y/gu,
    /[\s\d]{2,}/g,
    /\//g,
  ]
  for (const expression of [...expressions, ...more]) {
    const expected = [...text.matchAll(expression)].map((match) => ({
      offset: Buffer.byteLength(text.slice(0, match.index)),
      length: Buffer.byteLength(match[0]),
    }))
    t.deepEqual(await all(buffer.findMatches(expression)), expected, String(expression))
  }
  t.is(bytes.length, buffer.length)
})

test('generated expressions that are taken mean the same', async (t) => {
  const atom = fc.constantFrom(
    'a',
    'b',
    'K',
    '1',
    ' ',
    '.',
    '\\d',
    '\\w',
    '\\s',
    '\\S',
    '\\b',
    '[a-c]',
    '[^ab]',
    '[\\d_]',
    '\\n',
    '^',
    '$',
  )
  const repeat = fc.constantFrom('', '', '', '+', '?', '{1,3}', '+?')
  const sequence = fc
    .array(
      fc.tuple(atom, repeat).map(([one, times]) => (/^(?:\\b|\^|\$)$/.test(one) ? one : one + times)),
      { minLength: 1, maxLength: 5 },
    )
    .map((parts) => parts.join(''))
  const expression = fc.oneof(
    sequence,
    fc.tuple(sequence, sequence).map(([one, two]) => `(?:${one}|${two})`),
  )
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', 'k', 'K', '1', '_', ' ', '\n', '\r', 'é', '\u2028'),
    maxLength: 60,
  })
  await fc.assert(
    fc.asyncProperty(
      expression,
      fc.constantFrom('g', 'gi', 'gs', 'gu', 'gsu'),
      text,
      async (source, flags, content) => {
        // Refused, as another test says.
        fc.pre(flags !== 'gi' || !source.includes('[^'))
        const regexp = new RegExp(source, flags)
        const { buffer } = open(t, content)
        // An empty match right behind another is none in Rust.
        const found = [...content.matchAll(regexp)].filter(({ 0: match, index }, at, matches) => {
          const before = matches[at - 1]
          return match !== '' || before === undefined || index > before.index + before[0].length
        })
        const expected = found.map(({ index }) => Buffer.byteLength(content.slice(0, index)))
        t.deepEqual(await all(buffer.findAll(regexp)), expected, `${regexp} in ${JSON.stringify(content)}`)
      },
    ),
    { numRuns: 400 },
  )
})

test('read gives the bytes, fewer at the end, and says when bytes are gone', async (t) => {
  const { buffer, bytes, path } = open(t, pseudoRandomBytes(5 * PAGE))
  for (const [offset, size] of [
    [0, 10],
    [PAGE - 5, 2 * PAGE],
    [5 * PAGE - 3, 10],
    [5 * PAGE, 1],
    [2 ** 40, 5],
    [7, 0],
  ] as const) {
    t.deepEqual(await buffer.read(offset, size), bytes.subarray(offset, offset + size))
  }
  t.deepEqual(await buffer.read(3n, 4n), bytes.subarray(3, 7))
  await t.throwsAsync(buffer.read(-1, 1), { code: 'ERR_OUT_OF_RANGE' })
  truncateSync(path, 2 * PAGE)
  t.deepEqual(await buffer.read(PAGE, PAGE), bytes.subarray(PAGE, 2 * PAGE))
  await t.throwsAsync(buffer.read(2 * PAGE - 1, 10), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})

test('a file cut short is an error of every search, never zeros', async (t) => {
  const { buffer, path, manager } = open(t, log(1_000))
  truncateSync(path, 5_000)
  for (const call of [
    () => buffer.find('no such'),
    () => buffer.count({ regex: '\\x00' }),
    () => buffer.countLines(),
    () => buffer.lineIndex(),
    () => buffer.prefetch(),
    () => all(buffer.findAll('nothing')),
  ]) {
    await t.throwsAsync(call, { code: 'ERR_SMMAP_FILE_TRUNCATED' }, String(call))
  }
  t.true(manager.numUsedRegions <= 1)
})

test('a signal ends it with its reason, before and during, and the file is let go', async (t) => {
  const { buffer, manager } = open(t, Buffer.alloc(8 * MIB, LINE), MIB)
  const used = [manager.numOpenCursors, manager.numUsedRegions]
  const reason = new Error('enough')
  const aborted = AbortSignal.abort(reason)
  const calls = (signal: AbortSignal) => [
    buffer.find('no such', { signal }),
    buffer.count({ regex: 'x' }, { signal }),
    buffer.countLines({ signal }),
    buffer.lineIndex({ signal }),
    all(buffer.findAll('nothing', { signal })),
    buffer.read(0, 100, { signal }),
    buffer.prefetch({ end: 8 * MIB, signal }),
  ]
  for (const call of calls(aborted)) t.is(await t.throwsAsync(call), reason)
  const controller = new AbortController()
  const running = calls(controller.signal)
  controller.abort(reason)
  for (const call of running) t.is(await t.throwsAsync(call), reason)
  t.deepEqual([manager.numOpenCursors, manager.numUsedRegions], used)
})

test('progress is told in order, rarely, and at the end; what it throws ends the search', async (t) => {
  const { buffer, manager } = open(t, Buffer.alloc(16 * MIB, LINE), MIB)
  const used = [manager.numOpenCursors, manager.numUsedRegions]
  const seen: Progress[] = []
  const start = performance.now()
  await buffer.count({ regex: 'e.*e' }, { start: 10, onProgress: (progress) => seen.push(progress) })
  t.true(seen.length <= (performance.now() - start) / 50 + 1)
  t.like(seen.at(-1)!, { bytesScanned: 16 * MIB - 10, bytesTotal: 16 * MIB - 10 })
  t.true(
    seen.every(({ bytesScanned }, i) => i === 0 || bytesScanned >= (seen[i - 1] as Progress).bytesScanned),
  )
  const error = new Error('mine')
  const onProgress = () => {
    throw error
  }
  t.is(await t.throwsAsync(buffer.count('x', { onProgress })), error)
  t.is(await t.throwsAsync(buffer.lineIndex({ onProgress })), error)
  t.deepEqual([manager.numOpenCursors, manager.numUsedRegions], used)
})

test('leaving a loop early lets the file go; many matches come all the same', async (t) => {
  const { buffer, manager } = open(t, Buffer.alloc(20_000, 'ab'))
  const used = manager.numOpenCursors
  for await (const at of buffer.findAll('b')) {
    t.is(manager.numOpenCursors, used + 1)
    if (at > 5_000) break
  }
  t.is(manager.numOpenCursors, used)
  t.deepEqual(
    await all(buffer.findAll('b')),
    Array.from({ length: 10_000 }, (_, i) => 2 * i + 1),
  )
  t.is(await buffer.count({ regex: '' }), 20_001)
})

test('searches run beside each other and beside reading, within the limits', async (t) => {
  const { buffer, bytes, manager } = open(t, log(20_000))
  const expected = bytes.toString('latin1').split('ERROR').length - 1
  const counts = [1, 2, 3].map(() => buffer.count('ERROR'))
  for (let i = 0; i < bytes.length; i += 997) t.is(buffer.at(i), bytes[i])
  t.deepEqual(await Promise.all(counts), [expected, expected, expected])
  t.true(manager.stats().peakMappedMemorySize <= 4 * PAGE)
})

test('prefetch maps what fits the limit, and changes nothing', async (t) => {
  const { manager, cursor, bytes, buffer } = open(t, pseudoRandomBytes(10 * PAGE))
  cursor.unuseRegion()
  manager.collect()
  await buffer.prefetch({ start: PAGE, end: 3 * PAGE })
  t.is(manager.mappedMemorySize, 2 * PAGE)
  await buffer.prefetch()
  t.is(manager.mappedMemorySize, 4 * PAGE)
  await buffer.prefetch({ start: 5, end: -20 * PAGE })
  t.is(manager.numUsedRegions, 0)
  t.deepEqual(buffer.slice(), bytes)
})

test('nothing is read by a cursor that was closed, or given another file', async (t) => {
  for (const end of ['close', 'assign'] as const) {
    const { buffer, cursor, manager } = open(t, 'abc')
    if (end === 'close') cursor.close()
    else cursor.assign(manager.makeCursor(tempFile(t, 'other').path))
    for (const call of [() => buffer.find('a'), () => buffer.read(0, 1), () => buffer.prefetch()]) {
      await t.throwsAsync(call, { code: 'ERR_SMMAP_CLOSED' })
    }
  }
})

test('a sliding cursor searches as well; closed, it has nothing', async (t) => {
  const { path, bytes } = tempFile(t, log(200))
  using manager = new TilingMemmapManager({ windowSize: PAGE })
  const cursor = manager.makeCursor(path, { sliding: true, offset: 100 })
  t.is(await cursor.find('ERROR'), bytes.indexOf('ERROR', 100) - 100)
  cursor.close()
  t.is(await cursor.find('ERROR'), -1)
  const other = manager.makeCursor(path, { sliding: true })
  manager.close()
  await t.throwsAsync(other.find('ERROR'), { code: 'ERR_SMMAP_CLOSED' })
})
