// Parquet files over windows, read by hyparquet.
import { truncateSync } from 'node:fs'
import test from 'ava'
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { hyparquetBuffer } from 'smmap/adapters'
import { onUnix } from './fixtures/platform.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'
import { openLong } from './helpers/long-buffer.js'

const ROWS = 20_000
const rows = Array.from({ length: ROWS }, (_, n) => ({ id: n, half: n / 2, name: `row ${n * 7919}` }))
const file = Buffer.from(
  parquetWriteBuffer({
    columnData: [
      { name: 'id', data: rows.map(({ id }) => id), type: 'INT32' },
      { name: 'half', data: rows.map(({ half }) => half), type: 'DOUBLE' },
      { name: 'name', data: rows.map(({ name }) => name), type: 'STRING' },
    ],
    rowGroupSize: 5000,
  }),
)

test('the rows that were written are read', async (t) => {
  const { buffer } = openLong(t, tempFile(t, file).path)
  const source = hyparquetBuffer(buffer)
  t.is(Number((await parquetMetadataAsync(source)).num_rows), ROWS)
  t.deepEqual(await parquetReadObjects({ file: source }), rows)
})

test('some rows of some columns take few of the windows', async (t) => {
  const { buffer, manager } = openLong(t, tempFile(t, file).path)
  const source = hyparquetBuffer(buffer)
  const metadata = await parquetMetadataAsync(source, { initialFetchSize: PAGE })
  const read = await parquetReadObjects({
    file: source,
    metadata,
    columns: ['half'],
    rowStart: 12_000,
    rowEnd: 12_010,
  })
  t.deepEqual(
    read,
    rows.slice(12_000, 12_010).map(({ half }) => ({ half })),
  )
  const pages = file.length / PAGE
  t.true(manager.stats().misses < pages / 2, `${manager.stats().misses} of ${pages} windows`)
})

test('slices are clamped as those of an ArrayBuffer, and never shared', async (t) => {
  const { path, bytes } = tempFile(t, pseudoRandomBytes(3 * PAGE + 5))
  const { buffer } = openLong(t, path)
  const source = hyparquetBuffer(buffer)
  const memory = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const places = [
    0,
    1,
    PAGE,
    PAGE + 1,
    bytes.length - 8,
    bytes.length,
    bytes.length + 9,
    -8,
    -bytes.length - 1,
  ]
  for (const start of places) {
    for (const end of [...places, undefined]) {
      const got = await source.slice(start, end)
      t.deepEqual(Buffer.from(got), Buffer.from(memory.slice(start, end)), `${start}, ${end}`)
      new Uint8Array(got).fill(0)
    }
  }
  t.deepEqual(Buffer.from(await source.slice(0)), bytes)
})

test('a buffer that was ended since is said to be closed, not read as empty', async (t) => {
  const { buffer } = openLong(t, tempFile(t, file).path)
  const source = hyparquetBuffer(buffer)
  buffer.endAccess()
  await t.throwsAsync(parquetReadObjects({ file: source }), { code: 'ERR_SMMAP_CLOSED' })
})

test('what is closed rejects', async (t) => {
  const { buffer, cursor, manager } = openLong(t, tempFile(t, file).path)
  const source = hyparquetBuffer(buffer)
  cursor.close()
  await t.throwsAsync(parquetReadObjects({ file: source }), { code: 'ERR_SMMAP_CLOSED' })
  manager.close()
  await t.throwsAsync(parquetReadObjects({ file: source }), { code: 'ERR_SMMAP_CLOSED' })
})

onUnix('a file cut short rejects', async (t) => {
  const { path } = tempFile(t, file)
  const source = hyparquetBuffer(openLong(t, path).buffer)
  truncateSync(path, PAGE)
  await t.throwsAsync(parquetReadObjects({ file: source }), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})
