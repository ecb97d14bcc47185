// Paths, descriptors and files that are not what a mapping wants, or change under it: clear errors, intact
// state.
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { createServer } from 'node:net'
import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { SlidingWindowMapBuffer, scan } from 'smmap'
import { inChild } from './fixtures/child.js'
import { refused, sliding, stillServes, whole, type CodedError, type Manager } from './fixtures/managers.js'
import { onLinux, onUnix } from './fixtures/platform.js'
import { thrownBy } from './helpers/errors.js'
import { F10, F40, pseudoRandomBytes, tempFile } from './helpers/files.js'

const WINDOW = 8192
const f10 = pseudoRandomBytes(F10, 10)
const f40 = pseudoRandomBytes(F40, 40)
const other = pseudoRandomBytes(F40, 41)

type PathOrFd = Parameters<Manager['makeCursor']>[0]

function inFolder(t: ExecutionContext, name: string): string {
  return join(dirname(tempFile(t, f10).path), name)
}

/** What `fs` throws for the same path or descriptor: the answer expected of us. */
function nodeRefuses(t: ExecutionContext, attempt: () => number | object): CodedError {
  return t.throws(() => {
    const opened = attempt()
    if (typeof opened === 'number') closeSync(opened)
  }) as CodedError
}

/** Both managers refuse the file with one of `codes`, lose nothing, and go on serving. */
function bothRefuse(t: ExecutionContext, pathOrFd: PathOrFd, ...codes: string[]): CodedError {
  const good = tempFile(t, f10).path
  const errors = [sliding(t), whole(t)].map((manager) => {
    const error = refused(t, manager, () => manager.makeCursor(pathOrFd).useRegion(), ...codes)
    stillServes(t, manager, good, f10)
    return error!
  })
  return errors[0]!
}

function answersLikeFs(t: ExecutionContext, path: string): void {
  const expected = nodeRefuses(t, () => openSync(path, 'r'))
  const error = bothRefuse(t, path, expected.code)
  t.deepEqual(
    [error.errno, error.syscall, error.path],
    [expected.errno, expected.syscall, expected.path],
    error.message,
  )
}

test('a missing file, a missing folder and an empty path are ENOENT', (t) => {
  answersLikeFs(t, inFolder(t, 'missing'))
  answersLikeFs(t, join(inFolder(t, 'missing'), 'file'))
  answersLikeFs(t, '')
})

onUnix('a file used as a folder is ENOTDIR', (t) => answersLikeFs(t, join(tempFile(t, f10).path, 'file')))

onUnix('a name too long is ENAMETOOLONG', (t) => answersLikeFs(t, inFolder(t, 'n'.repeat(300))))

onUnix('a link to itself is ELOOP', (t) => {
  const path = inFolder(t, 'loop')
  symlinkSync(path, path)
  answersLikeFs(t, path)
})

onUnix('a file one may not read is EACCES', (t) => {
  const good = tempFile(t, f10, 'good').path
  const folder = dirname(good)
  const secret = join(folder, 'secret')
  writeFileSync(secret, f10)
  chmodSync(folder, 0o755)
  chmodSync(good, 0o644)
  chmodSync(secret, 0)
  t.deepEqual(inChild(t, 'unreadable.cjs', [folder]), {
    code: 'EACCES',
    syscall: 'open',
    path: 'secret',
    counters: 0,
    size: F10,
  })
})

test('a path with a NUL is ERR_INVALID_ARG_VALUE, as a string, a Buffer and a URL', (t) => {
  const manager = sliding(t)
  const url = process.platform === 'win32' ? [] : [new URL('file:///a%00b')]
  for (const path of ['a\0b', Buffer.from('a\0b'), ...url]) {
    const expected = nodeRefuses(t, () => openSync(path, 'r'))
    refused(t, manager, () => manager.makeCursor(path), expected.code)
  }
  t.is(nodeRefuses(t, () => openSync('a\0b', 'r')).code, 'ERR_INVALID_ARG_VALUE')
})

test('a file: URL is a path; another URL is refused as fs refuses it', (t) => {
  const path = tempFile(t, f10).path
  const manager = sliding(t)
  t.deepEqual(manager.makeCursor(pathToFileURL(path)).useRegion().buffer(), f10)
  for (const url of [new URL('https://example.com/file'), new URL('file:///a%2fb')]) {
    const expected = nodeRefuses(t, () => openSync(url, 'r'))
    refused(t, manager, () => manager.makeCursor(url), expected.code)
  }
})

