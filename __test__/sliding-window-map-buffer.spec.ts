// When a buffer has bytes, and what it does with the cursor it reads by. How it reads is in reader.spec.
import test from 'ava'
import { OffsetBeyondEndError, SlidingWindowMapBuffer, SlidingWindowMapManager, WindowCursor } from 'smmap'
import { counters, sliding, whole } from './fixtures/managers.js'
import { F40, PAGE, pseudoRandomBytes, tempFile, tempFolder } from './helpers/files.js'

const SIZE = 10 * PAGE
const bytes = pseudoRandomBytes(SIZE)

/** All that a buffer says when there is nothing to read. */
function isEmpty(buf: SlidingWindowMapBuffer): boolean {
  const answers = [
    buf.length,
    buf.at(0),
    buf.at(-1),
    buf.slice().length,
    buf.subarray().length,
    buf.toString(),
  ]
  const searches = [buf.indexOf('a'), buf.lastIndexOf(''), buf.includes(0), [...buf].length]
  const copies = [buf.copy(Buffer.alloc(4)), buf.array(Float64Array).length]
  return JSON.stringify([answers, searches, copies]) === '[[0,null,null,0,0,""],[-1,0,false,0],[0,0]]'
}

test('a buffer without a cursor is empty, and cannot begin', (t) => {
  const buf = new SlidingWindowMapBuffer()
  t.is(buf.cursor, null)
  t.false(buf.beginAccess())
  t.true(isEmpty(buf))
  t.throws(() => buf.readUInt8(), { code: 'ERR_BUFFER_OUT_OF_BOUNDS' })
  buf.endAccess()
})

test('a cursor without a file is no start', (t) => {
  t.throws(() => new SlidingWindowMapBuffer(new WindowCursor()), { code: 'ERR_SMMAP_NOT_ASSOCIATED' })
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(tempFile(t, bytes).path))
  const none = new WindowCursor()
  t.false(buf.beginAccess(none))
  t.is(buf.cursor, none)
  t.true(isEmpty(buf))
})

test('a buffer begins at its offset, and has its size unless the file ends first', (t) => {
  const { path } = tempFile(t, bytes)
  const c = sliding(t, { windowSize: PAGE }).makeCursor(path)
  const parts: readonly [number | bigint, number | bigint | undefined, number][] = [
    [0, undefined, SIZE],
    [100, undefined, SIZE - 100],
    [100n, 50n, 50],
    [100, SIZE, SIZE - 100],
    [SIZE - 1, Infinity, 1],
    [5, Number.MAX_SAFE_INTEGER - 5, SIZE - 5],
    [7, 0, 0],
  ]
  for (const [offset, size, length] of parts) {
    const wanted = bytes.subarray(Number(offset), Number(offset) + length)
    for (const buf of [new SlidingWindowMapBuffer(c, offset, size), new SlidingWindowMapBuffer()]) {
      if (buf.cursor === null) t.true(buf.beginAccess(c, offset, size))
      t.is(buf.length, length)
      t.deepEqual(buf.slice(), Buffer.from(wanted))
      t.deepEqual([buf.at(0), buf.at(-1), buf.at(length)], [wanted.at(0), wanted.at(-1), undefined])
    }
  }
})

test('an offset at or past the end is an error of the constructor, and false of beginAccess', (t) => {
  const { path } = tempFile(t, bytes)
  const manager = sliding(t)
  for (const offset of [SIZE, SIZE + 1, 2 ** 40]) {
    const error = t.throws(() => new SlidingWindowMapBuffer(manager.makeCursor(path), offset), {
      instanceOf: OffsetBeyondEndError,
      code: 'ERR_SMMAP_OFFSET_BEYOND_END',
    })
    t.is(error?.message, `offset ${offset} is beyond the end of the file (${SIZE} bytes): ${path}`)
    const buf = new SlidingWindowMapBuffer(manager.makeCursor(path))
    t.false(buf.beginAccess(undefined, offset))
    t.true(isEmpty(buf))
    t.true(buf.beginAccess())
    t.is(buf.at(0), bytes[0])
  }
})

