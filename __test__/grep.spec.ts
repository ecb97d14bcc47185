// Lines that match: against grep, and against a search of each line by itself.
import { execFileSync } from 'node:child_process'
import { truncateSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import {
  type AsyncNeedle,
  type GrepLinesOptions,
  type GrepTextOptions,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
} from 'smmap'
import { PAGE, tempFile } from './helpers/files.js'

function open(t: ExecutionContext, path: string, offset = 0) {
  const manager = new SlidingWindowMapManager({ windowSize: PAGE, maxMemorySize: 4 * PAGE })
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path), offset)
}

async function all(buffer: SlidingWindowMapBuffer, needle: AsyncNeedle, options: GrepLinesOptions = {}) {
  const lines = []
  for await (const line of buffer.grep(needle, options)) lines.push(line)
  return lines
}

const text = Array.from({ length: 5_000 }, (_, n) => {
  return `line ${n} ${n % 97 === 5 ? 'ERROR' : 'fine'} ${'é'.repeat(n % 40)}\n`
}).join('')

const cases: [args: string[], needle: AsyncNeedle, options?: GrepLinesOptions][] = [
  [['-F', 'ERROR'], 'ERROR'],
  [['-i', 'error'], 'error', { ignoreCase: true }],
  [['-E', '^line 4[0-9]*9 '], { regex: '^line 4[0-9]*9 ' }],
  [['-v', 'fine'], 'fine', { invert: true }],
  [['-A2', 'ERROR'], 'ERROR', { after: 2 }],
  [['-B3', 'ERROR'], 'ERROR', { before: 3 }],
  [['-C60', 'ERROR'], 'ERROR', { before: 60, after: 60 }],
  [['-m3', 'ERROR'], 'ERROR', { maxCount: 3 }],
  [['-m2', '-C99', 'ERROR'], 'ERROR', { maxCount: 2, before: 99, after: 99 }],
  [['no such'], 'no such'],
]

for (const [args, needle, options = {}] of cases) {
  test(`lines, numbers and offsets are those of grep ${args.join(' ')}`, async (t) => {
    const { path } = tempFile(t, text)
    const found = (await all(open(t, path), needle, options)).map(({ line, start, bytes, isSelected }) => {
      const mark = isSelected ? ':' : '-'
      return `${line! + 1}${mark}${start}${mark}${bytes}`
    })
    const env = { ...process.env, LC_ALL: 'C.UTF-8' }
    let expected = ''
    try {
      expected = execFileSync('grep', ['-nb', ...args, path], { encoding: 'utf8', env })
    } catch (error) {
      t.is((error as { status: number }).status, 1, 'grep found nothing')
    }
    t.deepEqual(
      found,
      expected.split('\n').filter((line) => line !== '' && line !== '--'),
    )
    const { before: _before, after: _after, ...counted } = options
    const count = found.filter((line) => /^\d+:/.test(line)).length
    t.is(await open(t, path).countMatchingLines(needle, counted), count)
  })
}

// Without numbers, the lines before were taken for those from 2^64 - 2 to 0, which are none.
test('lines before come without numbers too', async (t) => {
  const { path } = tempFile(t, 'one\ntwo\nthree\nfour\n')
  const manager = new SlidingWindowMapManager()
  t.teardown(() => manager.close())
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  const lines: string[] = []
  for await (const { bytes } of buffer.grep('three', { before: 2, numbers: false })) lines.push(String(bytes))
  t.deepEqual(lines, ['one', 'two', 'three'])
})

test('a batch as text is what grep prints', async (t) => {
  const { path } = tempFile(t, 'zero\none\ntwo\nthree\nfour\n')
  const manager = new SlidingWindowMapManager()
  t.teardown(() => manager.close())
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path), 5)
  const printed = async (options: GrepLinesOptions, prefix?: GrepTextOptions): Promise<string> => {
    const parts: Buffer[] = []
    for await (const batch of buffer.grepBatches({ regex: 't(w|hr)' }, options))
      parts.push(batch.toText(prefix))
    return String(Buffer.concat(parts))
  }
  t.is(await printed({}), 'two\nthree\n')
  t.is(
    await printed({ after: 1 }, { name: 'é', numbers: true, offsets: true }),
    'é:2:4:two\né:3:8:three\né-4-14-four\n',
  )
  t.is(await printed({ numbers: false }, { numbers: true }), 'two\nthree\n', 'lines were not counted')
  t.is(await printed({ matches: true }, { offsets: true }), '4:two\n8:three\n')
  for (const wrong of [{ name: 7 }, { numbers: 'yes' }, { number: true }] as object[])
    await t.throwsAsync(printed({}, wrong), { instanceOf: TypeError })
})

