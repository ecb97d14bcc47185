// One manager in several threads: whatever becomes of a thread, of the file or of the manager, reads are
// right or say why not.
const { truncateSync } = require('node:fs')
const { Worker, isMainThread, workerData } = require('node:worker_threads')
const { SlidingWindowMapManager, TilingMemmapManager, open, scan } = require('smmap')
const { answer, codeOf, countMappings, makeFile, settles, sleep, tellMain } = require('./kit.cjs')

const WINDOW = 2 ** 16
const WINDOWS = 64
const LIMIT = 16 * WINDOW
const SIZE = WINDOWS * WINDOW
/** What a read may answer: another thread closed the manager, took the region by force, or cut the file. */
const EXPECTED = new Set([
  'ERR_SMMAP_CLOSED',
  'ERR_SMMAP_RELEASED',
  'ERR_SMMAP_NOT_MAPPED',
  'ERR_SMMAP_FILE_TRUNCATED',
])

/**
 * Reads at random, in every way, beside the bytes as they were written; how many answers were wrong, and
 * which codes came.
 */
class Reader {
  wrong = 0
  codes = new Set()
  views = []

  constructor(shared, path, memory, seed) {
    this.manager = SlidingWindowMapManager.from(shared)
    this.bytes = Buffer.from(memory)
    this.path = path
    this.state = seed * 2654435761 + 1
    this.renew()
  }

  renew() {
    const before = [this.cursor, this.buffer]
    this.cursor = this.manager.makeCursor(this.path)
    this.buffer = open(this.path, { manager: this.manager })
    for (const one of before) one?.close()
  }

  below(most) {
    this.state = (Math.imul(this.state, 1103515245) + 12345) >>> 0
    return Math.floor((this.state / 2 ** 32) * most)
  }

  /** One call. Where a file is cut, views of what was cut are zeros: they are not looked at. */
  step(hasViews) {
    const at = this.below(SIZE - 64)
    const kind = this.below(hasViews ? 12 : 8)
    try {
      if (kind < 4) this.wrong += this.buffer.readUInt32LE(at) !== this.bytes.readUInt32LE(at)
      else if (kind < 6) this.wrong += this.buffer.at(at) !== this.bytes[at]
      else if (kind < 8)
        this.wrong += !this.buffer.slice(at, at + 64).equals(this.bytes.subarray(at, at + 64))
      else if (kind < 11) this.look(at)
      else this.seldom(this.below(100))
    } catch (error) {
      this.codes.add(error.code ?? String(error))
    }
  }

  seldom(kind) {
    if (kind < 2) this.renew()
    else if (kind < 4) this.manager.collect()
  }

  look(at) {
    const view = this.cursor.useRegion(at, 64).buffer()
    this.wrong += !view.equals(this.bytes.subarray(at, at + view.length))
    this.views[this.below(8)] = { view, at }
    // A view that was emptied is empty; all others are what they were.
    const kept = this.views[this.below(8)]
    if (kept !== undefined && kept.view.length > 0)
      this.wrong += !kept.view.equals(this.bytes.subarray(kept.at, kept.at + kept.view.length))
  }
}

async function work({ shared, path, memory, seed, calls, jobs, isCut, until }) {
  const reader = new Reader(shared, path, memory, seed)
  tellMain('started')
  for (let i = 0; i < calls && !reader.codes.has(until); i += 1) {
    reader.step(!isCut)
    if (i % 1000 === 0) await sleep(0)
    if (jobs && i % 5000 === 0) void scan(reader.manager, path, { find: 'needle' }).catch(() => {})
    if (i % 20_000 === 0) globalThis.gc?.()
  }
  const odd = [...reader.codes].filter((code) => !EXPECTED.has(code))
  tellMain({ wrong: reader.wrong, odd, codes: [...reader.codes] })
  reader.manager.close()
}

function start(job) {
  const worker = new Worker(__filename, { workerData: job })
  const found = { wrong: 0, odd: ['it ended before'], codes: [] }
  const started = new Promise((resolve) => worker.once('message', resolve).once('exit', resolve))
  const ended = new Promise((resolve) => {
    worker.on('message', (message) => message !== 'started' && Object.assign(found, message))
    worker.on('error', (error) => (found.odd = [String(error.stack)]))
    worker.on('exit', () => resolve(found))
  })
  return { worker, started, ended }
}

function setUp() {
  const { path, bytes } = makeFile(SIZE)
  const memory = new SharedArrayBuffer(SIZE)
  Buffer.from(memory).set(bytes)
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: LIMIT })
  return { manager, path, memory, job: { path, memory, shared: manager.share() } }
}

/** All ended: what they found together, and what is left. */
async function report(manager, path, found) {
  await settles(() => manager.numOpenCursors === 0 && manager.numUsedRegions === 0)
  const { numOpenCursors, numUsedRegions, mappedMemorySize, closed } = {
    ...manager.stats(),
    closed: manager.closed,
  }
  const isWithin = mappedMemorySize <= LIMIT
  manager.close()
  const left = (await settles(() => countMappings(path) === 0)) ? 0 : countMappings(path)
  const wrong = found.reduce((sum, one) => sum + one.wrong, 0)
  answer({
    wrong,
    odd: found.flatMap(({ odd }) => odd),
    numOpenCursors,
    numUsedRegions,
    isWithin,
    closed,
    left,
  })
}