onLinux('a path as a Buffer is taken byte by byte, UTF-8 or not', (t) => {
  const path = Buffer.concat([Buffer.from(inFolder(t, 'latin-')), Buffer.from([0xe9, 0xff, 0x80])])
  writeFileSync(path, f40)
  t.deepEqual(sliding(t).makeCursor(path).useRegion().buffer(), f40)
  const missing = Buffer.concat([path, Buffer.from([0xff])])
  bothRefuse(t, missing, 'ENOENT')
})

test('what is no path and no descriptor is ERR_INVALID_ARG_TYPE', (t) => {
  const manager = sliding(t)
  for (const odd of [undefined, null, {}, [], true, Symbol('path'), () => 'path']) {
    refused(t, manager, () => manager.makeCursor(odd as unknown as string), 'ERR_INVALID_ARG_TYPE')
  }
})

onUnix('a directory is EISDIR, by path and by descriptor', (t) => {
  const folder = inFolder(t, 'folder')
  mkdirSync(folder)
  t.is(bothRefuse(t, folder, 'EISDIR').path, folder)
  const fd = openSync(folder, 'r')
  t.teardown(() => closeSync(fd))
  bothRefuse(t, fd, 'EISDIR')
})

onUnix('a FIFO is refused at once, with a writer and without', (t) => {
  const path = inFolder(t, 'fifo')
  execFileSync('mkfifo', [path])
  const answer = inChild(t, 'refuse.cjs', [path], { timeout: 10_000 })
  t.like(answer, { code: 'ERR_SMMAP_NOT_REGULAR_FILE', counters: 0 })
  const writer = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  t.teardown(() => closeSync(writer))
  t.like(inChild(t, 'refuse.cjs', [path], { timeout: 10_000 }), { code: 'ERR_SMMAP_NOT_REGULAR_FILE' })
})

onUnix('a socket is refused', async (t) => {
  const path = inFolder(t, 's')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  bothRefuse(t, path, 'ERR_SMMAP_NOT_REGULAR_FILE')
  await new Promise((resolve) => server.close(resolve))
})

onUnix('a character device is refused, though it could be mapped', (t) => {
  const error = bothRefuse(t, '/dev/zero', 'ERR_SMMAP_NOT_REGULAR_FILE')
  t.regex(error.message, /\/dev\/zero/)
  bothRefuse(t, '/dev/null', 'ERR_SMMAP_NOT_REGULAR_FILE')
})

test('an empty file is never mapped: the cursor is invalid, the buffer has no bytes', (t) => {
  const path = tempFile(t, Buffer.alloc(0)).path
  for (const manager of [sliding(t), whole(t)]) {
    const c = manager.makeCursor(path).useRegion()
    t.deepEqual([c.isValid, c.size, c.fileSize, manager.numOpenRegions], [false, 0, 0, 0])
    t.false(c.useRegion(0, 10).isValid)
    t.is(new SlidingWindowMapBuffer(manager.makeCursor(path)).length, 0)
    stillServes(t, manager, tempFile(t, f10).path, f10)
  }
})

// They tell a size of 0, or a page's, and cannot be mapped: "0 lines", or ENODEV.
for (const path of ['/proc/version', '/sys/kernel/uevent_seqnum']) {
  const whereItIs = existsSync(path) ? test : test.skip
  whereItIs(`${path}, which is made as it is read, has its bytes`, async (t) => {
    const manager = sliding(t)
    const expected = readFileSync(path)
    const c = manager.makeCursor(path).useRegion()
    t.deepEqual([c.isValid, c.fileSize], [true, expected.length])
    t.deepEqual(c.buffer(), expected)
    t.is((await scan(manager, path)).bytes, expected.length)
    stillServes(t, manager, tempFile(t, f10).path, f10)
  })
}

// Reading it failed, and the error said `fstat`.
const whereItIs = existsSync('/proc/self/mem') ? test : test.skip
whereItIs('a file made as it is read, and cannot be, is what fs says of it', (t) => {
  const theirs = thrownBy(() => readFileSync('/proc/self/mem'))
  const ours = thrownBy(() => sliding(t).makeCursor('/proc/self/mem').useRegion())
  t.deepEqual([ours.code, ours.syscall], [theirs.code, theirs.syscall])
})

