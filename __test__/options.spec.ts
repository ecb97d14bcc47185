// Options: one range vocabulary for every method, names that are not known are refused, and `signal` and
// `onProgress` work in everything that takes a while. What each option does stands in the spec of its method.
import { writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { availableParallelism } from 'node:os'
import { createHash } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import {
  follow,
  GreedyMemmapManager,
  type LongBuffer,
  open,
  type Progress,
  SlidingWindowMapManager,
  TilingMemmapManager,
  type WorkOptions,
} from 'smmap'
import { codeOf, thrownBy } from './helpers/errors.js'
import { PAGE, tempFile } from './helpers/files.js'

const TEXT = Array.from({ length: 20_000 }, (_, line) => `line ${line} of the log\n`).join('')
const RANGE = { start: 1_000, end: -500 }

interface Log {
  readonly log: LongBuffer
  readonly bytes: Buffer
  readonly path: string
}

function openLog(t: ExecutionContext, maxMemorySize: number = 16 * PAGE): Log {
  const { path, bytes } = tempFile(t, TEXT)
  const log = open(path, { windowSize: 4 * PAGE, maxMemorySize })
  t.teardown(() => log.close())
  return { log, bytes, path }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

/** Everything that takes a range, with the number of bytes, or of lines, that it then says of the log. */
const ranged: Record<string, (log: LongBuffer, range: object) => Promise<unknown> | unknown> = {
  lines: (log, range) => [...log.lines(range)].length,
  chunks: (log, range) => Buffer.concat([...log.chunks({ ...range, size: 1_000 })]).length,
  toWebStream: async (log, range) =>
    Buffer.concat(await Readable.fromWeb(log.toWebStream(range)).toArray()).length,
  find: (log, range) => log.find('line', range),
  findAll: async (log, range) => (await all(log.findAll('line', range))).length,
  findMatches: async (log, range) => (await all(log.findMatches('line', range))).length,
  count: (log, range) => log.count('line', range),
  countLines: (log, range) => log.countLines(range),
  countMatchingLines: (log, range) => log.countMatchingLines('line', range),
  grep: async (log, range) => (await all(log.grep('line', range))).length,
  grepBatches: async (log, range) => (await all(log.grepBatches('line', range))).at(-1)?.count,
  hash: async (log, range) => (await log.hash('sha256', range)).toString('hex'),
  blake3: async (log, range) => (await log.hash('blake3', range)).toString('hex'),
  prefetch: (log, range) => log.prefetch(range),
  residency: async (log, range) => (await log.residency(range)).bytes,
  splitRanges: async (log, range) => {
    const ranges = await log.splitRanges(3, range)
    return ranges.reduce((sum, { start, end }) => sum + end - start, 0)
  },
  offsetOfLine: (log, range) => log.offsetOfLine(0, range),
}

test('every method that takes a range takes the same one, clamped as slice does it', async (t) => {
  const { log, bytes } = openLog(t)
  const part = bytes.subarray(RANGE.start, RANGE.end)
  const text = part.toString()
  const lines = text.split('\n').length
  const matches = text.match(/line/g)?.length
  const expected: Record<string, unknown> = {
    lines,
    chunks: part.length,
    toWebStream: part.length,
    find: RANGE.start + text.indexOf('line'),
    findAll: matches,
    findMatches: matches,
    count: matches,
    countLines: lines - 1,
    countMatchingLines: matches,
    grep: matches,
    grepBatches: matches,
    hash: createHash('sha256').update(part).digest('hex'),
    blake3: await log
      .hash('blake3', { start: RANGE.start, end: bytes.length + RANGE.end })
      .then((hash) => hash.toString('hex')),
    prefetch: undefined,
    residency: part.length,
    splitRanges: part.length,
    offsetOfLine: RANGE.start,
  }
  const answers: Record<string, unknown> = {}
  for (const [name, call] of Object.entries(ranged)) answers[name] = await call(log, RANGE)
  if (process.platform === 'win32') delete answers['residency']
  t.deepEqual(answers, process.platform === 'win32' ? { ...expected, residency: undefined } : expected)
})

test('what splitRanges gives fits every method, and the sums over the parts are the whole', async (t) => {
  const { log, bytes } = openLog(t)
  const ranges = await log.splitRanges(availableParallelism() + 2)
  const sum = async (
    count: (range: { start: number; end: number }) => Promise<number> | number,
  ): Promise<number> => {
    let total = 0
    for (const range of ranges) total += await count(range)
    return total
  }
  t.is(await sum((range) => [...log.lines(range)].length), 20_000)
  t.is(await sum((range) => log.countLines(range)), 20_000)
  t.is(await sum((range) => log.count('line', range)), 20_000)
  t.is(await sum((range) => log.countMatchingLines('line', range)), 20_000)
  t.is(
    await sum((range) => [...log.chunks(range)].reduce((size, chunk) => size + chunk.length, 0)),
    bytes.length,
  )
  for (const range of ranges)
    for (const call of Object.values(ranged)) await t.notThrowsAsync(async () => call(log, range))
})

test('edges: bigints, infinite and beyond the bytes; what is no integer is refused', async (t) => {
  const { log, bytes } = openLog(t)
  const sizes: [range: object, size: number][] = [
    [{}, bytes.length],
    [{ start: undefined, end: undefined }, bytes.length],
    [{ start: 10n, end: 20n }, 10],
    [{ start: -Infinity, end: Infinity }, bytes.length],
    [{ start: -10 }, 10],
    [{ start: -(2 ** 50), end: 2 ** 50 }, bytes.length],
    [{ start: 20, end: 10 }, 0],
    [{ start: Infinity }, 0],
  ]
  for (const [range, size] of sizes) {
    t.is(
      [...log.chunks({ ...range, size: 1_000 })].reduce((sum, { length }) => sum + length, 0),
      size,
    )
    t.is(
      ((await log.splitRanges(1, range))[0]?.end ?? 0) - ((await log.splitRanges(1, range))[0]?.start ?? 0),
      size,
    )
  }
  for (const range of [{ start: 0.5 }, { end: Number.NaN }, { start: 2 ** 53 }]) {
    for (const [name, call] of Object.entries(ranged)) {
      await t.throwsAsync(async () => call(log, range), { code: 'ERR_OUT_OF_RANGE' }, name)
    }
  }
  for (const range of [{ start: '0' }, { end: null }, { start: { valueOf: () => 0 } }]) {
    for (const [name, call] of Object.entries(ranged)) {
      await t.throwsAsync(async () => call(log, range), { code: 'ERR_INVALID_ARG_TYPE' }, name)
    }
  }
})

// `{ maxMemory: 2 ** 20 }` meant 8 GiB: the misspelt limit was passed over.
test('a name that is not known is refused, and the nearest one is named', async (t) => {
  const { log, path } = openLog(t)
  using manager = new SlidingWindowMapManager()
  using tiling = new TilingMemmapManager()
  const index = await log.lineIndex()
  const wrong: [call: (options: never) => unknown, options: object, unknown: string, nearest: string][] = [
    [(o) => new SlidingWindowMapManager(o), { maxMemory: 1 }, 'maxMemory', 'maxMemorySize'],
    [(o) => new GreedyMemmapManager(o), { windowsize: 1 }, 'windowsize', 'windowSize'],
    [(o) => new TilingMemmapManager(o), { maxopenhandle: 1 }, 'maxopenhandle', 'maxOpenHandles'],
    [(o) => open(path, o), { maxMemory: undefined }, 'maxMemory', 'maxMemorySize'],
    [(o) => open(path, o), { ofset: 1 }, 'ofset', 'offset'],
    [(o) => tiling.makeCursor(path, o), { slidng: true }, 'slidng', 'sliding'],
    [(o) => manager.trace(o), { hit: true }, 'hit', 'hits'],
    [(o) => manager.close(o), { detached: true }, 'detached', 'detach'],
    [(o) => manager.makeCursor(path).check(o), { maygrow: true }, 'maygrow', 'mayGrow'],
    [(o) => log.createReadStream(o), { highWatermark: 1 }, 'highWatermark', 'highWaterMark'],
    [(o) => log.grep('line', o).next(), { maxcount: 1 }, 'maxcount', 'maxCount'],
    [(o) => log.countMatchingLines('line', o), { ignorecase: true }, 'ignorecase', 'ignoreCase'],
    [(o) => log.read(0, 1, o), { sginal: undefined }, 'sginal', 'signal'],
    [(o) => log.lineIndex(o), { ever: 5 }, 'ever', 'every'],
    [(o) => index.offsetOf(0, o), { signale: undefined }, 'signale', 'signal'],
    [(o) => log.splitRanges(2, o), { delimeter: ';' }, 'delimeter', 'delimiter'],
    [(o) => follow(path, o).next(), { wholeLine: true }, 'wholeLine', 'wholeLines'],
    ...Object.values(ranged).map((call): (typeof wrong)[number] => [
      (options) => call(log, options),
      { strt: 5 },
      'strt',
      'start',
    ]),
  ]
  for (const [call, options, name, nearest] of wrong) {
    const error = await t.throwsAsync(
      async () => call(options as never),
      { code: 'ERR_INVALID_ARG_VALUE' },
      call.toString(),
    )
    t.true(
      error?.message.startsWith(
        `The property 'options.${name}' is unknown; the nearest known one is '${nearest}'.`,
      ),
    )
    t.true(error instanceof TypeError)
  }
})

test('options that are no object are refused, null too', async (t) => {
  const { log, path } = openLog(t)
  for (const options of [null, 5, 'x', [], () => {}] as never[]) {
    const calls: (() => unknown)[] = [
      () => open(path, options),
      () => new SlidingWindowMapManager(options),
      () => new SlidingWindowMapManager().close(options),
      () => log.chunks(options),
      () => log.lines(options),
      () => log.createReadStream(options),
      () => log.toWebStream(options),
    ]
    for (const call of calls) t.is(codeOf(call), 'ERR_INVALID_ARG_TYPE', call.toString())
    await t.throwsAsync(log.find('a', options), { code: 'ERR_INVALID_ARG_TYPE' })
    await t.throwsAsync(log.hash('sha256', options), { code: 'ERR_INVALID_ARG_TYPE' })
    await t.throwsAsync(log.splitRanges(1, options), { code: 'ERR_INVALID_ARG_TYPE' })
    await t.throwsAsync(log.prefetch(options), { code: 'ERR_INVALID_ARG_TYPE' })
  }
})

test('the default window follows the limit: the largest power of two that fits four times', (t) => {
  const [MIB, GIB] = [2 ** 20, 2 ** 30]
  const windows: [limit: number, window: number][] = [
    [0, GIB],
    [Infinity, GIB],
    [64 * MIB, 16 * MIB],
    [100 * MIB, 16 * MIB],
    [128 * MIB - 1, 16 * MIB],
    [128 * MIB, 32 * MIB],
    [4 * GIB, GIB],
    [16 * GIB, GIB],
    [1, 4096],
  ]
  for (const [maxMemorySize, windowSize] of windows) {
    using manager = new SlidingWindowMapManager({ maxMemorySize })
    t.is(
      manager.windowSize,
      Math.min(windowSize, process.arch === 'arm' ? GIB / 16 : GIB),
      `${maxMemorySize}`,
    )
    using asked = new TilingMemmapManager({ maxMemorySize, windowSize: -1 })
    t.is(asked.windowSize, manager.windowSize)
  }
})

test('Infinity is no limit, wherever a size is a limit or a maximum', async (t) => {
  const { path, bytes } = tempFile(t, 10 * PAGE)
  using manager = new SlidingWindowMapManager({
    windowSize: Infinity,
    maxMemorySize: Infinity,
    maxOpenHandles: Infinity,
  })
  t.deepEqual([manager.windowSize, manager.maxFileHandles], [0, Infinity])
  t.is(manager.makeCursor(path).useRegion(10).size, bytes.length - 10)
  using log = open(path, { manager, size: Infinity })
  t.true((await log.read(5, Infinity)).equals(bytes.subarray(5)))
  t.is((await log.grep('x', { maxCount: Infinity, before: Infinity }).return()).done, true)
  using trace = manager.trace({ capacity: Infinity })
  t.is(trace.dropped, 0)
})

/** Everything that takes a while and can be ended. */
const ended: Record<string, (log: LongBuffer, options: WorkOptions) => unknown> = {
  ...ranged,
  read: (log, options) => log.read(0, Infinity, options),
  lineIndex: (log, options) => log.lineIndex({ ...options, every: 7 }),
  chunksAhead: (log, options) => all(log.chunks({ ...options, size: 1_000 })),
  linesAhead: (log, options) => all(log.lines(options)),
  ranges: (log, options) => [...log.lines({ ...options, asRanges: true })],
  bytes: (log, options) => [...log.lines({ ...options, encoding: null })],
}

test('an aborted signal ends everything that takes a while, with its reason', async (t) => {
  const { log } = openLog(t)
  const reason = new Error('enough')
  for (const [name, call] of Object.entries(ended)) {
    await t.throwsAsync(async () => call(log, { signal: AbortSignal.abort(reason) }), { is: reason }, name)
    await t.throwsAsync(
      async () => call(log, { signal: {} as never }),
      { code: 'ERR_INVALID_ARG_TYPE' },
      name,
    )
    await t.throwsAsync(
      async () => call(log, { onProgress: 5 as never }),
      { code: 'ERR_INVALID_ARG_TYPE' },
      name,
    )
  }
})

test('a loop ends at the very step after it was aborted', async (t) => {
  const { log } = openLog(t)
  for (const asRanges of [false, true]) {
    const aborter = new AbortController()
    let lines = 0
    const error = thrownBy(() => {
      for (const _ of log.lines({ signal: aborter.signal, ...(asRanges ? { asRanges } : {}) } as object)) {
        lines += 1
        if (lines === 5) aborter.abort(new Error('enough'))
      }
    })
    t.deepEqual([error.message, lines], ['enough', 5])
  }
})

test('everything that takes a while tells how far it is, up to the end', async (t) => {
  // What does not stay mapped is not prefetched.
  const { log, bytes } = openLog(t, Infinity)
  for (const [name, call] of Object.entries(ended)) {
    // It ends at the first match, before the end of the bytes; the other is told by nothing but the first
    // line.
    if (name === 'find' || name === 'offsetOfLine') continue
    const seen: Progress[] = []
    await call(log, { onProgress: (progress) => seen.push(progress) })
    t.deepEqual([seen.at(-1)?.bytesScanned, seen.at(-1)?.bytesTotal], [bytes.length, bytes.length], name)
    t.true(
      seen.every(
        ({ bytesScanned }, at) => at === 0 || bytesScanned >= (seen[at - 1] as Progress).bytesScanned,
      ),
    )
    const oops = new Error('oops')
    const onProgress = (): never => {
      throw oops
    }
    await t.throwsAsync(async () => call(log, { onProgress }), { is: oops }, name)
  }
})

test('a file that grows while it is followed is followed until the signal', async (t) => {
  const { path } = tempFile(t, 'one\n')
  const aborter = new AbortController()
  const events = follow(path, { from: 0, interval: 5, signal: aborter.signal })
  t.is((await events.next()).value?.type, 'data')
  writeFileSync(path, 'one\ntwo\n')
  t.is((await events.next()).value?.type, 'data')
  aborter.abort(new Error('enough'))
  await t.throwsAsync(() => events.next(), { message: 'enough' })
})
