// The way in: what `open` gives, which manager it uses, and that nothing stays open once a long buffer is
// closed.
import { openSync, closeSync, readdirSync, writeFileSync } from 'node:fs'
import { open as openHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import {
  GreedyMemmapManager,
  LongBuffer,
  open,
  SlidingWindowMapBuffer,
  StaticWindowMapManager,
  TilingMemmapManager,
  WindowCursor,
} from 'smmap'
import { counters, NOTHING_OPEN, sliding } from './fixtures/managers.js'
import { codeOf } from './helpers/errors.js'
import { PAGE, tempFile, tempFolder } from './helpers/files.js'

const SIZE = 5 * PAGE + 100

test('a file is opened as one long buffer, in every way that fs takes one', async (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  const handle = await openHandle(path)
  t.teardown(() => handle.close())
  for (const file of [path, Buffer.from(path), pathToFileURL(path), fd, handle]) {
    using log = open(file)
    t.true(log instanceof LongBuffer)
    t.true(log.slice().equals(bytes))
    t.deepEqual([log.length, log.size, log.fileSize, log.ofs, log.ofsEnd], [SIZE, SIZE, SIZE, 0, SIZE])
    t.false(log.closed)
  }
})

// Paths are encoded by the native side: up to some length at once, longer ones in two steps.
test('a path is what fs takes it for, whatever characters it has and however long it is', (t) => {
  const folder = tempFolder(t)
  const names = ['a', 'é', '漢'.repeat(80), '😀'.repeat(60), 'x'.repeat(255)]
  if (process.platform !== 'win32') names.push('lone \ud800 surrogate')
  const dots = ['', './'.repeat(200), './'.repeat(245), './'.repeat(1_000)]
  for (const name of names) {
    writeFileSync(join(folder, name), name)
    for (const path of dots.map((each) => `${folder}/${each}${name}`)) {
      for (const file of [path, Buffer.from(path)]) {
        using log = open(file)
        t.is(log.toString(), Buffer.from(name).toString())
      }
    }
  }
  const long = `${folder}/${'y'.repeat(5_000)}`
  for (const path of ['', Buffer.alloc(0), long, Buffer.from(long), `${folder}/none`]) {
    t.is(
      codeOf(() => open(path)),
      codeOf(() => openSync(path, 'r')),
    )
  }
})

test('it tells which file it reads, as it was given', (t) => {
  const { path } = tempFile(t, SIZE)
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  using byPath = open(path)
  using byNumber = open(fd)
  t.is(byPath.path, path)
  t.is(byNumber.fd, fd)
  t.is(
    codeOf(() => byPath.fd),
    'ERR_INVALID_ARG_TYPE',
  )
  t.is(
    codeOf(() => byNumber.path),
    'ERR_INVALID_ARG_TYPE',
  )
})

test('a part of a file is cut where the file ends', (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const spans: [offset: number | bigint, size: number | bigint | undefined, end: number][] = [
    [0, undefined, SIZE],
    [0, Infinity, SIZE],
    [10, 20, 30],
    [10n, 20n, 30],
    [0, 0, 0],
    [SIZE - 1, 100, SIZE],
    [PAGE + 1, 3 * PAGE, 4 * PAGE + 1],
  ]
  for (const [offset, size, end] of spans) {
    using part = open(path, { offset, size })
    t.deepEqual([part.ofs, part.ofsEnd, part.fileSize], [Number(offset), end, SIZE])
    t.true(part.slice().equals(bytes.subarray(Number(offset), end)))
    t.deepEqual(
      [part.ofs - 1, part.ofs, end - 1, end].map((at) => part.includesOfs(at)),
      [false, end > part.ofs, end > part.ofs, false],
    )
  }
  for (const offset of [SIZE, SIZE + 1])
    t.is(
      codeOf(() => open(path, { offset })),
      'ERR_SMMAP_OFFSET_BEYOND_END',
    )
  using empty = open(tempFile(t, '').path)
  t.is(empty.length, 0)
})

test('what is wrong with the file or the options is said at once', (t) => {
  const { path } = tempFile(t, SIZE)
  const manager = sliding(t)
  const wrong: [call: () => unknown, code: string][] = [
    [() => open(`${path}.missing`), 'ENOENT'],
    [() => open(`${path}.missing`, { windowSize: PAGE }), 'ENOENT'],
    [() => open(tempFolder(t)), 'EISDIR'],
    [() => open(undefined as never), 'ERR_INVALID_ARG_TYPE'],
    [() => open(path, null as never), 'ERR_INVALID_ARG_TYPE'],
    [() => open(path, { offset: -1 }), 'ERR_OUT_OF_RANGE'],
    [() => open(path, { size: 1.5 }), 'ERR_OUT_OF_RANGE'],
    [() => open(path, { manager: {} as never }), 'ERR_INVALID_ARG_TYPE'],
    [() => open(path, { manager, windowSize: PAGE }), 'ERR_INVALID_ARG_VALUE'],
    [() => open(path, { manager: new GreedyMemmapManager() as never }), 'ERR_SMMAP_UNSUPPORTED'],
  ]
  for (const [call, code] of wrong) t.is(codeOf(call), code, call.toString())
  t.deepEqual(counters(manager), NOTHING_OPEN)
  manager.close()
  t.is(
    codeOf(() => open(path, { manager })),
    'ERR_SMMAP_CLOSED',
  )
})

test('with a manager of yours it uses its windows, and leaves it open', (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const tiling = new TilingMemmapManager({ windowSize: PAGE })
  const whole = new StaticWindowMapManager()
  for (const manager of [sliding(t, { windowSize: PAGE }), tiling, whole]) {
    const log = open(path, { manager, offset: 10 })
    t.true(log.subarray(0, 100).equals(bytes.subarray(10, 110)))
    t.is(manager.numOpenCursors, 1)
    log.close()
    log.close()
    t.deepEqual([manager.numOpenCursors, manager.numUsedRegions, manager.closed], [0, 0, false])
    t.deepEqual([log.closed, log.length, log.at(0), log.path], [true, 0, undefined, path])
    manager.close()
  }
})

test('a manager of its own keeps its limit, and is closed with it', (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const log = open(path, { windowSize: PAGE, maxMemorySize: 2 * PAGE, access: 'map' })
  t.true(log.slice().equals(bytes))
  t.is(
    codeOf(() => log.subarray(0, PAGE + 1)),
    'ERR_SMMAP_WINDOW_TOO_LARGE',
  )
  const chunks = log.chunks()
  log.close()
  t.true(log.closed)
  t.is(
    codeOf(() => [...chunks]),
    'ERR_SMMAP_CLOSED',
  )
})

test('a buffer by a cursor tells the same of its file', (t) => {
  const { path } = tempFile(t, SIZE)
  const log = new SlidingWindowMapBuffer(sliding(t).makeCursor(path), 100, 50)
  t.deepEqual([log.path, log.fileSize, log.ofs, log.ofsEnd, log.size], [path, SIZE, 100, 150, 50])
  t.deepEqual([log.includesOfs(99), log.includesOfs(100), log.includesOfs(150)], [false, true, false])
  t.is(
    codeOf(() => log.fd),
    'ERR_INVALID_ARG_TYPE',
  )
  t.is(
    codeOf(() => log.includesOfs('1' as never)),
    'ERR_INVALID_ARG_TYPE',
  )
  log.endAccess()
  t.deepEqual([log.path, log.fileSize, log.ofs, log.ofsEnd], [path, SIZE, 0, 0])
  const none = new SlidingWindowMapBuffer()
  for (const call of [() => none.path, () => none.fd, () => none.fileSize]) {
    t.is(codeOf(call), 'ERR_SMMAP_NOT_ASSOCIATED')
  }
  t.is(
    codeOf(() => new SlidingWindowMapBuffer(new WindowCursor()).path),
    'ERR_SMMAP_NOT_ASSOCIATED',
  )
})

test('closing a buffer closes its cursor; ending lets only the region go', (t) => {
  const manager = sliding(t)
  const cursor = manager.makeCursor(tempFile(t, SIZE).path)
  const log = new SlidingWindowMapBuffer(cursor)
  log.at(0)
  log.endAccess()
  t.deepEqual([manager.numOpenCursors, manager.numUsedRegions, log.closed], [1, 0, false])
  t.true(log.beginAccess())
  for (let i = 0; i < 2; i += 1) {
    log.close()
    t.deepEqual([manager.numOpenCursors, log.closed, log.length, log.cursor === cursor], [0, true, 0, true])
    t.is(log.at(0), undefined)
  }
  t.is(
    codeOf(() => log.beginAccess()),
    'ERR_SMMAP_CLOSED',
  )
  t.is(
    codeOf(() => cursor.useRegion(0)),
    'ERR_SMMAP_CLOSED',
  )
})

/** Paths of so many small files. */
function manyFiles(t: ExecutionContext, count: number): string[] {
  const folder = tempFolder(t)
  return Array.from({ length: count }, (_, index) => {
    const path = join(folder, `${index}`)
    writeFileSync(path, `${index}\n`)
    return path
  })
}

// A buffer made over `manager.makeCursor(path)` left that cursor open, since only its caller could have
// closed it: a loop over many files ran out of descriptors.
test('a loop over 1,000 files leaves nothing open', (t) => {
  const paths = manyFiles(t, 1000)
  const manager = sliding(t)
  const descriptors = countDescriptors()
  for (const [index, path] of paths.entries()) {
    using file = new SlidingWindowMapBuffer(manager.makeCursor(path))
    t.is(file.toString(), `${index}\n`)
    using other = open(path, { manager })
    t.is(other.length, file.length)
  }
  manager.collect()
  t.deepEqual(counters(manager), NOTHING_OPEN)
  t.is(countDescriptors(), descriptors)
})

test('many files opened with neither share one manager', (t) => {
  const paths = manyFiles(t, 100)
  const files = paths.map((path) => open(path))
  for (const [index, file] of files.entries()) t.is(file.toString(), `${index}\n`)
  for (const file of files) file.close()
  t.true(files.every((file) => file.closed && file.length === 0))
})

function countDescriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
}
