// Lines against a naive split of the same bytes, whatever windows lie below; and against wc, sed and
// node:readline.
import { execFileSync } from 'node:child_process'
import { appendFileSync, createReadStream, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { type LineOptions, type Range, SlidingWindowMapBuffer } from 'smmap'
import { sliding } from './fixtures/managers.js'
import { onUnix } from './fixtures/platform.js'
import { thrownBy } from './helpers/errors.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

const BLOCK = 2 ** 16

interface NaiveLine extends Range {
  readonly bytes: Buffer
}

/** What `lines` should give: byte by byte. */
function naiveLines(bytes: Buffer, keepEnding: boolean, offset = 0): NaiveLine[] {
  const lines: NaiveLine[] = []
  const add = (start: number, end: number): unknown =>
    lines.push({ start: start + offset, end: end + offset, bytes: bytes.subarray(start, end) })
  let start = 0
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] !== 10) continue
    const isCrLf = at > start && bytes[at - 1] === 13
    add(start, keepEnding ? at + 1 : isCrLf ? at - 1 : at)
    start = at + 1
  }
  if (start < bytes.length) add(start, bytes.length)
  return lines
}

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of source) all.push(one)
  return all
}

/** As `t.deepEqual`, fast enough for a hundred thousand lines. */
function same<T>(t: ExecutionContext, actual: readonly T[], expected: readonly T[]): void {
  if (isDeepStrictEqual(actual, expected)) {
    t.pass()
    return
  }
  const at = expected.findIndex((it, index) => !isDeepStrictEqual(it, actual[index]))
  t.deepEqual(actual.slice(at, at + 3), expected.slice(at, at + 3))
  t.is(actual.length, expected.length)
}

/** Every form of lines of `buffer`, in both ways, is what `bytes` would give. */
async function agree(
  t: ExecutionContext,
  buffer: SlidingWindowMapBuffer,
  bytes: Buffer,
  range: { start?: number; end?: number } = {},
): Promise<void> {
  const part = bytes.subarray(range.start ?? 0, range.end ?? bytes.length)
  const offset = bytes.length === 0 ? 0 : part.byteOffset - bytes.byteOffset
  for (const keepEnding of [false, true]) {
    const expected = naiveLines(part, keepEnding, offset)
    const options = { ...range, keepEnding }
    const texts = expected.map((it) => it.bytes.toString())
    const views = expected.map((it) => it.bytes)
    const ranges = expected.map(({ start, end }) => ({ start, end }))
    same(t, [...buffer.lines(options)], texts)
    same(
      t,
      [...buffer.lines({ ...options, encoding: 'latin1' })],
      views.map((it) => it.toString('latin1')),
    )
    same(t, [...buffer.lines({ ...options, encoding: null })], views)
    same(t, [...buffer.lines({ ...options, asRanges: true })], ranges)
    same(t, await collect(buffer.lines(options)), texts)
    same(t, await collect(buffer.lines({ ...options, encoding: null })), views)
    same(t, await collect(buffer.lines({ ...options, asRanges: true })), ranges)
  }
}

const MODES = ['auto', 'never'] as const

/** Pieces that make every kind of line, and bytes that are no text. */
const piece = fc.constantFrom(
  '\n',
  '\n',
  '\r\n',
  '\r',
  'a',
  'é',
  '€',
  '😀',
  '\0',
  'x'.repeat(PAGE - 1),
  'ü'.repeat(700),
)
const content = fc
  .array(
    fc.oneof(
      piece.map((it) => Buffer.from(it)),
      fc.uint8Array({ maxLength: 4 }).map(Buffer.from),
    ),
    {
      maxLength: 60,
    },
  )
  .map((pieces) => Buffer.concat(pieces))

for (const zeroCopy of MODES) {
  test(`lines are those of a naive split, with windows of a page, zeroCopy ${zeroCopy}`, async (t) => {
    const manager = sliding(t, { windowSize: PAGE, maxMemorySize: 4 * PAGE, zeroCopy })
    const { path } = tempFile(t, '')
    const index = fc.option(fc.integer({ min: 0, max: 3 * PAGE }), { nil: undefined })
    await fc.assert(
      fc.asyncProperty(content, index, index, async (bytes, start, end) => {
        writeFileSync(path, bytes)
        using cursor = manager.makeCursor(path)
        const buffer = new SlidingWindowMapBuffer(cursor)
        await agree(t, buffer, bytes)
        const from = Math.min(start ?? 0, bytes.length)
        await agree(t, buffer, bytes, { start: from, end: Math.max(from, end ?? bytes.length) })
      }),
      { numRuns: 60 },
    )
    t.is(manager.numOpenCursors, 0)
  })

  test(`lines longer than a window and a block are whole, zeroCopy ${zeroCopy}`, async (t) => {
    const parts = [3 * BLOCK, 0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 5 * PAGE].map((size) => 'é'.repeat(size))
    for (const ending of ['\n', '\r\n']) {
      for (const last of ['', ending, '\r', 'end']) {
        const { path, bytes } = tempFile(t, parts.join(ending) + last)
        for (const windowSize of [PAGE, 0]) {
          using cursor = sliding(t, { windowSize, zeroCopy }).makeCursor(path)
          await agree(t, new SlidingWindowMapBuffer(cursor), bytes)
        }
      }
    }
  })
}