test('lines are those that match by themselves, whatever the text, wherever the reader begins', async (t) => {
  const content = fc.string({ unit: fc.constantFrom('a', 'b', 'A', '\n', 'é'), maxLength: 80 })
  const needle = fc.constantFrom('a', 'ab', 'aé', 'b+', '^a', 'b$', '^$', '[^a]+', '')
  await fc.assert(
    fc.asyncProperty(
      content,
      needle,
      fc.boolean(),
      fc.boolean(),
      async (string, source, invert, ignoreCase) => {
        if (string === '') return
        const buffer = open(t, tempFile(t, `xyz${string}`).path, 3)
        const expression = new RegExp(source, ignoreCase ? 'giu' : 'gu')
        const expected = string
          .split('\n')
          .slice(0, string.endsWith('\n') ? -1 : undefined)
          .map((line, number) => ({ line, number, found: [...line.matchAll(expression)] }))
          .filter(({ found }) => found.length > 0 !== invert)
        const lines = await all(buffer, { regex: source }, { invert, ignoreCase, matches: true })
        t.deepEqual(
          lines.map(({ line, bytes, start, end, matches }) => ({
            line: buffer.toString('utf8', start, end),
            same: bytes?.toString(),
            number: line,
            matches: matches.map((match) =>
              buffer.toString('utf8', match.offset, match.offset + match.length),
            ),
          })),
          expected.map(({ line, number, found }) => ({
            line,
            same: line,
            number,
            matches: invert ? [] : found.map(([match]) => match).filter((match) => match !== ''),
          })),
        )
      },
    ),
    { numRuns: 200 },
  )
})

test('a line longer than 1 MiB is found, has no bytes, and tells its matches in order', async (t) => {
  const { path } = tempFile(t, `short\n${'x'.repeat(2 ** 21)}${'needle '.repeat(3_000)}\nneedle`)
  const buffer = open(t, path)
  const lines = await all(buffer, 'needle', { matches: true })
  const long = lines.filter(({ line }) => line === 1)
  t.true(long.length > 1, 'in several parts')
  t.true(long.every(({ bytes, start, end }) => bytes === undefined && start === 6 && end - start > 2 ** 21))
  const offsets = long.flatMap(({ matches }) => matches.map(({ offset }) => offset))
  t.deepEqual(
    offsets,
    Array.from({ length: 3_000 }, (_, n) => 6 + 2 ** 21 + 7 * n),
  )
  t.is(lines.at(-1)?.bytes?.toString(), 'needle')
  t.is(await buffer.countMatchingLines('needle'), 2)
  const areWhole = []
  for await (const { isWhole } of buffer.grepBatches('short', { after: 1 })) areWhole.push(isWhole)
  t.deepEqual(areWhole, [true, false])
})

test('batches have the bytes of all their lines, and how many there were so far', async (t) => {
  const buffer = open(t, tempFile(t, text).path)
  const batches = []
  for await (const batch of buffer.grepBatches('line', { numbers: false })) batches.push(batch)
  t.true(batches.length > 1)
  t.is(Buffer.concat(batches.map(({ bytes }) => bytes)).toString(), text)
  t.is(batches.at(-1)?.count, 5_000)
  t.true(batches.every(({ isWhole }) => isWhole))
  t.is([...batches[0]!][0]?.line, undefined)
})

test('what no line can have, and wrong options, are refused', async (t) => {
  const buffer = open(t, tempFile(t, 'a\n').path)
  for (const needle of ['', 'a\nb', { regex: 'a\\nb' }, { regex: '(' }, Buffer.from('\n')]) {
    await t.throwsAsync(all(buffer, needle), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  for (const options of [{ before: -1 }, { after: 0.5 }, { maxCount: 0 }, { start: 1.5 }]) {
    await t.throwsAsync(all(buffer, 'a', options), { code: 'ERR_OUT_OF_RANGE' })
  }
  for (const options of [{ invert: 1 }, { ignoreCase: 'yes' }, { matches: null }, { numbers: 0 }]) {
    await t.throwsAsync(all(buffer, 'a', options as never), { code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('an aborted search ends with the reason, and lets the file go', async (t) => {
  const { path } = tempFile(t, text)
  const manager = new SlidingWindowMapManager({ windowSize: PAGE, maxMemorySize: 4 * PAGE })
  t.teardown(() => manager.close())
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  const controller = new AbortController()
  const counting = buffer.countMatchingLines('ERROR', { signal: controller.signal })
  controller.abort(new Error('enough'))
  await t.throwsAsync(counting, { message: 'enough' })
  for await (const line of buffer.grep('ERROR')) {
    t.is(line.line, 5)
    break
  }
  buffer.endAccess()
  t.is(manager.stats().numUsedRegions, 0)
})

test('progress tells how many lines were selected so far', async (t) => {
  const buffer = open(t, tempFile(t, text).path)
  let last = {}
  const count = await buffer.countMatchingLines('ERROR', { onProgress: (progress) => (last = progress) })
  t.deepEqual(last, { bytesScanned: buffer.length, bytesTotal: buffer.length, found: count })
})

test('a file cut below what was opened is an error, not a shorter answer', async (t) => {
  const { path } = tempFile(t, text)
  const buffer = open(t, path)
  truncateSync(path, 1_000)
  await t.throwsAsync(buffer.countMatchingLines('fine'), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})
