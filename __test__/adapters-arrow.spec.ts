// Arrow IPC files over windows: as a view of the whole, and record batch by record batch.
import { truncateSync } from 'node:fs'
import {
  type RecordBatch,
  RecordBatchReader,
  Table,
  tableFromIPC,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import test, { type ExecutionContext } from 'ava'
import { SlidingWindowMapBuffer, StaticWindowMapManager } from 'smmap'
import { arrowFile, wholeBuffer } from 'smmap/adapters'
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

test('a file that no window holds is refused as a view, and read batch by batch', async (t) => {
  const { buffer } = openLong(t, tempFile(t, file).path)
  t.throws(() => wholeBuffer(buffer), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })

  const batches: RecordBatch[] = []
  for await (const batch of await RecordBatchReader.from(arrowFile(buffer))) batches.push(batch)
  t.is(batches.length, BATCHES)
  t.deepEqual(new Table(batches).toArray().map(String), table.toArray().map(String))
})

test('one record batch is read without those before it', async (t) => {
  const { buffer, manager } = openLong(t, tempFile(t, file).path)
  const reader = await (await RecordBatchReader.from(arrowFile(buffer))).open()
  if (!reader.isFile()) return t.fail('not read as a file')
  const before = manager.stats().misses
  const batch = await reader.readRecordBatch(BATCHES - 1)
  t.is(batch?.get(0)?.['name'], `row ${(BATCHES - 1) * ROWS}`)
  const pages = file.length / PAGE
  t.true(
    manager.stats().misses - before < pages / 2,
    `${manager.stats().misses - before} of ${pages} windows`,
  )
})

test('what is closed says so', async (t) => {
  const { path } = tempFile(t, file)
  const { buffer, cursor, manager } = openLong(t, path)
  const batches = await RecordBatchReader.from(arrowFile(buffer))
  cursor.close()
  await t.throwsAsync(async () => void (await batches.open()), { code: 'ERR_SMMAP_CLOSED' })
  manager.close()
  await t.throwsAsync(async () => RecordBatchReader.from(arrowFile(buffer)), { code: 'ERR_SMMAP_CLOSED' })

  const whole = openWhole(t, path)
  whole.cursor?.close()
  t.throws(() => wholeBuffer(whole), { code: 'ERR_SMMAP_CLOSED' })
})

test('a buffer that was ended since is said to be closed, not read as empty', async (t) => {
  const { buffer } = openLong(t, tempFile(t, file).path)
  const handle = arrowFile(buffer)
  buffer.endAccess()
  await t.throwsAsync(async () => RecordBatchReader.from(handle), { code: 'ERR_SMMAP_CLOSED' })
})

onUnix('a file cut short since it was opened is said to be so', async (t) => {
  const { path } = tempFile(t, file)
  const whole = openWhole(t, path)
  const { buffer } = openLong(t, path)
  const batches = await RecordBatchReader.from(arrowFile(buffer))
  truncateSync(path, PAGE)
  t.throws(() => wholeBuffer(whole), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  await t.throwsAsync(async () => void (await batches.open()), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})

onUnix('a file cut short below a table is found by check()', (t) => {
  const { path } = tempFile(t, file)
  const source = openWhole(t, path)
  const read = tableFromIPC(wholeBuffer(source))
  truncateSync(path, PAGE)
  t.notThrows(() => read.getChild('half')?.toArray())
  t.throws(() => source.cursor?.check(), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})
