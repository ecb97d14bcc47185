// Work that takes long ends when it is to. A step of a regular expression kept a thread of libuv's pool for
// minutes; until then neither the signal was heard, nor did process.exit() end the process, nor
// worker.terminate() the worker.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import test from 'ava'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { tempFile } from './helpers/files.js'

/** Thousands of states for each of eight million bytes: minutes. */
const SLOW = { regex: '(?-u:.){0,5000}x' }
const BYTES = Buffer.alloc(2 ** 23, 'a')
/** Far less than the work takes, far more than a busy machine needs to end it. */
const PATIENCE = 20_000

const WORK = `
  const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
  const buffer = new SlidingWindowMapBuffer(new SlidingWindowMapManager().makeCursor(process.env.FILE))
  void buffer.count(${JSON.stringify(SLOW)})
`
const cwd = fileURLToPath(new URL('..', import.meta.url))

test('a search that takes long ends with the signal, and its file is let go', async (t) => {
  const { path } = tempFile(t, BYTES)
  const manager = new SlidingWindowMapManager()
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  const begun = performance.now()
  const signal = AbortSignal.timeout(200)
  const works = [buffer.count(SLOW, { signal }), buffer.countMatchingLines(SLOW, { signal })]
  for (const work of works) t.is(await work.catch((error: Error) => error.name), 'TimeoutError')
  t.true(performance.now() - begun < PATIENCE)
  manager.close()
})

test('a process exits while a search takes long', async (t) => {
  const { path } = tempFile(t, BYTES)
  const code = `${WORK}; setTimeout(() => process.exit(3), 200)`
  const child = spawn(process.execPath, ['-e', code], { cwd, env: { ...process.env, FILE: path } })
  const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
  t.deepEqual(await once(child, 'exit'), [3, null])
  clearTimeout(late)
})

test('a worker is terminated while a search takes long', async (t) => {
  const { path } = tempFile(t, BYTES)
  const worker = new Worker(WORK, { eval: true, env: { FILE: path } })
  await once(worker, 'online')
  await new Promise((done) => setTimeout(done, 300))
  const begun = performance.now()
  await worker.terminate()
  t.true(performance.now() - begun < PATIENCE)
})
