// A growing file, and one that is cut, replaced or removed meanwhile.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { follow, type FollowEvent, type FollowOptions } from 'smmap'
import { tempFile, tempFolder } from './helpers/files.js'

/** The events of a file, one by one; none within ten seconds is an error. */
function begin(t: ExecutionContext, path: string, options: FollowOptions = {}) {
  const signal = AbortSignal.timeout(10_000)
  const events = follow(path, { interval: 10, signal, ...options })
  t.teardown(() => events.return())
  return async () => {
    const { value } = await events.next()
    const event = value as FollowEvent
    return event.type === 'data' ? { ...event, bytes: event.bytes.toString() } : event
  }
}

test('what is appended comes as it is written', async (t) => {
  const { path } = tempFile(t, 'old\n')
  // Again and again: the first ones may be there already when the file is opened.
  const writing = setInterval(() => appendFileSync(path, 'new\n'), 20)
  const event = await begin(t, path)()
  clearInterval(writing)
  t.is(event.type, 'data')
  if (event.type === 'data') {
    t.regex(event.bytes, /^(new\n)+$/)
    t.true(event.offset >= 4)
  }
})

test('bytes come from where they were asked for, and then the next ones', async (t) => {
  const { path } = tempFile(t, 'old\n')
  const next = begin(t, path, { from: 2 })
  t.deepEqual(await next(), { type: 'data', offset: 2, bytes: 'd\n' })
  appendFileSync(path, 'new')
  t.deepEqual(await next(), { type: 'data', offset: 4, bytes: 'new' })
})

test('with wholeLines a line is held back until it ends, unless it is very long', async (t) => {
  const { path } = tempFile(t, 'one\ntw')
  const next = begin(t, path, { from: 0, wholeLines: true })
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'one\n' })
  const second = next()
  setTimeout(() => appendFileSync(path, 'o\nth'), 50)
  t.deepEqual(await second, { type: 'data', offset: 4, bytes: 'two\n' })
  appendFileSync(path, 'x'.repeat(2 ** 16))
  t.like(await next(), { offset: 8, bytes: `th${'x'.repeat(2 ** 16 - 2)}` })
})

test('a truncated file is reported, and read from its start', async (t) => {
  const { path } = tempFile(t, 'a long first content\n')
  const next = begin(t, path, { from: 0 })
  await next()
  truncateSync(path, 0)
  t.deepEqual(await next(), { type: 'truncated', from: 21, to: 0 })
  appendFileSync(path, 'anew\n')
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'anew\n' })
})

test('a file that is replaced is told, after the rest of the old one', async (t) => {
  const { path } = tempFile(t, 'first\n')
  const next = begin(t, path, { from: 0 })
  await next()
  appendFileSync(path, 'last words\n')
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'second\n')
  t.deepEqual(await next(), { type: 'data', offset: 6, bytes: 'last words\n' })
  let event = await next()
  // Where it was looked at between the two calls above.
  if (event.type === 'removed') event = await next()
  t.deepEqual(event, { type: 'replaced' })
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'second\n' })
})

test('a file that is removed is told once, and taken up again when it comes back', async (t) => {
  const { path } = tempFile(t, 'first\n')
  const next = begin(t, path, { from: 0 })
  await next()
  rmSync(path)
  t.deepEqual(await next(), { type: 'removed' })
  const later = next()
  setTimeout(() => writeFileSync(path, 'second\n'), 50)
  t.deepEqual(await later, { type: 'replaced' })
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'second\n' })
})

test('it ends with the reason of its signal, also while it waits', async (t) => {
  const { path } = tempFile(t, 'x')
  const controller = new AbortController()
  const next = follow(pathToFileURL(path), { signal: controller.signal, interval: 60_000 }).next()
  setTimeout(() => controller.abort(new Error('enough')), 50)
  await t.throwsAsync(next, { message: 'enough' })
})

test('what cannot be followed, and wrong options, are refused', async (t) => {
  const { path } = tempFile(t, 'x')
  const refused = (target: string, options: FollowOptions, code: string) =>
    t.throwsAsync(follow(target, options).next(), { code })
  await refused(`${path}.absent`, {}, 'ENOENT')
  await refused(path, { interval: 0 }, 'ERR_OUT_OF_RANGE')
  await refused(path, { from: -1 }, 'ERR_OUT_OF_RANGE')
  await refused(path, { from: 'begin' as never }, 'ERR_INVALID_ARG_TYPE')
  await refused(path, { wholeLines: 1 as never }, 'ERR_INVALID_ARG_TYPE')
  if (process.platform === 'win32') return
  const folder = tempFolder(t)
  await refused(folder, {}, 'ERR_SMMAP_NOT_REGULAR_FILE')
  execFileSync('mkfifo', [`${folder}/fifo`])
  await refused(`${folder}/fifo`, {}, 'ERR_SMMAP_NOT_REGULAR_FILE')
})

