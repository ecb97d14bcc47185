// Arrow IPC files as a view of the whole file, read by apache-arrow.
import { truncateSync } from 'node:fs'
import { Table, tableFromIPC, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow'
import test, { type ExecutionContext } from 'ava'
import { SlidingWindowMapBuffer, StaticWindowMapManager } from 'smmap'
import { wholeBuffer } from 'smmap/adapters'
import { onUnix } from './fixtures/platform.js'
import { PAGE, tempFile } from './helpers/files.js'
import { openLong } from './helpers/long-buffer.js'

const BATCHES = 4
const ROWS = 10_000

/** Numbers, numbers of 64 bits and text, in several record batches. */
function makeTable(): Table {
  const [first, ...rest] = Array.from({ length: BATCHES }, (_, batch) => {
    const rows = Array.from({ length: ROWS }, (_item, n) => batch * ROWS + n)
    return new Table({
      half: vectorFromArray(Float64Array.from(rows, (row) => row / 2)),
      big: vectorFromArray(BigInt64Array.from(rows, (row) => BigInt(row) << 32n)),
      name: vectorFromArray(
        rows.map((row) => `row ${row}`),
        new Utf8(),
      ),
    })
  })
  return first!.concat(...rest)
}

const table = makeTable()
const file = Buffer.from(tableToIPC(table, 'file'))

function openWhole(t: ExecutionContext, path: string, offset = 0): SlidingWindowMapBuffer {
  const manager = new StaticWindowMapManager()
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path), offset)
}

test('a table over a view has the rows that were written', (t) => {
  const read = tableFromIPC(wholeBuffer(openWhole(t, tempFile(t, file).path)))
  t.is(read.numRows, BATCHES * ROWS)
  for (const row of [0, 1, ROWS - 1, ROWS, BATCHES * ROWS - 1]) {
    t.deepEqual(read.get(row)?.toJSON(), table.get(row)?.toJSON())
  }
  t.deepEqual(read.getChild('half')?.toArray(), table.getChild('half')?.toArray())
  t.deepEqual([...(read.getChild('name') ?? [])], [...(table.getChild('name') ?? [])])
})

test("the columns of a table are the view's memory, not copies", (t) => {
  const whole = wholeBuffer(openWhole(t, tempFile(t, file).path))
  const chunks = tableFromIPC(whole).getChild('half')?.data ?? []
  t.is(chunks.length, BATCHES)
  for (const { values } of chunks) t.is(values.buffer, whole.buffer)
})

test('a table that begins anywhere in its file, aligned or not', (t) => {
  for (const offset of [8, 1, PAGE + 3]) {
    const { path } = tempFile(t, Buffer.concat([Buffer.alloc(offset), file]))
    const read = tableFromIPC(wholeBuffer(openWhole(t, path, offset)))
    t.deepEqual(read.getChild('big')?.toArray(), table.getChild('big')?.toArray())
  }
})

test('a file that no window holds is refused, with the remedy', (t) => {
  const { buffer } = openLong(t, tempFile(t, file).path)
  t.throws(() => tableFromIPC(wholeBuffer(buffer)), {
    code: 'ERR_SMMAP_WINDOW_TOO_LARGE',
    message: new RegExp(`${file.length} bytes .* a window has ${PAGE}\\b.*windowSize`),
  })
})

test('a table lives on when cursor and manager are closed', (t) => {
  const source = openWhole(t, tempFile(t, file).path)
  const read = tableFromIPC(wholeBuffer(source))
  source.cursor?.close()
  t.deepEqual(read.getChild('half')?.toArray(), table.getChild('half')?.toArray())
  t.throws(() => wholeBuffer(source), { code: 'ERR_SMMAP_CLOSED' })
})

onUnix('a file cut short since it was opened is said to be so', (t) => {
  const { path } = tempFile(t, file)
  const source = openWhole(t, path)
  truncateSync(path, PAGE)
  t.throws(() => tableFromIPC(wholeBuffer(source)), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})

onUnix('a file cut short below a table is found by check()', (t) => {
  const { path } = tempFile(t, file)
  const source = openWhole(t, path)
  const read = tableFromIPC(wholeBuffer(source))
  truncateSync(path, PAGE)
  t.notThrows(() => read.getChild('half')?.toArray())
  t.throws(() => source.cursor?.check(), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})