test('more newlines than one native call finds', async (t) => {
  const { path, bytes } = tempFile(t, '\n'.repeat(3 * BLOCK + 5) + 'a\n\r\n'.repeat(9000))
  using cursor = sliding(t, { windowSize: 3 * PAGE }).makeCursor(path)
  await agree(t, new SlidingWindowMapBuffer(cursor), bytes)
})

test('a CRLF cut by the border of a block is one ending', async (t) => {
  for (const before of [BLOCK - 2, BLOCK - 1, BLOCK]) {
    const { path, bytes } = tempFile(t, `${'x'.repeat(before)}\r\nend\r\n`)
    using cursor = sliding(t).makeCursor(path)
    await agree(t, new SlidingWindowMapBuffer(cursor), bytes)
  }
})

test('an empty file has no lines, and a buffer without a file none either', async (t) => {
  const { path } = tempFile(t, '')
  using cursor = sliding(t).makeCursor(path)
  for (const buffer of [new SlidingWindowMapBuffer(cursor), new SlidingWindowMapBuffer()]) {
    await agree(t, buffer, Buffer.alloc(0))
  }
})

test('indices are those of the buffer, not of the file', (t) => {
  const { path } = tempFile(t, 'ab\ncd\nef\n')
  using cursor = sliding(t).makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor, 3)
  const ranges = [...buffer.lines({ asRanges: true })]
  t.deepEqual(ranges, [
    { start: 0, end: 2 },
    { start: 3, end: 5 },
  ])
  t.deepEqual(
    ranges.map(({ start, end }) => buffer.toString('utf8', start, end)),
    ['cd', 'ef'],
  )
  t.deepEqual([...buffer.lines({ start: -3 })], ['ef'])
})

/** Lines of 0 to 300 bytes, without what readline takes for an ending and we do not. */
function textOf(size: number): string {
  const lines: string[] = []
  for (let at = 0, total = 0; total < size; at += 1) {
    const [a = 0, b = 0] = pseudoRandomBytes(2, at + 1)
    lines.push(`${at} résumé ${'完了 '.repeat(a % 9)}${'x'.repeat(b)}`.slice(0, a % 7 === 0 ? 0 : 300))
    total += b
  }
  return `${lines.join('\n')}\nend`
}

onUnix('wc, sed and node:readline agree', async (t) => {
  for (const last of ['', '\n']) {
    const { path } = tempFile(t, textOf(2 ** 20) + last)
    using cursor = sliding(t, { windowSize: 16 * PAGE }).makeCursor(path)
    const lines = [...new SlidingWindowMapBuffer(cursor).lines()]
    const counted = Number(execFileSync('wc', ['-l', path], { encoding: 'utf8' }).trim().split(' ')[0])
    t.is(lines.length, counted + (last === '' ? 1 : 0))
    for (const n of [1, 777, lines.length]) {
      t.is(
        `${lines[n - 1]}`,
        execFileSync('sed', ['-n', `${n}p`, path], { encoding: 'utf8' }).replace(/\n$/, ''),
      )
    }
    same(t, lines, await collect(createInterface({ input: createReadStream(path), crlfDelay: Infinity })))
  }
})

test('both ways, as often as wanted, and next to other reading', async (t) => {
  const { path } = tempFile(t, 'a\nb\nc\n')
  const manager = sliding(t)
  using cursor = manager.makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor)
  const lines = buffer.lines()
  t.deepEqual([...lines], ['a', 'b', 'c'])
  t.deepEqual([...lines], ['a', 'b', 'c'])
  const [one, two] = [lines[Symbol.iterator](), lines[Symbol.iterator]()]
  t.is(one.next().value, 'a')
  t.is(two.next().value, 'a')
  t.is(buffer.at(0), 97)
  t.is(one.next().value, 'b')
  one.return?.()
  t.deepEqual([...two], ['b', 'c'])
  const ahead = lines[Symbol.asyncIterator]()
  t.deepEqual(
    (await Promise.all([ahead.next(), ahead.next(), ahead.next(), ahead.next()])).map((it) => it.value),
    ['a', 'b', 'c', undefined],
  )
})

const FORMS: LineOptions[] = [{}, { encoding: null }, { asRanges: true }]
type AnyLines = Iterable<unknown> & AsyncIterable<unknown>
const linesOf = (buffer: SlidingWindowMapBuffer, options: LineOptions): AnyLines =>
  buffer.lines(options as LineOptions & { asRanges: true })

