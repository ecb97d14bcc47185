// What Windows does otherwise: coarser steps of mapping, and files that cannot be cut or deleted while they
// are mapped.
import { closeSync, existsSync, openSync, readFileSync, readSync, truncateSync, unlinkSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { ALLOCATIONGRANULARITY, MapRegion } from 'smmap'
import { tiling } from './fixtures/fork-managers.js'
import { sliding } from './fixtures/managers.js'
import { onWindows } from './fixtures/platform.js'
import { tempFile } from './helpers/files.js'

const SIZE = 200_000

onWindows('regions begin at multiples of 64 KiB, and offsets of MapRegion must', (t) => {
  t.is(ALLOCATIONGRANULARITY, 65_536)
  const { path, bytes } = tempFile(t, SIZE)
  const manager = sliding(t, { windowSize: 65_536 })
  const c = manager.makeCursor(path).useRegion(70_000, 1000)
  t.is(c.region?.ofsBegin, 65_536)
  t.deepEqual(c.buffer(), bytes.subarray(70_000, 71_000))
  t.throws(() => new MapRegion(path, 4096, 10), { code: 'ERR_OUT_OF_RANGE' })
})

onWindows('a mapped file cannot be cut, so no guard is needed', (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const manager = sliding(t)
  const view = manager.makeCursor(path).useRegion().buffer()
  t.throws(() => truncateSync(path, 10))
  t.is(manager.stats().guard, 'off')
  t.true(view.equals(bytes))
})

onWindows('forceMapHandleRemovalWin lets a mapped file be cut and deleted', (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const manager = sliding(t)
  const c = manager.makeCursor(path)
  const view = c.useRegion().buffer()
  try {
    unlinkSync(path) // Since Windows 10 a name may go at once, and the mapped file with its last handle.
  } catch (error) {
    t.regex((error as NodeJS.ErrnoException).code ?? '', /^(EPERM|EBUSY|EACCES)$/)
  }
  t.true(view.equals(bytes))
  t.is(manager.forceMapHandleRemovalWin(path), 1)
  t.is(view.length, 0)
  t.false(c.isValid)
  if (existsSync(path)) {
    truncateSync(path, 10)
    unlinkSync(path)
  }
  c.close()
  t.false(existsSync(path), 'the name goes when the last cursor is closed')
})

onWindows('a write into a view stays in memory', (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const view = sliding(t).makeCursor(path).useRegion().buffer()
  view[0] = bytes[0]! ^ 0xff
  t.deepEqual(readFileSync(path), bytes)
})

onWindows('a descriptor is a file of its own, whose position nobody else moves', async (t) => {
  const { path, bytes } = tempFile(t, SIZE)
  const fd = openSync(path, 'r')
  const manager = tiling(t)
  const cursor = manager.makeCursor(fd, { offset: 100, size: 50 })
  t.deepEqual(cursor.buffer(), bytes.subarray(100, 150))
  const start = Buffer.alloc(10)
  readSync(fd, start)
  t.deepEqual(start, bytes.subarray(0, 10))
  t.is(manager.makeCursor(path, { size: 10 }).region, cursor.region, 'one file, one region')
  closeSync(fd)
  t.deepEqual(cursor.nextCursor().buffer(), bytes.subarray(150, 200))
  t.throws(() => manager.makeCursor(fd), { code: 'EBADF' })
  await using handle = await open(path)
  t.is(manager.makeCursor(handle).fileSize, SIZE)
})

onWindows('a descriptor for writing is EBADF, a folder EISDIR, a device no regular file', (t) => {
  const { path } = tempFile(t, 10)
  const fd = openSync(path, 'r+')
  const forWriting = openSync(path, 'w')
  const manager = tiling(t)
  t.is(manager.makeCursor(fd, { sliding: true }).length, 0)
  t.throws(() => manager.makeCursor(forWriting), { code: 'EBADF' })
  t.throws(() => manager.makeCursor('C:\\'), { code: 'EISDIR' })
  t.throws(() => manager.makeCursor('NUL'), { code: 'ERR_SMMAP_NOT_REGULAR_FILE' })
  for (const each of [fd, forWriting]) closeSync(each)
})
