// Ranges of whole records for several workers, against GNU split and a plain search for borders.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { PAGE, tempFile, tempFolder } from './helpers/files.js'

function open(t: ExecutionContext, path: string, offset = 0) {
  const manager = new SlidingWindowMapManager({ windowSize: PAGE, maxMemorySize: 4 * PAGE })
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path), offset)
}

test('ranges are the files that split -n l/N makes', async (t) => {
  const lines = Array.from({ length: 4_000 }, (_, n) => `${n} ${'x'.repeat((n * 7919) % 60)}\n`).join('')
  const text = lines.slice(0, lines.length - (lines.length % 840))
  const { path } = tempFile(t, text)
  const buffer = open(t, path)
  // Where the size is a multiple of the number, all of split's versions agree on the shares.
  for (const parts of [1, 2, 7, 8]) {
    const folder = tempFolder(t)
    execFileSync('split', ['-n', `l/${parts}`, path, join(folder, 'part')])
    const expected = readdirSync(folder)
      .toSorted()
      .map((name) => readFileSync(join(folder, name), 'utf8'))
    const ranges = await buffer.splitRanges(parts)
    t.deepEqual(
      ranges.map(({ start, end }) => buffer.toString('utf8', start, end)),
      expected,
    )
  }
})

test('ranges are all bytes in order, and all but the last end a record where they may first', async (t) => {
  const content = fc.string({ unit: fc.constantFrom('a', ';', '|'), maxLength: 50 })
  const delimiter = fc.constantFrom(';', ';|', 'aa', ';;;')
  await fc.assert(
    fc.asyncProperty(content, delimiter, fc.integer({ min: 1, max: 60 }), async (text, ends, parts) => {
      if (text === '') return
      const buffer = open(t, tempFile(t, `x${text}`).path, 1)
      const borders = new Set([text.length])
      for (let part = 1; part < parts; part += 1) {
        let border = Math.floor((text.length / parts) * part)
        while (border < text.length && !text.slice(0, border).endsWith(ends)) border += 1
        borders.add(border)
      }
      borders.delete(0)
      const ranges = await buffer.splitRanges(parts, { delimiter: ends })
      const found = ranges.map(({ end }) => end)
      // A delimiter that overlaps another one, which ended the range before, may be passed over.
      if (ends.length === 1)
        t.deepEqual(
          found,
          [...borders].toSorted((a, b) => a - b),
        )
      t.deepEqual(
        ranges.map(({ start }) => start),
        [0, ...found.slice(0, -1)],
      )
      t.is(found.at(-1), text.length)
      t.true(ranges.length <= parts && found.slice(0, -1).every((end) => text.slice(0, end).endsWith(ends)))
    }),
    { numRuns: 300 },
  )
})

test('few records make few ranges, no bytes none', async (t) => {
  t.deepEqual(await open(t, tempFile(t, 'one\n').path).splitRanges(5), [{ start: 0, end: 4 }])
  t.deepEqual(await open(t, tempFile(t, '').path).splitRanges(5), [])
  const delimiter = Buffer.from([0])
  t.deepEqual(await open(t, tempFile(t, 'a\0b\0').path).splitRanges(2n, { delimiter }), [
    { start: 0, end: 2 },
    { start: 2, end: 4 },
  ])
})

test('wrong arguments are refused', async (t) => {
  const buffer = open(t, tempFile(t, 'a\nb\n').path)
  for (const parts of [0, -1, 1.5])
    await t.throwsAsync(buffer.splitRanges(parts), { code: 'ERR_OUT_OF_RANGE' })
  await t.throwsAsync(buffer.splitRanges(2, { delimiter: '' }), { code: 'ERR_INVALID_ARG_VALUE' })
  await t.throwsAsync(buffer.splitRanges(2, { delimiter: 5 as never }), { code: 'ERR_INVALID_ARG_TYPE' })
  const signal = AbortSignal.abort(new Error('enough'))
  await t.throwsAsync(buffer.splitRanges(2, { signal }), { message: 'enough' })
})

test('the lines behind an offset are found without an index, as sed counts them', async (t) => {
  const text = Array.from({ length: 3_000 }, (_, n) => `line ${n}\n`).join('')
  const { path } = tempFile(t, text)
  const buffer = open(t, path)
  for (const line of [0, 1, 2, 1_000, 2_999]) {
    const start = await buffer.offsetOfLine(line)
    const end = await buffer.offsetOfLine(1, { start })
    t.is(
      buffer.toString('utf8', start, end),
      execFileSync('sed', ['-n', `${line + 1}p`, path], { encoding: 'utf8' }),
    )
  }
  t.is(await buffer.offsetOfLine(3_000n), buffer.length)
  t.is(await buffer.offsetOfLine(3_001), -1)
  t.is(await open(t, tempFile(t, 'a\nb').path).offsetOfLine(2), -1)
  await t.throwsAsync(buffer.offsetOfLine(-1), { code: 'ERR_OUT_OF_RANGE' })
})
