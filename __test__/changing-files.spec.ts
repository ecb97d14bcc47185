// Files that are replaced, removed, grown, shrunk or rewritten while cursors are on them: the old keep what
// they opened.
import {
  appendFileSync,
  closeSync,
  openSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'ava'
import { refused, sliding, whole } from './fixtures/managers.js'
import { onUnix } from './fixtures/platform.js'
import { F10, F40, pseudoRandomBytes, tempFile } from './helpers/files.js'

const WINDOW = 8192
const f10 = pseudoRandomBytes(F10, 10)
const f40 = pseudoRandomBytes(F40, 40)
const other = pseudoRandomBytes(F40, 41)

onUnix('a file replaced by rename: old cursors keep the old, new ones see the new', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f40).path
  const old = manager.makeCursor(path).useRegion()
  const view = old.buffer()
  renameSync(tempFile(t, other.subarray(0, 20_000)).path, path)

  const fresh = manager.makeCursor(path)
  t.is(fresh.fileSize, 20_000)
  t.deepEqual(fresh.useRegion().buffer(), other.subarray(0, WINDOW))
  t.deepEqual(fresh.useRegion(16_384).buffer(), other.subarray(16_384, 20_000))
  t.deepEqual(view, f40.subarray(0, WINDOW))
  t.deepEqual(old.useRegion(32_768).buffer(), f40.subarray(32_768))
  t.is(old.fileSize, F40)
  t.is(manager.numOpenFiles, 2)
  t.throws(() => old.check(), { code: 'ERR_SMMAP_FILE_CHANGED' })
  t.notThrows(() => fresh.check())
})

onUnix('an unlinked file: old cursors keep it, new ones miss it', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f40).path
  const old = manager.makeCursor(path).useRegion()
  unlinkSync(path)
  t.deepEqual(old.useRegion(WINDOW).buffer(), f40.subarray(WINDOW, 2 * WINDOW))
  refused(t, manager, () => manager.makeCursor(path).useRegion(), 'ENOENT')
  t.throws(() => old.check(), { code: 'ERR_SMMAP_FILE_CHANGED' })
})

test('a file that has grown: new cursors reach the new part, without collecting first', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f10).path
  const old = manager.makeCursor(path).useRegion(WINDOW)
  appendFileSync(path, f40)
  const grown = Buffer.concat([f10, f40])

  const fresh = manager.makeCursor(path)
  t.is(fresh.fileSize, grown.length)
  t.deepEqual(fresh.useRegion(F10, 100).buffer(), f40.subarray(0, 100))
  t.deepEqual(fresh.useRegion(F10 - 100, 200).buffer(), grown.subarray(F10 - 100, F10 + 100))
  t.deepEqual(fresh.useRegion(grown.length - 1).buffer(), grown.subarray(-1))
  t.deepEqual(old.buffer(), f10.subarray(WINDOW))
  t.throws(() => old.check(), { code: 'ERR_SMMAP_FILE_CHANGED' })
  t.notThrows(() => fresh.check())
})

test('a static manager maps a file that has grown anew', (t) => {
  const manager = whole(t)
  const path = tempFile(t, f10).path
  manager.makeCursor(path).useRegion().close()
  appendFileSync(path, f40)
  t.deepEqual(manager.makeCursor(path).useRegion(F10).buffer(), f40)
})

onUnix('a file that has shrunk: new cursors see its new end, and check() tells the old ones', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f40).path
  const old = manager.makeCursor(path).useRegion()
  truncateSync(path, 4000)
  const fresh = manager.makeCursor(path).useRegion()
  t.deepEqual([fresh.fileSize, fresh.size], [4000, 4000])
  t.deepEqual(fresh.buffer(), f40.subarray(0, 4000))
  t.false(fresh.useRegion(WINDOW).isValid)
  t.throws(() => old.check(), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
})

test('a file rewritten in place: new cursors see the new bytes, check() tells the old ones', async (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const path = tempFile(t, f40).path
  const old = manager.makeCursor(path).useRegion()
  // Beyond the resolution of the file system's clock.
  await sleep(30)
  const fd = openSync(path, 'r+')
  writeSync(fd, other, 0, F40, 0)
  closeSync(fd)
  const fresh = manager.makeCursor(path)
  for (let at = 0; fresh.useRegion(at).isValid; at = fresh.ofsEnd) {
    t.deepEqual(fresh.buffer(), other.subarray(at, at + WINDOW))
  }
  t.throws(() => old.check(), { code: 'ERR_SMMAP_FILE_CHANGED' })
  t.notThrows(() => fresh.check())
})

onUnix('a rewrite that puts the old time back is still seen', async (t) => {
  const path = tempFile(t, f40).path
  const old = sliding(t).makeCursor(path).useRegion()
  await sleep(30)
  writeFileSync(path, other)
  utimesSync(path, new Date(0), new Date(0))
  t.throws(() => old.check(), { code: 'ERR_SMMAP_FILE_CHANGED' })
})

onUnix('every spelling of a path is one file', (t) => {
  const path = tempFile(t, f40).path
  const link = join(dirname(path), 'link')
  symlinkSync(path, link)
  const detour = `${dirname(path)}/../${basename(dirname(path))}/./${basename(path)}`
  const manager = sliding(t)
  const spellings = [path, link, detour, relative(process.cwd(), path), Buffer.from(path)]
  const regions = spellings.map((spelling) => manager.makeCursor(spelling).useRegion().region)
  t.is(new Set(regions).size, 1)
  t.deepEqual([manager.numOpenFiles, manager.numOpenRegions], [1, 1])
})

test('check() with mayGrow takes a longer file for the same one, but no other change', (t) => {
  const { path } = tempFile(t, 'one\n')
  const manager = sliding(t)
  const cursor = manager.makeCursor(path).useRegion()
  appendFileSync(path, 'two\n')
  t.notThrows(() => cursor.check({ mayGrow: true }))
  t.throws(() => cursor.check(), { code: 'ERR_SMMAP_FILE_CHANGED' })
  t.throws(() => cursor.check({ mayGrow: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' })
  const later = manager.makeCursor(path).useRegion()
  utimesSync(path, 2, 2)
  t.throws(() => later.check({ mayGrow: true }), { code: 'ERR_SMMAP_FILE_CHANGED' })
  manager.close()
})
