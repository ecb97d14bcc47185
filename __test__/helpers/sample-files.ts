/** @file The files that the examples of the adapters read. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tableFromArrays, tableToIPC } from 'apache-arrow'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { mmdbBytes } from './mmdb.js'
import { pmtilesBytes } from './pmtiles.js'
import { writeZip } from './zip.js'

/** The packages that the examples import besides this one. */
export const CONSUMERS: readonly string[] = [
  'apache-arrow',
  'hyparquet',
  'maxmind',
  'mmdb-lib',
  'pmtiles',
  'unzipit',
  'yauzl',
]

export function writeSampleFiles(folder: string): void {
  const id = Int32Array.from({ length: 1000 }, (_, n) => n)
  writeFileSync(join(folder, 'table.arrow'), tableToIPC(tableFromArrays({ id }), 'file'))
  const parquet = parquetWriteBuffer({ columnData: [{ name: 'id', data: id, type: 'INT32' }] })
  writeFileSync(join(folder, 'table.parquet'), Buffer.from(parquet))
  const tiles = pmtilesBytes(2, (z, x, y) => Buffer.from(`tile ${z}/${x}/${y}`))
  writeFileSync(join(folder, 'world.pmtiles'), tiles)
  writeZip(join(folder, 'archive.zip'), [{ name: 'hello.txt', data: Buffer.from('Hello!') }])
  // 192.0.2.0/24, the network of documents (RFC 5737).
  const networks = [{ address: 0xc0000200, prefix: 24, data: { country: { iso_code: 'CH' } } }]
  writeFileSync(join(folder, 'countries.mmdb'), mmdbBytes(networks))
}