test('an empty file makes an empty buffer', (t) => {
  const { path } = tempFile(t, '')
  for (const manager of [sliding(t), whole(t)]) {
    const c = manager.makeCursor(path)
    const buf = new SlidingWindowMapBuffer(c)
    t.true(isEmpty(buf))
    t.true(buf.beginAccess())
    t.true(isEmpty(buf))
    t.false(c.isValid)
    t.is(manager.numOpenRegions, 0)
    t.false(buf.beginAccess(c, 1))
    t.throws(() => new SlidingWindowMapBuffer(c, 1), { code: 'ERR_SMMAP_OFFSET_BEYOND_END' })
  }
})

test('ending lets the region go and keeps the cursor, once or twice', (t) => {
  const manager = sliding(t, { windowSize: PAGE })
  const c = manager.makeCursor(tempFile(t, bytes).path)
  const buf = new SlidingWindowMapBuffer(c, 100)
  t.deepEqual([buf.cursor === c, c.isValid, manager.numUsedRegions], [true, true, 1])
  for (let i = 0; i < 2; i += 1) {
    buf.endAccess()
    t.deepEqual(
      [buf.cursor === c, c.isValid, manager.numUsedRegions, manager.numOpenRegions],
      [true, false, 0, 1],
    )
    t.true(isEmpty(buf))
  }
  t.true(buf.beginAccess(undefined, 10))
  t.is(buf.at(0), bytes[10])
  buf[Symbol.dispose]()
  t.true(isEmpty(buf))
  t.deepEqual([buf.closed, manager.numOpenCursors], [true, 0])
})

test('a buffer given another cursor lets go of the one before', (t) => {
  const manager = sliding(t)
  const other = tempFile(t, F40)
  const [first, second] = [tempFile(t, bytes).path, other.path].map((path) => manager.makeCursor(path))
  const buf = new SlidingWindowMapBuffer(first)
  t.true(buf.beginAccess(second, 1))
  t.deepEqual([first?.isValid, second?.isValid, buf.cursor === second], [false, true, true])
  t.deepEqual(buf.slice(), Buffer.from(other.bytes.subarray(1)))
})

test('a beginning that fails leaves the buffer as it was', (t) => {
  const manager = sliding(t, { windowSize: PAGE, maxOpenHandles: 1 })
  const { path } = tempFile(t, bytes)
  const c = manager.makeCursor(path)
  const buf = new SlidingWindowMapBuffer(c, 100)
  const before = counters(manager)
  const missing = manager.makeCursor(`${tempFolder(t)}/missing`)
  t.throws(() => buf.beginAccess(missing), { code: 'ENOENT' })
  t.throws(() => buf.beginAccess(manager.makeCursor(tempFile(t, F40).path)), {
    code: 'ERR_SMMAP_HANDLE_LIMIT',
  })
  t.throws(() => buf.beginAccess(c, -1), { code: 'ERR_OUT_OF_RANGE' })
  const closed = manager.makeCursor(path).useRegion()
  closed.close()
  t.throws(() => buf.beginAccess(closed), { code: 'ERR_SMMAP_CLOSED' })
  t.throws(() => new SlidingWindowMapBuffer(missing), { code: 'ENOENT' })
  t.deepEqual(counters(manager), before)
  t.deepEqual([buf.cursor === c, buf.length, buf.at(0)], [true, SIZE - 100, bytes[100]])
})

test('reading moves the cursor, which shows the bytes where it then is', (t) => {
  for (const zeroCopy of ['auto', 'never'] as const) {
    const c = sliding(t, { windowSize: PAGE, zeroCopy }).makeCursor(tempFile(t, bytes).path)
    const buf = new SlidingWindowMapBuffer(c, 10)
    const reads = [
      () => buf.at(5 * PAGE),
      () => buf.slice(0, 3 * PAGE),
      () => buf.subarray(7 * PAGE, 7 * PAGE + 9),
      () => buf.readDoubleLE(2 * PAGE - 14),
      () => buf.indexOf(bytes.subarray(8 * PAGE, 8 * PAGE + 20)),
      () => buf.lastIndexOf('', 4 * PAGE),
      () => buf.array(Int32Array, 6 * PAGE - 10, 5),
    ]
    for (const read of reads) {
      read()
      t.true(c.isValid)
      t.deepEqual(c.buffer(), bytes.subarray(c.ofsBegin, c.ofsEnd), `${read}`)
      t.true(c.region!.includesOfs(c.ofsBegin) && c.region!.includesOfs(c.ofsEnd - 1))
    }
  }
})