/** Bytes of the events until `isEnough` of them; other events by their type. */
async function collect(events: AsyncIterable<FollowEvent>, isEnough: (text: string) => boolean) {
  const pieces: string[] = []
  for await (const event of events) {
    pieces.push(event.type === 'data' ? event.bytes.toString() : `<${event.type}>`)
    if (isEnough(pieces.join(''))) return pieces
  }
  return pieces
}

// A burst came in pieces of 64 KiB, which ended amid lines and amid characters: whatever was parsed line by
// line broke.
test('a burst of more than 64 KiB comes in whole lines', async (t) => {
  const lines = Array.from({ length: 5000 }, (_, n) => `${n} ${'é'.repeat(n % 40)}\n`).join('')
  const { path } = tempFile(t, lines)
  const options = { from: 0, wholeLines: true, interval: 10, signal: AbortSignal.timeout(10_000) }
  const pieces = await collect(follow(path, options), (text) => text.length === lines.length)
  t.true(pieces.length > 1)
  t.true(pieces.every((piece) => piece.endsWith('\n')))
  t.is(pieces.join(''), lines)
})

test('a line of more than 64 KiB comes in pieces that end between characters', async (t) => {
  for (const wholeLines of [true, false]) {
    for (const character of ['é', '€', '𝄞']) {
      const line = `x${character.repeat(2 ** 16)}\n`
      const { path } = tempFile(t, line)
      const options = { from: 0, wholeLines, interval: 10, signal: AbortSignal.timeout(10_000) }
      const pieces = await collect(follow(path, options), (text) => text.length >= line.length)
      t.is(pieces.join(''), line)
      t.false(pieces.some((piece) => piece.includes('\ufffd')))
    }
  }
})

test('with wholeLines the end of a file is where its last, incomplete line begins', async (t) => {
  const { path } = tempFile(t, 'one\ntw')
  const next = begin(t, path, { wholeLines: true })
  const event = next()
  // It must be open by then.
  setTimeout(() => appendFileSync(path, 'o\n'), 1500)
  t.deepEqual(await event, { type: 'data', offset: 4, bytes: 'two\n' })
})

test('lastLines begins with so many lines, wherever they lie', async (t) => {
  const long = `${'x'.repeat(2 ** 16)}\n`
  for (const [content, lines, expected] of [
    ['a\nb\nc\n', 2, 'b\nc\n'],
    ['a\nb\nc', 2, 'b\nc'],
    ['a\nb\nc', 1, 'c'],
    ['a\nb\nc\n', 9, 'a\nb\nc\n'],
    ['\n\n', 1, '\n'],
    [`${long}a\n`, 2, `${long}a\n`],
    [`${long}${long}a\n`, 2, `${long}a\n`],
    [`a\n${'x'.repeat(2 ** 17 - 1)}\n`, 1, `${'x'.repeat(2 ** 17 - 1)}\n`],
  ] as const) {
    const { path } = tempFile(t, content)
    const events = follow(path, { lastLines: lines, interval: 10, signal: AbortSignal.timeout(10_000) })
    const pieces = await collect(events, (text) => text.length >= expected.length)
    t.is(pieces.join(''), expected)
  }
})

test('what is held back of a file that is cut comes first', async (t) => {
  const { path } = tempFile(t, 'one\ntw')
  const next = begin(t, path, { from: 0, wholeLines: true })
  await next()
  const second = next()
  setTimeout(() => truncateSync(path, 0), 50)
  t.deepEqual(await second, { type: 'data', offset: 4, bytes: 'tw' })
  t.deepEqual(await next(), { type: 'truncated', from: 6, to: 0 })
})

// It looked at the size only: what was written to the file after `cp log log.1; : > log` was lost where it
// was more than before.
test('a file that was cut and has grown beyond where it was is told', async (t) => {
  const { path } = tempFile(t, 'the first content\n')
  const next = begin(t, path, { from: 0 })
  await next()
  writeFileSync(path, 'another content, which is longer\n')
  t.deepEqual(await next(), { type: 'truncated', from: 18, to: 33 })
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'another content, which is longer\n' })
})