const kinds = {
  /** A million calls from four threads. */
  async calls() {
    const { manager, path, job } = setUp()
    const threads = [1, 2, 3, 4].map((seed) => start({ ...job, seed, calls: 250_000, jobs: true }))
    await report(manager, path, await Promise.all(threads.map(({ ended }) => ended)))
  },

  async many() {
    const { manager, path, job } = setUp()
    const threads = Array.from({ length: 64 }, (_, seed) => start({ ...job, seed, calls: 2000 }))
    await report(manager, path, await Promise.all(threads.map(({ ended }) => ended)))
  },

  /** Workers are terminated at any moment, while others and this thread read, evict, scan and share. */
  async terminated() {
    const { manager, path, memory, job } = setUp()
    const own = new Reader(manager.share(), path, memory, 99)
    const steady = start({ ...job, seed: 1, calls: 100_000, jobs: true })
    for (let round = 0; round < 30; round += 1) {
      const threads = [2, 3, 4].map((seed) =>
        start({ ...job, seed: round * 10 + seed, calls: Infinity, jobs: true }),
      )
      await Promise.race(threads.map(({ started }) => started))
      const until = performance.now() + (round % 12)
      while (performance.now() < until) own.step(true)
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    }
    const found = await steady.ended
    own.manager.close()
    await report(manager, path, [found, { wrong: own.wrong, odd: [...own.codes] }])
  },

  /** The thread that made it ends first; this one goes on. */
  async owner() {
    const { path, bytes } = makeFile(SIZE)
    const worker = new Worker(__filename, { workerData: { own: path } })
    const shared = await new Promise((resolve) => worker.once('message', resolve))
    const memory = new SharedArrayBuffer(SIZE)
    Buffer.from(memory).set(bytes)
    const reader = new Reader(shared, path, memory, 7)
    for (let i = 0; i < 20_000; i += 1) reader.step(true)
    await worker.terminate()
    for (let i = 0; i < 20_000; i += 1) reader.step(true)
    reader.views.length = 0
    reader.cursor.close()
    reader.buffer.close()
    const again = SlidingWindowMapManager.from(shared)
    reader.manager.close()
    await report(again, path, [{ wrong: reader.wrong, odd: [...reader.codes] }])
  },

  async truncated() {
    const { manager, path, job } = setUp()
    const threads = [1, 2, 3, 4].map((seed) => start({ ...job, seed, calls: 30_000, isCut: true }))
    await Promise.all(threads.map(({ started }) => started))
    await sleep(20)
    truncateSync(path, SIZE / 4 + 100)
    await report(manager, path, await Promise.all(threads.map(({ ended }) => ended)))
  },

  /** Regions are taken by force, and the manager is closed, while others read and have views. */
  async forced() {
    const { manager, path, job } = setUp()
    const threads = [1, 2, 3, 4].map((seed) => start({ ...job, seed, calls: 1e7, until: 'ERR_SMMAP_CLOSED' }))
    await Promise.all(threads.map(({ started }) => started))
    for (let i = 0; i < 30; i += 1) {
      await sleep(3)
      manager.forceUnmap(path)
    }
    manager.close({ detach: true })
    const found = await Promise.all(threads.map(({ ended }) => ended))
    const left = (await settles(() => countMappings(path) === 0)) ? 0 : countMappings(path)
    const isClosed = found.every(({ codes }) => codes.includes('ERR_SMMAP_CLOSED'))
    const wrong = found.reduce((sum, one) => sum + one.wrong, 0)
    answer({ wrong, odd: found.flatMap(({ odd }) => odd), isClosed, left })
  },

  async refused() {
    const { manager, job } = setUp()
    const [again, twice] = [
      SlidingWindowMapManager.from(job.shared),
      SlidingWindowMapManager.from(job.shared),
    ]
    const garbage = [
      undefined,
      null,
      5,
      'x',
      {},
      { process: job.shared.process },
      { ...job.shared, manager: -1 },
    ]
    const codes = garbage.map((value) => codeOf(() => SlidingWindowMapManager.from(value)))
    const unknown = codeOf(() => SlidingWindowMapManager.from({ ...job.shared, manager: 12_345 }))
    const elsewhere = codeOf(() => SlidingWindowMapManager.from({ ...job.shared, process: '1-abc' }))
    const otherKind = codeOf(() => require('smmap').GreedyMemmapManager.from(job.shared))
    const sameKind = codeOf(() => TilingMemmapManager.from(job.shared).close())
    twice.close()
    const isOpen = !again.closed && twice.closed && !manager.closed
    manager.close()
    const closed = codeOf(() => SlidingWindowMapManager.from(job.shared))
    answer({
      codes: [...new Set(codes)],
      unknown,
      elsewhere,
      otherKind,
      sameKind,
      isOpen,
      isClosed: again.closed,
      closed,
    })
  },
}

if (isMainThread) void kinds[process.argv[2]]()
else if (workerData.own === undefined) void work(workerData)
else {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: LIMIT })
  const view = manager.makeCursor(workerData.own).useRegion(0, WINDOW).buffer()
  tellMain(manager.share())
  globalThis.kept = { manager, view }
  setInterval(() => {}, 1000)
}
