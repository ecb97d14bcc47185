// What the objects are to the rest of Node: Buffer.from, Blob, structuredClone, postMessage, util.inspect.
// Each gives the right thing or throws. Buffer.from(buffer) gave zeros, and a clone was an object without
// anything inside.
import { inspect } from 'node:util'
import { MessageChannel } from 'node:worker_threads'
import test from 'ava'
import {
  LineIndex,
  MapRegion,
  open,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  StaticWindowMapManager,
  TilingMemmapManager,
  WindowCursor,
} from 'smmap'
import { sliding } from './fixtures/managers.js'
import { PAGE, tempFile } from './helpers/files.js'

test('Buffer.from copies the bytes, all of them and whatever they are', (t) => {
  const { path, bytes } = tempFile(t, 3 * PAGE + 5)
  const manager = sliding(t, { windowSize: PAGE })
  using log = open(path, { manager })
  using part = open(path, { manager, offset: 10, size: PAGE })
  t.true(Buffer.from(log as never).equals(bytes))
  t.true(Buffer.from(part as never).equals(bytes.subarray(10, 10 + PAGE)))
  t.true(Buffer.from(new Uint8Array(part as Iterable<number>)).equals(bytes.subarray(10, 10 + PAGE)))
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  t.true(Buffer.from(buffer as never).equals(bytes))
  buffer.close()
  t.is(Buffer.from(buffer as never).length, 0)
})

test('a Blob has the bytes where they are text, and throws where they would change', async (t) => {
  const text = 'höher, weiter\n'.repeat(1_000)
  using log = open(tempFile(t, text).path)
  t.is(await new Blob([log as never, 'end']).text(), `${text}end`)
  t.is(`${log as never}`, text)
  t.is(Number(log), Number.NaN)
  using bytes = open(tempFile(t, Buffer.from([0x61, 0xff, 0x00])).path)
  t.throws(() => new Blob([bytes as never]), { code: 'ERR_INVALID_ARG_VALUE', instanceOf: TypeError })
  t.is(bytes.toString('latin1'), 'a\u00ff\0')
})

test('nothing that would be dead there is cloned or posted', async (t) => {
  const { path } = tempFile(t, 'a\nb\n')
  const manager = sliding(t)
  const tiling = new TilingMemmapManager()
  using log = open(path)
  const cursor = manager.makeCursor(path).useRegion()
  const region = new MapRegion(path, 0)
  t.teardown(() => region.release())
  const objects = [
    manager,
    tiling,
    new StaticWindowMapManager(),
    cursor,
    new WindowCursor(),
    tiling.makeCursor(path),
    tiling.makeCursor(path, { sliding: true }),
    new SlidingWindowMapBuffer(cursor),
    log,
    region,
    await log.lineIndex(),
  ]
  const { port1, port2 } = new MessageChannel()
  t.teardown(() => {
    port1.close()
    port2.close()
  })
  for (const object of objects) {
    const { name } = object.constructor
    t.throws(() => structuredClone(object), { any: true, name: 'DataCloneError' }, name)
    t.throws(() => structuredClone({ inner: [object] }), { any: true, name: 'DataCloneError' }, name)
    t.throws(() => port1.postMessage(object), { any: true, name: 'DataCloneError' }, name)
  }
  tiling.close()
})

/** However long the path of a temp folder is. */
const WIDE = { breakLength: 500 }

test('util.inspect shows what a person wants to know', async (t) => {
  const { path } = tempFile(t, 'a\nb\n')
  const manager = new SlidingWindowMapManager({ windowSize: PAGE, maxMemorySize: 4 * PAGE })
  const log = open(path, { manager })
  const cursor = manager.makeCursor(path)
  const lines = {
    log: () => inspect(log, WIDE),
    buffer: () => inspect(new SlidingWindowMapBuffer(cursor), WIDE),
    none: () => inspect(new SlidingWindowMapBuffer()),
    cursor: () => inspect(cursor.useRegion(1)),
    index: async () => inspect(await log.lineIndex()),
    nested: () => inspect({ log }, { depth: 0 }),
  }
  t.is(lines.log(), `LongBuffer { path: '${path}', length: 4 }`)
  t.is(lines.buffer(), `SlidingWindowMapBuffer { path: '${path}', length: 4 }`)
  t.is(lines.none(), 'SlidingWindowMapBuffer { length: 0 }')
  t.is(inspect(cursor.useRegion(1), WIDE), `WindowCursor { pathOrFd: '${path}', ofsBegin: 1, size: 3 }`)
  t.is(await lines.index(), 'LineIndex { count: 2, every: 1024, bytes: 4 }')
  t.true(lines.nested().includes('[LongBuffer]'))
  t.regex(inspect(manager, WIDE), /^SlidingWindowMapManager \{[^}]*numOpenRegions: 1/)
  t.regex(inspect(manager.regionList(path), WIDE), /^MapRegionList \{[^]*MapRegion \{ ofsBegin: 0, size: 4/)
  cursor.close()
  log.close()
  manager.close()
  t.regex(inspect(log, WIDE), /length: 0, closed: true/)
  t.regex(inspect(cursor, WIDE), /closed: true/)
  t.regex(inspect(manager, WIDE), /closed: true/)
  t.notThrows(() => inspect(LineIndex.prototype.constructor))
})

test('a list of regions has a length, and is asked by index', (t) => {
  const { path } = tempFile(t, 3 * PAGE)
  const manager = sliding(t, { windowSize: PAGE })
  const cursors = [2, 0, 1].map((page) => manager.makeCursor(path).useRegion(page * PAGE))
  const list = manager.regionList(path)
  t.is(list.length, cursors.length)
  t.deepEqual(
    [0, 1n, -1, 3, -4].map((index) => list.at(index)?.ofsBegin),
    [0, PAGE, 2 * PAGE, undefined, undefined],
  )
  t.is(list.at(0), [...list][0])
  t.throws(() => list.at('0' as never), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => list.at(0.5), { code: 'ERR_OUT_OF_RANGE' })
})
