// A growing file, and one that is cut, replaced or removed meanwhile.
import { execFileSync } from 'node:child_process'
import { appendFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
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

test('a file that is cut is told, and read from its begin', async (t) => {
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