test('a loop that is left lets the file go', async (t) => {
  const { path } = tempFile(t, 'line\n'.repeat(50_000))
  const manager = sliding(t, { windowSize: PAGE })
  using cursor = manager.makeCursor(path)
  const buffer = new SlidingWindowMapBuffer(cursor)
  for (const options of FORMS) {
    for (const _ of linesOf(buffer, options)) {
      t.is(manager.numOpenCursors, 2)
      break
    }
    t.is(manager.numOpenCursors, 1)
    t.throws(
      () => {
        for (const _ of linesOf(buffer, options)) throw new Error('mine')
      },
      { message: 'mine' },
    )
    for await (const _ of linesOf(buffer, options)) break
    await t.throwsAsync(
      async () => {
        for await (const _ of linesOf(buffer, options)) throw new Error('mine')
      },
      { message: 'mine' },
    )
    await settled(manager)
    t.is(manager.numOpenCursors, 1)
  }
  buffer.endAccess()
  t.is(manager.numUsedRegions, 0)
})

/** Until what was read ahead on the thread pool has come back. */
async function settled(manager: { numOpenCursors: number }): Promise<void> {
  for (let turns = 0; manager.numOpenCursors > 1 && turns < 200; turns += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a manager closed meanwhile is an error, in the very next step', async (t) => {
  const { path } = tempFile(t, 'line\n'.repeat(5))
  for (const options of FORMS) {
    const closing = (): [ReturnType<typeof sliding>, SlidingWindowMapBuffer] => {
      const manager = sliding(t)
      return [manager, new SlidingWindowMapBuffer(manager.makeCursor(path))]
    }
    const [manager, buffer] = closing()
    const lines = linesOf(buffer, options)[Symbol.iterator]()
    lines.next()
    manager.close()
    t.is(thrownBy(() => lines.next()).code, 'ERR_SMMAP_CLOSED')
    t.true(lines.next().done)
    const [another, itsBuffer] = closing()
    const ahead = linesOf(itsBuffer, options)[Symbol.asyncIterator]()
    await ahead.next()
    another.close({ detach: true })
    await t.throwsAsync(() => ahead.next(), { code: 'ERR_SMMAP_CLOSED' })
    t.is(thrownBy(() => [...linesOf(itsBuffer, options)]).code, 'ERR_SMMAP_CLOSED')
  }
})

test('lines go on when everything is unmapped by force', (t) => {
  const { path } = tempFile(t, 'a\nb\nc\n')
  const manager = sliding(t)
  using cursor = manager.makeCursor(path)
  const lines = new SlidingWindowMapBuffer(cursor).lines({ encoding: null })[Symbol.iterator]()
  t.deepEqual(lines.next().value, Buffer.from('a'))
  manager.forceUnmap(path)
  t.deepEqual([...lines], [Buffer.from('b'), Buffer.from('c')])
})

onUnix('a file cut meanwhile is an error, never zeros', async (t) => {
  const line = `${'x'.repeat(99)}\n`
  for (const zeroCopy of MODES) {
    for (const options of FORMS) {
      for (const left of [0, 1, PAGE, 900_050]) {
        const { path } = tempFile(t, line.repeat(30_000))
        using cursor = sliding(t, { windowSize: 16 * PAGE, zeroCopy }).makeCursor(path)
        const buffer = new SlidingWindowMapBuffer(cursor)
        const seen: unknown[] = []
        const loop = (): void => {
          for (const it of linesOf(buffer, options)) {
            seen.push(Buffer.isBuffer(it) ? it.toString() : it)
            if (seen.length === 3) truncateSync(path, left)
          }
        }
        t.is(thrownBy(loop).code, 'ERR_SMMAP_FILE_TRUNCATED')
        if (!options.asRanges) t.true(seen.slice(0, 3).every((it) => it === line.slice(0, -1)))
        t.false(seen.some((it) => typeof it === 'string' && it.startsWith('\0')))
        await t.throwsAsync(collect(linesOf(buffer, options)), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
      }
    }
  }
})

onUnix('a file that grows or is replaced meanwhile is read as it was opened', (t) => {
  for (const options of FORMS) {
    const { path, bytes } = tempFile(t, 'line\n'.repeat(50_000))
    using cursor = sliding(t, { windowSize: PAGE }).makeCursor(path)
    const lines = linesOf(new SlidingWindowMapBuffer(cursor), options)[Symbol.iterator]()
    lines.next()
    appendFileSync(path, 'more\n')
    writeFileSync(`${path}.new`, 'other\n')
    renameSync(`${path}.new`, path)
    t.is([...{ [Symbol.iterator]: () => lines }].length, bytes.length / 5 - 1)
  }
})

test('wrong options are refused at the call', (t) => {
  const buffer = new SlidingWindowMapBuffer()
  const code = (options: object): unknown => thrownBy(() => linesOf(buffer, options)).code
  for (const encoding of [5, {}, true]) t.is(code({ encoding }), 'ERR_INVALID_ARG_TYPE')
  for (const encoding of ['utf16le', 'ascii', 'hex', 'no', ''])
    t.is(code({ encoding }), 'ERR_INVALID_ARG_VALUE')
  for (const it of [1, 'true', null]) {
    t.is(code({ asRanges: it }), 'ERR_INVALID_ARG_TYPE')
    t.is(code({ keepEnding: it }), 'ERR_INVALID_ARG_TYPE')
  }
})
