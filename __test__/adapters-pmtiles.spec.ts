// PMTiles archives over windows, read by pmtiles.
import { truncateSync } from 'node:fs'
import test from 'ava'
import { PMTiles } from 'pmtiles'
import { pmtilesSource } from 'smmap/adapters'
import { onUnix } from './fixtures/platform.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'
import { openLong } from './helpers/long-buffer.js'
import { pmtilesBytes } from './helpers/pmtiles.js'

const MAX_ZOOM = 4

/** From a byte to more than a window, no two alike. */
function tileOf(z: number, x: number, y: number): Buffer {
  const seed = (z * 100 + x) * 100 + y + 1
  return pseudoRandomBytes(1 + ((seed * 7919) % (PAGE + 500)), seed)
}

const archive = pmtilesBytes(MAX_ZOOM, tileOf)

async function tileIn(tiles: PMTiles, z: number, x: number, y: number): Promise<Buffer | undefined> {
  const tile = await tiles.getZxy(z, x, y)
  return tile && Buffer.from(tile.data)
}

test('every tile of an archive is found', async (t) => {
  const { buffer } = openLong(t, tempFile(t, archive).path)
  const tiles = new PMTiles(pmtilesSource(buffer, 'world'))
  t.like(await tiles.getHeader(), { specVersion: 3, minZoom: 0, maxZoom: MAX_ZOOM })
  t.deepEqual(await tiles.getMetadata(), { name: 'test' })
  for (let z = 0; z <= MAX_ZOOM; z += 1) {
    for (let x = 0; x < 2 ** z; x += 1) {
      for (let y = 0; y < 2 ** z; y += 1) {
        t.deepEqual(await tileIn(tiles, z, x, y), tileOf(z, x, y), `${z}/${x}/${y}`)
      }
    }
  }
  t.is(await tiles.getZxy(MAX_ZOOM + 1, 0, 0), undefined)
})

test('an archive smaller than what is read first', async (t) => {
  const { buffer } = openLong(
    t,
    tempFile(
      t,
      pmtilesBytes(0, () => Buffer.from('the only tile')),
    ).path,
  )
  const tile = await tileIn(new PMTiles(pmtilesSource(buffer, 'small')), 0, 0, 0)
  t.is(tile?.toString(), 'the only tile')
})

test('an aborted request rejects with the reason', async (t) => {
  const { buffer } = openLong(t, tempFile(t, archive).path)
  const tiles = new PMTiles(pmtilesSource(buffer, 'world'))
  await tiles.getHeader()
  const signal = AbortSignal.abort(new Error('left the map'))
  await t.throwsAsync(tiles.getZxy(1, 0, 0, signal), { message: 'left the map' })
  t.deepEqual(await tileIn(tiles, 1, 0, 0), tileOf(1, 0, 0))
})

test('what is closed rejects', async (t) => {
  const { buffer, cursor, manager } = openLong(t, tempFile(t, archive).path)
  const tiles = new PMTiles(pmtilesSource(buffer, 'world'))
  await tiles.getHeader()
  cursor.close()
  await t.throwsAsync(tiles.getZxy(0, 0, 0), { code: 'ERR_SMMAP_CLOSED' })
  manager.close()
  await t.throwsAsync(new PMTiles(pmtilesSource(buffer, 'again')).getHeader(), { code: 'ERR_SMMAP_CLOSED' })
})

onUnix('an archive cut short rejects', async (t) => {
  const { path } = tempFile(t, archive)
  const tiles = new PMTiles(pmtilesSource(openLong(t, path).buffer, 'world'))
  await tiles.getHeader()
  truncateSync(path, 2 * PAGE)
  await t.throwsAsync(tiles.getZxy(MAX_ZOOM, 0, 0), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})
