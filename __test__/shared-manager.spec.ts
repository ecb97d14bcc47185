// One manager in several threads: one cache, one set of limits and counters; whoever closes it, and what
// `from` refuses. That no thread's end does the others harm is shown by the rows of the crash matrix.
import { once } from 'node:events'
import { fork, spawn } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import path from 'node:path'
import test from 'ava'
import {
  GreedyMemmapManager,
  open,
  SlidingWindowMapManager,
  StaticWindowMapManager,
  TilingMemmapManager,
} from 'smmap'
import { tempFile } from './helpers/files.js'

const PACKAGE = path.resolve('.')
const KIB = 1024

/** A worker that answers lines of code, with `manager` attached where it is given a shared one. */
function worker(workerData: object): { ask: (code: string) => Promise<unknown>; end: () => Promise<number> } {
  const code = `
    const { parentPort, workerData } = require('node:worker_threads')
    const smmap = require(workerData.package)
    const manager = workerData.shared && smmap[workerData.type].from(workerData.shared)
    const kept = {}
    parentPort.on('message', async (code) => {
      const answer = async () => eval(code)
      parentPort.postMessage(await answer().catch((error) => error.code ?? String(error)))
    })`
  const thread = new Worker(code, { eval: true, workerData: { package: PACKAGE, ...workerData } })
  const ask = async (line: string): Promise<unknown> => {
    thread.postMessage(line, [])
    return ((await once(thread, 'message')) as unknown[])[0]
  }
  return { ask, end: () => thread.terminate() }
}

const classes = { SlidingWindowMapManager, StaticWindowMapManager, TilingMemmapManager, GreedyMemmapManager }

for (const [type, Manager] of Object.entries(classes)) {
  test(`${type}: another thread has the same cache, limits and counters`, async (t) => {
    const { path: file } = tempFile(t, Buffer.alloc(256 * KIB, 7))
    const manager = new Manager({ maxMemorySize: 1024 * KIB, maxOpenHandles: 8 })
    const other = worker({ shared: manager.share(), type })
    const read =
      `kept.cursor = manager.makeCursor(${JSON.stringify(file)}); ` +
      '(kept.cursor.useRegion?.() ?? kept.cursor).buffer()[5]'
    t.is(await other.ask(read), 7)
    t.is(await other.ask('manager.maxMappedMemorySize + manager.maxFileHandles'), 1024 * KIB + 8)
    const { misses, maps, numOpenCursors } = manager.stats()
    t.deepEqual({ misses, maps, numOpenCursors }, { misses: 1, maps: 1, numOpenCursors: 1 })
    const cursor = manager.makeCursor(file)
    t.is(('useRegion' in cursor ? cursor.useRegion() : cursor).buffer()[5], 7)
    t.is(await other.ask('manager.stats().maps + 10 * manager.numOpenCursors'), 1 + 20)
    await other.end()
    t.is(manager.numOpenCursors, 1)
    manager.close()
  })
}

test('hits count in every thread, also those without a native call', async (t) => {
  const { path: file } = tempFile(t, Buffer.alloc(64 * KIB))
  const manager = new SlidingWindowMapManager()
  const other = worker({ shared: manager.share(), type: 'SlidingWindowMapManager' })
  await other.ask(`const cursor = manager.makeCursor(${JSON.stringify(file)});
    for (let at = 0; at < 100; at += 1) cursor.useRegion(at, 1); kept.cursor = cursor; 1`)
  t.is(manager.stats().hits, 99)
  await other.end()
  t.is(manager.stats().hits, 99)
  manager.close()
})