test('a line that is not complete when its file is replaced is waited for', async (t) => {
  const { path } = tempFile(t, 'first\nsec')
  const next = begin(t, path, { from: 0, wholeLines: true })
  await next()
  renameSync(path, `${path}.1`)
  writeFileSync(path, 'third\n')
  const second = next()
  setTimeout(() => appendFileSync(`${path}.1`, 'ond\n'), 100)
  t.deepEqual(await second, { type: 'data', offset: 6, bytes: 'second\n' })
  t.deepEqual(await next(), { type: 'replaced' })
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'third\n' })
})

test('a line that nobody completes comes as it is, after a second', async (t) => {
  const { path } = tempFile(t, 'first')
  const next = begin(t, path, { from: 0, wholeLines: true })
  const first = next()
  setTimeout(() => {
    renameSync(path, `${path}.1`)
    writeFileSync(path, 'second\n')
  }, 50)
  let event = await first
  if (event.type === 'removed') event = await next()
  t.deepEqual(event, { type: 'data', offset: 0, bytes: 'first' })
  t.deepEqual(await next(), { type: 'replaced' })
})

// It ended with ERR_SMMAP_NOT_REGULAR_FILE, or with ENOENT where the name went between two calls.
test('a folder in place of the file, amid a rotation, is told once and waited out', async (t) => {
  const { path } = tempFile(t, 'first\n')
  const next = begin(t, path, { from: 0 })
  await next()
  rmSync(path)
  mkdirSync(path)
  let event = await next()
  if (event.type === 'removed') event = await next()
  t.is(event.type, 'unreadable')
  const later = next()
  setTimeout(() => {
    rmSync(path, { recursive: true })
    writeFileSync(path, 'second\n')
  }, 100)
  event = await later
  if (event.type === 'removed') event = await next()
  t.deepEqual(event, { type: 'replaced' })
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'second\n' })
})

test('with wait, a file that is not there yet is waited for, and read from its start', async (t) => {
  const path = `${tempFolder(t)}/later.log`
  const next = begin(t, path, { wait: true })
  const event = await next()
  t.is(event.type === 'unreadable' && (event.error as NodeJS.ErrnoException).code, 'ENOENT')
  const later = next()
  setTimeout(() => writeFileSync(path, 'here\n'), 50)
  t.deepEqual(await later, { type: 'replaced' })
  t.deepEqual(await next(), { type: 'data', offset: 0, bytes: 'here\n' })
})

const linux = process.platform === 'linux' ? test : test.skip
linux('where the system reports changes, nobody waits for the interval', async (t) => {
  const { path } = tempFile(t, '')
  const next = begin(t, path, { interval: 60_000 })
  const event = next()
  setTimeout(() => appendFileSync(path, 'now\n'), 200)
  t.deepEqual(await event, { type: 'data', offset: 0, bytes: 'now\n' })
})

// One listener each on one signal: Node.js warned of a leak from the eleventh file on.
test('many files with one signal make no warning', async (t) => {
  const warnings: Error[] = []
  const note = (warning: Error): void => void warnings.push(warning)
  process.on('warning', note)
  const controller = new AbortController()
  const all = Array.from({ length: 20 }, () =>
    follow(tempFile(t, '').path, { signal: controller.signal, interval: 10 }).next(),
  )
  setTimeout(() => controller.abort(new Error('enough')), 100)
  for (const each of all) await t.throwsAsync(each, { message: 'enough' })
  process.off('warning', note)
  t.deepEqual(warnings, [])
})

test('nothing is lost or doubled while a file is rotated by renaming', async (t) => {
  const folder = tempFolder(t)
  const path = `${folder}/app.log`
  writeFileSync(path, '')
  const events = follow(path, { from: 0, wholeLines: true, interval: 5, signal: AbortSignal.timeout(30_000) })
  let expected = ''
  let generation = 0
  const write = async (): Promise<void> => {
    for (let n = 0; n < 600; n += 1) {
      // In parts, so that looks fall between them.
      const line = `${n} ${'ü'.repeat((n * 7919) % 300)}\n`
      const cut = (n * 31) % line.length
      appendFileSync(path, line.slice(0, cut))
      if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
      appendFileSync(path, line.slice(cut))
      expected += line
      if (n % 50 !== 49) continue
      generation += 1
      renameSync(path, `${path}.${generation}`)
      writeFileSync(path, '')
      // Two rotations between two looks leave out a file: there is no name to find it by.
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    appendFileSync(path, 'end\n')
    expected += 'end\n'
  }
  const writing = write()
  let got = ''
  for await (const event of events) {
    if (event.type !== 'data') continue
    t.true(event.bytes.at(-1) === 10, 'whole lines only')
    got += event.bytes.toString()
    if (got.endsWith('end\n')) break
  }
  await writing
  t.is(got, expected)
})