test('a program may use the cursor in between', (t) => {
  const manager = sliding(t, { windowSize: PAGE, maxMemorySize: PAGE })
  const c = manager.makeCursor(tempFile(t, bytes).path)
  const buf = new SlidingWindowMapBuffer(c)
  for (const meddle of [
    () => c.useRegion(9 * PAGE),
    () => c.useRegion(SIZE),
    () => c.unuseRegion(),
    () => c.assign(c),
    () => (c.unuseRegion(), manager.collect()),
    () => manager.forceUnmap(c.path),
  ]) {
    for (const at of [0, 3, 5 * PAGE - 1]) {
      t.is(buf.at(at), bytes[at])
      meddle()
      t.is(buf.at(at + 1), bytes[at + 1], `${meddle}`)
      meddle()
      t.is(buf.readUInt32BE(at), bytes.readUInt32BE(at), `${meddle}`)
      meddle()
      t.is(buf.indexOf(bytes.subarray(at, at + 16)), at, `${meddle}`)
    }
  }
})

test('a cursor that was closed or given another file is read no more', (t) => {
  const manager = sliding(t, { windowSize: PAGE })
  const { path } = tempFile(t, bytes)
  const other = manager.makeCursor(tempFile(t, 100).path)
  for (const end of [(c: WindowCursor) => c.close(), (c: WindowCursor) => c.assign(other)]) {
    const c = manager.makeCursor(path)
    const buf = new SlidingWindowMapBuffer(c)
    t.is(buf.at(0), bytes[0])
    end(c)
    for (const read of [
      () => buf.at(1),
      () => buf.at(SIZE - 1),
      () => buf.slice(),
      () => buf.subarray(0, 4),
      () => buf.readInt16LE(8),
      () => buf.indexOf('a'),
      () => buf.lastIndexOf('a'),
      () => buf.array(Uint8Array, 0, 4),
      () => [...buf],
    ]) {
      t.throws(read, { code: 'ERR_SMMAP_CLOSED' }, `${read}`)
    }
    buf.endAccess()
    t.true(isEmpty(buf))
  }
})

test('a buffer whose manager closed does not read on, and its views stay right', (t) => {
  const manager = new SlidingWindowMapManager({ windowSize: PAGE })
  const buf = new SlidingWindowMapBuffer(manager.makeCursor(tempFile(t, bytes).path))
  const view = buf.subarray(10, 20)
  manager.close()
  for (const read of [() => buf.at(0), () => buf.at(-1), () => buf.slice(0, 5), () => buf.indexOf('a')]) {
    t.throws(read, { code: 'ERR_SMMAP_CLOSED' }, `${read}`)
  }
  t.deepEqual(view, bytes.subarray(10, 20))
  buf.endAccess()
})

test('two buffers share one window of memory and one handle', (t) => {
  const manager = sliding(t, { windowSize: PAGE, maxMemorySize: PAGE, maxOpenHandles: 2, access: 'map' })
  const other = pseudoRandomBytes(SIZE, 2)
  const [a, b] = [bytes, other].map(
    (it) => new SlidingWindowMapBuffer(manager.makeCursor(tempFile(t, it).path)),
  )
  let faults = 0
  for (let i = 0; i < 5000; i += 1) {
    const at = (i * 7919) % (SIZE - 8)
    if (a!.at(at) !== bytes[at] || b!.at(-at) !== other.at(-at)) faults += 1
    if (a!.readBigInt64LE(at) !== bytes.readBigInt64LE(at)) faults += 1
  }
  t.is(faults, 0)
  t.is(
    manager.stats().evictions > 0,
    manager.zeroCopy,
    'copies are read in larger blocks: the whole file here',
  )
})

test('reading on near the last byte asks nobody', (t) => {
  const manager = sliding(t)
  const buf = new SlidingWindowMapBuffer(manager.makeCursor(tempFile(t, bytes).path))
  buf.at(0)
  const { hits, misses, maps } = manager.stats()
  for (let at = 0; at + 8 <= PAGE; at += 1) {
    buf.at(at)
    buf.readDoubleLE(at)
  }
  const after = manager.stats()
  // Where nothing is seen in place, each read is a call, and the window soon earns a map to copy from.
  if (manager.zeroCopy) t.deepEqual([after.hits, after.misses, after.maps], [hits, misses, maps])
  else t.is(after.maps, 1)
})