test('close of the shared one closes it for all, close of an attached one for its thread', async (t) => {
  const { path: file } = tempFile(t, Buffer.alloc(64 * KIB))
  const manager = new SlidingWindowMapManager()
  const [first, second] = [1, 2].map(() =>
    worker({ shared: manager.share(), type: 'SlidingWindowMapManager' }),
  )
  const makeBuffer = `kept.buffer = smmap.open(${JSON.stringify(file)}, { manager }); kept.buffer.at(0)`
  t.deepEqual([await first!.ask(makeBuffer), await second!.ask(makeBuffer)], [0, 0])
  t.deepEqual(await first!.ask('manager.close(); [manager.closed, kept.buffer.closed]'), [true, true])
  t.is(await first!.ask('kept.buffer.at(0) ?? "nothing"'), 'ERR_SMMAP_CLOSED')
  t.is(manager.numOpenCursors, 1)
  t.is(await second!.ask('kept.buffer.at(1)'), 0)
  manager.close()
  t.is(await second!.ask('kept.buffer.at(0)'), 'ERR_SMMAP_CLOSED')
  t.deepEqual(await second!.ask('[manager.closed, kept.buffer.closed]'), [true, true])
  t.is(await second!.ask('manager.makeCursor("x")'), 'ERR_SMMAP_CLOSED')
  await Promise.all([first!.end(), second!.end()])
})

test('forceUnmap and close with detach empty the views of other threads at their next turn', async (t) => {
  const { path: file } = tempFile(t, Buffer.alloc(64 * KIB, 3))
  const manager = new SlidingWindowMapManager()
  const other = worker({ shared: manager.share(), type: 'SlidingWindowMapManager' })
  const view =
    `kept.cursor = manager.makeCursor(${JSON.stringify(file)}); ` +
    'kept.view = kept.cursor.useRegion().buffer(); kept.view.length'
  t.is(await other.ask(view), 64 * KIB)
  t.is(manager.forceUnmap(file), 1)
  if (manager.zeroCopy)
    t.is(await other.ask('new Promise((resolve) => setImmediate(() => resolve(kept.view.length)))'), 0)
  t.is(await other.ask(view), 64 * KIB)
  manager.close({ detach: true })
  if (manager.zeroCopy)
    t.is(await other.ask('new Promise((resolve) => setImmediate(() => resolve(kept.view.length)))'), 0)
  await other.end()
})

test('open in several threads shares the one manager of the process', async (t) => {
  const { path: file } = tempFile(t, Buffer.alloc(64 * KIB))
  using log = open(file)
  log.at(0)
  const other = worker({})
  const ask = `kept.log = smmap.open(${JSON.stringify(file)}); kept.log.at(0)`
  t.is(await other.ask(ask), 0)
  t.is(log.at(0), 0)
  await other.end()
  t.is(log.at(1), 0)
})

// The end of the worker that had made the process's manager closed it, for every thread that came later.
test('the manager of the process outlives the thread that opened a file first', async (t) => {
  const { path: file } = tempFile(t, 'bytes')
  const text = `require('smmap').open(${JSON.stringify(file)})`
  const program = `const { Worker } = require('node:worker_threads')
    new Worker(${JSON.stringify(text)}, { eval: true }).once('exit', () => {
      process.exit(require('smmap').open(${JSON.stringify(file)}).length)
    })`
  const [code] = await once(spawn(process.execPath, ['-e', program]), 'exit')
  t.is(code, 5)
})

test('what no share() gave is refused, and what one gave in another process', async (t) => {
  const garbage = [undefined, null, 7, 'x', {}, [], { process: 'x' }, { process: 'x', manager: 0.5 }]
  for (const shared of garbage) {
    t.throws(() => SlidingWindowMapManager.from(shared as never), {
      code: 'ERR_INVALID_ARG_TYPE',
      instanceOf: TypeError,
    })
  }
  const manager = new SlidingWindowMapManager()
  const shared = manager.share()
  t.deepEqual(structuredClone(shared), shared)
  t.deepEqual(manager.share(), shared)
  t.throws(() => StaticWindowMapManager.from(shared), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /SlidingWindowMapManager/,
  })
  const { path: program } = tempFile(
    t,
    `process.once('message', (shared) => {
      const { SlidingWindowMapManager } = require(${JSON.stringify(PACKAGE)})
      try {
        SlidingWindowMapManager.from(shared)
      } catch (error) {
        process.send(error.code, () => process.exit())
      }
    })`,
    'child.cjs',
  )
  const child = fork(program, { execArgv: [] })
  child.send(shared)
  t.deepEqual((await once(child, 'message'))[0], 'ERR_SMMAP_UNSUPPORTED')
  manager.close()
  t.throws(() => SlidingWindowMapManager.from(shared), { code: 'ERR_SMMAP_CLOSED' })
  t.throws(() => manager.share(), { code: 'ERR_SMMAP_CLOSED' })
})
