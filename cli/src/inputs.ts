/**
 * @file Where bytes come from that no file has as they are: stdin, and compressed files. Knows how they are
 * put into one.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Readable, type Transform, pipeline } from 'node:stream'
import { UsageError } from './usage-error.js'

/** How stdin is named among the files, as grep does it. */
export const STDIN = '(standard input)'

const GZIP = Buffer.from('1f8b', 'hex')
const ZSTD = Buffer.from('28b52ffd', 'hex')

/** What a file is opened by, and what is to be closed after it. */
export interface Input {
  readonly pathOrFd: string | number
  readonly close: () => void
}

/**
 * The file of that name; a temporary one with the bytes of stdin, or with `unpacks` of a gzip or zstd file.
 */
export async function openInput(name: string, unpacks: boolean, signal: AbortSignal): Promise<Input> {
  if (name !== STDIN) {
    const unpack = unpacks ? await unpackerOf(readStart(name)) : undefined
    if (unpack === undefined) return { pathOrFd: name, close: () => {} }
    const packed = await open(name)
    return spool(packed.createReadStream(), unpack, signal)
  }
  checkStdin()
  if (!unpacks && isWholeFile(0)) return { pathOrFd: 0, close: () => {} }
  const unpack = unpacks ? await unpackerOf(await firstBytes(process.stdin)) : undefined
  return spool(process.stdin, unpack, signal)
}

/** What comes from stdin, as it comes; `undefined` for a file, which is there already, or another name. */
export async function openStream(name: string, unpacks: boolean): Promise<Readable | undefined> {
  if (name !== STDIN) return undefined
  checkStdin()
  if (!unpacks && isWholeFile(0)) return undefined
  const unpack = unpacks ? await unpackerOf(await firstBytes(process.stdin)) : undefined
  return unpack === undefined ? process.stdin : pipeline(process.stdin, unpack, () => {})
}

/**
 * Whether anything comes from stdin, where no file is named: not from a terminal, nor from a socket that
 * stays silent.
 */
export async function hasStdin(): Promise<boolean> {
  let stats
  try {
    stats = fstatSync(0)
  } catch {
    return false
  }
  if (stats.isFIFO() || stats.isFile()) return true
  if (stats.isCharacterDevice()) return !process.stdin.isTTY
  if (!stats.isSocket()) return false
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(false), SILENCE)
    const settle = (is: boolean): void => {
      clearTimeout(timer)
      process.stdin.off('readable', speak)
      if (!is) process.stdin.destroy()
      resolve(is)
    }
    const speak = (): void => settle(true)
    process.stdin.on('readable', speak)
  })
}

/** How many milliseconds a socket may be silent: programs leave their children one that nobody writes to. */
const SILENCE = 1000

async function spool(source: Readable, unpack: Transform | undefined, signal: AbortSignal): Promise<Input> {
  const folder = mkdtempSync(path.join(tmpdir(), 'smmap-'))
  const file = path.join(folder, 'input')
  const fd = openSync(file, 'w+', 0o600)
  // Where the system lets go of names of open files, nothing is left however this ends.
  const removes = process.platform !== 'win32'
  if (removes) rmSync(folder, { recursive: true })
  const close = (): void => {
    closeSync(fd)
    if (!removes) rmSync(folder, { recursive: true, force: true })
  }
  try {
    const handle = await open(removes ? `/dev/fd/${fd}` : file, 'r+')
    try {
      await fill(handle, unpack === undefined ? source : pipeline(source, unpack, () => {}), signal)
    } finally {
      await handle.close()
    }
    return { pathOrFd: fd, close }
  } catch (error) {
    close()
    throw error
  }
}

async function fill(
  handle: Awaited<ReturnType<typeof open>>,
  source: Readable,
  signal: AbortSignal,
): Promise<void> {
  let size = 0
  const stop = (): void => void source.destroy()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for await (const piece of source as AsyncIterable<Buffer>) {
      await handle.write(piece, 0, piece.length, size)
      size += piece.length
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
  signal.throwIfAborted()
}

async function unpackerOf(start: Buffer): Promise<Transform | undefined> {
  // Takes several milliseconds to load, and most files are not packed.
  const { default: zlib } = await import('node:zlib')
  if (start.subarray(0, 2).equals(GZIP)) return zlib.createGunzip()
  if (!start.subarray(0, 4).equals(ZSTD)) return undefined
  const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform }
  if (createZstdDecompress) return createZstdDecompress()
  throw new UsageError(`zstd is not in this Node.js (${process.version}): allowed is 22.15 or newer, or gzip`)
}

function readStart(name: string): Buffer {
  const fd = openSync(name, 'r')
  try {
    const start = Buffer.alloc(4)
    return fstatSync(fd).isFile() ? start.subarray(0, readSync(fd, start, 0, 4, 0)) : start
  } finally {
    closeSync(fd)
  }
}

/** Leaves them in the stream. */
async function firstBytes(source: Readable): Promise<Buffer> {
  for await (const piece of source.iterator({ destroyOnReturn: false })) {
    source.unshift(piece)
    return piece as Buffer
  }
  return Buffer.alloc(0)
}

/** Node takes a folder for a stream of nothing. */
function checkStdin(): void {
  if (fstatSync(0).isDirectory()) readSync(0, Buffer.alloc(1))
}

/** Whether a descriptor is a regular file's of which nothing was read before. */
function isWholeFile(fd: number): boolean {
  try {
    if (!fstatSync(fd).isFile()) return false
    return /^pos:\s*0$/m.test(readFileSync(`/proc/self/fdinfo/${fd}`, 'latin1'))
  } catch {
    return false
  }
}
