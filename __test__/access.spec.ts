// How the reading methods reach bytes: by reading them, or by the map their window has earned.
import { renameSync, truncateSync, writeFileSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { scan, type ManagerOptions, type ManagerStats, type SlidingCursor } from 'smmap'
import { tiling } from './fixtures/fork-managers.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

const WINDOW = 4 * PAGE
const WINDOWS = 8
const content = pseudoRandomBytes(WINDOWS * WINDOW)
const ENOUGH = 16
const MODES = ['auto', 'map', 'read'] as const
/** For what is read in place; copies are read in blocks. */
const inPlace = process.env['SMMAP_ZERO_COPY'] === 'never' ? test.skip : test

interface Place {
  readonly path: string
  readonly cursor: SlidingCursor
  readonly counts: () => Pick<ManagerStats, 'reads' | 'maps' | 'evictions'>
}

function place(t: ExecutionContext, options: ManagerOptions = {}, bytes: Buffer = content): Place {
  const { path } = tempFile(t, bytes)
  const manager = tiling(t, { windowSize: WINDOW, ...options })
  const counts = (): Pick<ManagerStats, 'reads' | 'maps' | 'evictions'> => {
    const { reads, maps, evictions } = manager.stats()
    return { reads, maps, evictions }
  }
  return { path, cursor: manager.makeCursor(path, { sliding: true }), counts }
}

inPlace('a window is read until it has earned a map', (t) => {
  const { cursor, counts } = place(t)
  for (let i = 1; i < ENOUGH; i += 1) {
    t.is(cursor.readUInt32LE(WINDOW + 64 * i), content.readUInt32LE(WINDOW + 64 * i))
    t.deepEqual(counts(), { reads: i, maps: 0, evictions: 0 })
  }
  for (let i = 0; i < 100; i += 1) t.is(cursor.at(WINDOW + i), content[WINDOW + i])
  t.deepEqual(counts(), { reads: ENOUGH - 1, maps: 1, evictions: 0 })
})

test('reads all over a file far above the limit evict hardly anything; a hot window is mapped still', (t) => {
  const { cursor, counts } = place(t, { maxMemorySize: 2 * WINDOW })
  for (let i = 0; i < 4000; i += 1) {
    const at = (i * 7919 * 64) % (content.length - 64)
    t.deepEqual(cursor.slice(at, at + 64), content.subarray(at, at + 64))
  }
  const { reads, evictions } = counts()
  t.true(reads > 2000 && evictions < 40, `${reads} reads, ${evictions} evictions`)
  for (let i = 0; i < 1000; i += 1) t.is(cursor.at(5 * WINDOW + i), content[5 * WINDOW + i])
  // Reads in a row count as one use up to 16 of them, so that lookups all over a file do not thrash.
  t.true(counts().reads <= reads + 16 * ENOUGH)
})

test('access map always maps, access read never does', (t) => {
  for (const zeroCopy of ['auto', 'never'] as const) {
    const map = place(t, { access: 'map', zeroCopy })
    t.is(map.cursor.at(3 * WINDOW), content[3 * WINDOW])
    t.deepEqual(map.counts(), { reads: 0, maps: 1, evictions: 0 })

    const read = place(t, { access: 'read', zeroCopy })
    for (let i = 0; i < 100; i += 1) t.is(read.cursor.at(i), content[i])
    t.deepEqual(read.cursor.slice(), content)
    t.deepEqual(read.counts(), { reads: 101, maps: 0, evictions: 0 })
  }
})

test('without zero-copy a window earns a map too, and is copied from it', (t) => {
  const { cursor, counts } = place(t, { zeroCopy: 'never' })
  for (let i = 0; i < 1000; i += 1) t.is(cursor.at(i), content[i])
  t.deepEqual(counts(), { reads: ENOUGH - 1, maps: 1, evictions: 0 })
})

test('bytes behind the new end of a file that was cut are an error, the others are right', (t) => {
  const cut = 5 * WINDOW + 100
  const behind = (at: number): ((cursor: SlidingCursor) => unknown)[] => [
    (cursor) => cursor.at(at),
    (cursor) => cursor.at(-1),
    (cursor) => cursor.readUInt8(at),
    (cursor) => cursor.readDoubleBE(at),
    (cursor) => cursor.copy(Buffer.alloc(10), 0, at),
    (cursor) => cursor.toString('latin1', at, at + 10),
    (cursor) => cursor.slice(),
  ]
  for (const access of MODES) {
    for (const zeroCopy of ['auto', 'never'] as const) {
      const { path, cursor } = place(t, { access, zeroCopy })
      t.is(cursor.at(0), content[0])
      truncateSync(path, cut)
      for (const read of behind(6 * WINDOW)) {
        t.throws(() => read(cursor), { code: 'ERR_SMMAP_FILE_TRUNCATED' }, `${access}, ${zeroCopy}: ${read}`)
        t.deepEqual(cursor.slice(0, 10), content.subarray(0, 10))
      }
      // Inside its last page a cut raises no fault under a map; a read sees it.
      const across = (): Buffer => cursor.slice(cut - 10, cut + 10)
      if (access === 'read') t.throws(across, { code: 'ERR_SMMAP_FILE_TRUNCATED' })
    }
  }
})

inPlace('a file replaced by another is read on as it was, one rewritten in place as it is', (t) => {
  const other = pseudoRandomBytes(content.length, 2)
  for (const access of MODES) {
    const { path, cursor } = place(t, { access })
    t.is(cursor.at(0), content[0])
    writeFileSync(`${path}.new`, other)
    renameSync(`${path}.new`, path)
    for (let at = 0; at < content.length - 64; at += 999) {
      t.deepEqual(cursor.slice(at, at + 64), content.subarray(at, at + 64))
    }
    const rewritten = place(t, { access })
    t.is(rewritten.cursor.readUInt32BE(100), content.readUInt32BE(100))
    writeFileSync(rewritten.path, other)
    t.is(rewritten.cursor.readUInt32BE(100), other.readUInt32BE(100))
    t.deepEqual(rewritten.cursor.slice(), other)
  }
})

inPlace('what is read in place counts as used: it stays when another region has to go', (t) => {
  const { path } = tempFile(t, content)
  const manager = tiling(t, { windowSize: WINDOW, maxMemorySize: 3 * WINDOW, access: 'map' })
  const reader = manager.makeCursor(path, { sliding: true })
  for (const window of [0, 1, 2]) reader.at(window * WINDOW)
  // Seen before, so nobody is asked; the last one is that which the reader holds.
  for (const window of [0, 1, 0, 2]) reader.at(window * WINDOW + 1)
  manager.makeCursor(path, { sliding: true }).subarray(5 * WINDOW, 5 * WINDOW + 1)
  const mapped = Array.from(manager.regionList(path), ({ ofsBegin }) => ofsBegin / WINDOW)
  t.deepEqual(mapped, [0, 2, 5])
})

// It was: `slice(0, 0)` counted as a read of the window at the file's begin, which nobody had seen.
inPlace('an empty slice is no read', (t) => {
  const { path } = tempFile(t, content)
  const manager = tiling(t, { windowSize: WINDOW, access: 'map' })
  const reader = manager.makeCursor(path, { sliding: true })
  reader.at(WINDOW)
  const { hits } = manager.stats()
  t.is(reader.slice(0, 0).length, 0)
  t.is(manager.stats().hits, hits)
})

test('reading in place goes on right while other threads evict what is read', async (t) => {
  const { path } = tempFile(t, content)
  const manager = tiling(t, { windowSize: PAGE, maxMemorySize: 4 * PAGE, access: 'map' })
  const reader = manager.makeCursor(path, { sliding: true })
  const progress = { isDone: false }
  const scans = (async () => {
    for (let i = 0; i < 20; i += 1) await scan(manager, path)
    progress.isDone = true
  })()
  let faults = 0
  while (!progress.isDone) {
    for (let i = 0; i < 2000; i += 1) {
      const at = ((i % 3) * 5 * PAGE + i) % content.length
      if (reader.at(at) !== content[at]) faults += 1
    }
    await new Promise((resolve) => void setImmediate(resolve))
  }
  await scans
  t.is(faults, 0)
  t.is(manager.stats().lingeringRegions, 0)
})

test('a closed cursor, and one of a closed manager, reads no more', (t) => {
  for (const access of MODES) {
    for (const zeroCopy of ['auto', 'never'] as const) {
      const { path } = tempFile(t, content)
      const manager = tiling(t, { windowSize: WINDOW, access, zeroCopy })
      const [first, second] = [0, 1].map(() => manager.makeCursor(path, { sliding: true }))
      for (let i = 0; i < 40; i += 1) t.is(first!.at(i) === content[i] && second!.at(i) === content[i], true)
      first!.close()
      t.is(first!.at(0), undefined)
      manager.close()
      t.throws(() => second!.at(0), { code: 'ERR_SMMAP_CLOSED' })
      t.throws(() => second!.slice(), { code: 'ERR_SMMAP_CLOSED' })
    }
  }
})

test('a search finds what lies near by, across the end of that, and far away', (t) => {
  const bytes = Buffer.alloc(64 * PAGE, 'x')
  const places = [0, 5, 2 ** 14 - 3, 2 ** 14, 3 * WINDOW - 2, 20 * PAGE + 1, bytes.length - 4]
  for (const access of MODES) {
    for (const at of places) {
      const own = Buffer.from(bytes)
      own.write('abcd', at)
      const { path } = tempFile(t, own)
      const cursor = tiling(t, { windowSize: WINDOW, access }).makeCursor(path, { sliding: true })
      for (const from of [0, 1, 2 ** 14 - 2, 3 * WINDOW - 3, 20 * PAGE]) {
        for (let i = 0; i < ENOUGH; i += 1) t.is(cursor.at(from), own[from])
        for (const needle of ['abcd', 'd', 'zz', 'xx']) {
          const answer = [cursor.indexOf(needle, from), cursor.includes(needle, from)]
          t.deepEqual(
            answer,
            [own.indexOf(needle, from), own.includes(needle, from)],
            `${needle} from ${from}`,
          )
        }
      }
    }
  }
})

test('a search near by sees that the file was cut', (t) => {
  const { path, cursor } = place(t, { access: 'map' })
  t.is(cursor.at(6 * WINDOW), content[6 * WINDOW])
  truncateSync(path, 5 * WINDOW)
  t.throws(() => cursor.indexOf(Buffer.alloc(9), 6 * WINDOW), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})

test('a search across windows needs no more than one mapping', (t) => {
  for (const options of [{ maxOpenHandles: 1 }, { maxMemorySize: WINDOW, strict: true }]) {
    const { cursor } = place(t, { ...options, access: 'map' })
    const needle = content.subarray(6 * WINDOW - 10, 6 * WINDOW + 10)
    t.is(cursor.at(0), content[0])
    t.is(cursor.indexOf(needle), 6 * WINDOW - 10)
    t.is(cursor.lastIndexOf(needle), 6 * WINDOW - 10)
    t.is(cursor.at(1), content[1])
  }
})