onUnix('offsets beyond 2^32 and 2^40 show the right bytes of a sparse file', (t) => {
  const path = tempFile(t, f10).path
  const fd = openSync(path, 'r+')
  t.teardown(() => closeSync(fd))
  const marks = [2 ** 31, 2 ** 32, 5 * 2 ** 30, 2 ** 40].map((at) => at - 100)
  ftruncateSync(fd, 2 ** 40 + F10)
  for (const at of marks) writeSync(fd, f10.subarray(0, 200), 0, 200, at)

  const manager = sliding(t, { windowSize: 1024 * 1024 })
  const c = manager.makeCursor(path)
  for (const at of marks) {
    t.deepEqual(c.useRegion(at, 200).buffer(), f10.subarray(0, 200), `across ${at + 100}`)
    t.deepEqual([c.ofsBegin, c.ofsEnd, c.includesOfs(at + 199)], [at, at + 200, true])
    t.deepEqual(
      c
        .useRegion(at + 123)
        .buffer()
        .subarray(0, 5),
      f10.subarray(123, 128),
    )
  }
  const buf = new SlidingWindowMapBuffer(manager.makeCursor(path))
  t.is(buf.length, 2 ** 40 + F10)
  t.deepEqual(buf.slice(2 ** 40 - 100, 2 ** 40 + 100), f10.subarray(0, 200))
  t.is(buf.at(2 ** 40), f10[100])
  t.is(c.useRegion(2 ** 40 + F10 - 1).size, 1)
  t.false(c.useRegion(2 ** 40 + F10).isValid)
})

onUnix('negative indices of a buffer count from the end of a file of 5 GiB', (t) => {
  const path = tempFile(t, Buffer.alloc(0)).path
  truncateSync(path, 5 * 2 ** 30)
  const fd = openSync(path, 'r+')
  writeSync(fd, 'hello', 5 * 2 ** 30 - 123)
  closeSync(fd)
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(path))
  t.is(buf.slice(-123, -118).toString(), 'hello')
})

test('descriptors that are none are refused as fs refuses them', (t) => {
  const manager = sliding(t)
  const closed = openSync(tempFile(t, f10).path, 'r')
  closeSync(closed)
  for (const fd of [-1, 2 ** 31, 2 ** 31 - 1, 1.5, Number.NaN, Infinity, closed]) {
    const expected = nodeRefuses(t, () => fstatSync(fd))
    refused(t, manager, () => manager.makeCursor(fd).useRegion(), expected.code)
  }
  stillServes(t, manager, tempFile(t, f10).path, f10)
})

onUnix('a descriptor that cannot be read is refused, and says so', (t) => {
  const fd = openSync(tempFile(t, f10).path, constants.O_WRONLY)
  t.teardown(() => closeSync(fd))
  bothRefuse(t, fd, 'EACCES', 'EBADF')
})

onUnix('a descriptor of a pipe is refused', (t) => {
  const path = inFolder(t, 'fifo')
  execFileSync('mkfifo', [path])
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  t.teardown(() => closeSync(fd))
  bothRefuse(t, fd, 'ERR_SMMAP_NOT_REGULAR_FILE')
})

// Serial, since it opens on the thread pool, where it could take the number that another test waits for.
test.serial('a FileHandle is a descriptor; a closed one is EBADF', async (t) => {
  const handle = await open(tempFile(t, f10).path, 'r')
  const manager = sliding(t)
  const c = manager.makeCursor(handle)
  t.is(c.pathOrFd, handle)
  t.is(c.fd, handle.fd)
  t.deepEqual(c.useRegion().buffer(), f10)
  await handle.close()
  t.deepEqual(c.useRegion(100, 10).buffer(), f10.subarray(100, 110))
  refused(t, manager, () => manager.makeCursor(handle).useRegion(), 'EBADF')
})

onUnix('a descriptor number used again is the new file, and old cursors keep the old one', (t) => {
  const manager = sliding(t, { windowSize: WINDOW })
  const first = openSync(tempFile(t, f40).path, 'r')
  const old = manager.makeCursor(first).useRegion()
  closeSync(first)
  const second = openSync(tempFile(t, other).path, 'r')
  t.teardown(() => closeSync(second))
  t.is(second, first, 'the system gives the lowest free number')
  t.deepEqual(manager.makeCursor(second).useRegion().buffer(), other.subarray(0, WINDOW))
  t.deepEqual(old.useRegion(WINDOW).buffer(), f40.subarray(WINDOW, 2 * WINDOW))
})

onUnix("a descriptor number used again before its cursor's first use never shows the other file", (t) => {
  const manager = sliding(t)
  const first = openSync(tempFile(t, f40).path, 'r')
  const c = manager.makeCursor(first)
  closeSync(first)
  const second = openSync(tempFile(t, other).path, 'r')
  t.teardown(() => closeSync(second))
  t.is(second, first)
  try {
    t.true(c.useRegion().buffer().equals(f40), 'the bytes of the other file')
  } catch (error) {
    t.is((error as CodedError).code, 'EBADF')
  }
})
