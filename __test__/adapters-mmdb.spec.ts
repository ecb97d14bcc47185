// MaxMind databases over windows, read by maxmind and mmdb-lib.
import { truncateSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import { Reader as MaxmindReader, type CountryResponse } from 'maxmind'
import { Reader as MmdbReader } from 'mmdb-lib'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { wholeBuffer } from 'smmap/adapters'
import { onUnix } from './fixtures/platform.js'
import { PAGE, tempFile } from './helpers/files.js'
import { openLong } from './helpers/long-buffer.js'
import { mmdbBytes } from './helpers/mmdb.js'

/** 10.0.0.0/24, 10.0.1.0/24 …: some 150 pages of tree and data. */
const NETWORKS = 5000
const dataOf = (n: number): { country: { iso_code: string }; share: number; isFree: boolean } => ({
  country: { iso_code: String.fromCodePoint(65 + (n % 26), 65 + ((n >> 3) % 26)) },
  share: n / 8 - 0.5,
  isFree: n % 2 === 0,
})
const database = mmdbBytes(
  Array.from({ length: NETWORKS }, (_, n) => ({
    address: 0x0a00_0000 + n * 256,
    prefix: 24,
    data: dataOf(n),
  })),
)

const addressOf = (n: number): string => `10.${n >> 8}.${n & 255}.77`

function openWhole(t: ExecutionContext, path: string): SlidingWindowMapBuffer {
  const manager = new SlidingWindowMapManager({ windowSize: 0 })
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path))
}

for (const [name, Reader] of Object.entries({ maxmind: MaxmindReader, 'mmdb-lib': MmdbReader })) {
  test(`${name} finds every network of a database`, (t) => {
    const reader = new Reader<CountryResponse>(wholeBuffer(openWhole(t, tempFile(t, database).path)))
    t.is(reader.metadata.databaseType, 'Test')
    for (let n = 0; n < NETWORKS; n += 1) {
      t.deepEqual(reader.getWithPrefixLength(addressOf(n)) as unknown, [dataOf(n), 24])
    }
    t.is(reader.get(addressOf(NETWORKS)), null)
    t.is(reader.get('192.0.2.1'), null)
  })
}

test('a reader finds what it finds after cursor and manager are closed', (t) => {
  const source = openWhole(t, tempFile(t, database).path)
  const reader = new MmdbReader<CountryResponse>(wholeBuffer(source))
  source.cursor?.close()
  t.deepEqual(reader.get(addressOf(42)) as unknown, dataOf(42))
  t.throws(() => wholeBuffer(source), { code: 'ERR_SMMAP_CLOSED' })
})

test('a database that no window holds is refused, with the remedy', (t) => {
  const { buffer } = openLong(t, tempFile(t, database).path)
  t.throws(() => new MmdbReader(wholeBuffer(buffer)), {
    code: 'ERR_SMMAP_WINDOW_TOO_LARGE',
    message: new RegExp(`${database.length} bytes .* a window has ${PAGE}\\b.*windowSize`),
  })
})

onUnix('a database cut short since it was opened is said to be so', (t) => {
  const { path } = tempFile(t, database)
  const source = openWhole(t, path)
  truncateSync(path, PAGE)
  t.throws(() => new MmdbReader(wholeBuffer(source)), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})
