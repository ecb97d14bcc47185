/** @file Makes the files the rows read, once, and brings them into the page cache. Knows no row. */
import { execFile } from 'node:child_process'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from './harness/folders'
import { runTool } from './harness/run-contender'
import type { Scale } from './row'

const MIB = 2 ** 20

/** The path of a newline-delimited JSON log of `size` bytes in `folder`, warm in the page cache. */
export async function logFile(folder: string, size: number): Promise<string> {
  const path = join(folder, `smmap-benchmark-${size / MIB}MiB.ndjson`)
  await promisify(execFile)(process.execPath, [
    join(projectFolder, 'benchmark', 'make-log.mjs'),
    `${size}`,
    path,
  ])
  const made = await stat(path)
  if (made.size !== size) throw new Error(`${path} is ${made.size} bytes long, not ${size}`)
  await warm(path)
  return path
}

/**
 * The log that the rows of large files share: of 4 GiB, or 64 MiB in a smoke run. In the page cache it is as
 * it comes from the disk through a map. How it comes decides how large its folios are, and they what a page
 * fault costs: by three times the speed of a scan over a map. Just written, or read by `read(2)`, they were
 * now large, now small.
 */
export async function largeLog({ smoke, folder }: Scale): Promise<{ path: string; size: number }> {
  const size = (smoke ? 64 : 4096) * MIB
  const path = await logFile(folder, size)
  for (const way of ['forget', 'touch']) await runTool('limit', [way, path])
  return { path, size }
}

/** A folder in `folder` of `count` files, named by their numbers from 0 on, each `size` bytes long; warm. */
export async function smallFiles(folder: string, count: number, size: number): Promise<string> {
  const path = join(folder, `smmap-benchmark-${count}x${size}`)
  if (!existsSync(path)) {
    await mkdir(`${path}.part`, { recursive: true })
    for (let i = 0; i < count; i++) await writeFile(join(`${path}.part`, `${i}`), `${i}`.padEnd(size, '.'))
    await rename(`${path}.part`, path)
  }
  for (let i = 0; i < count; i++) await readFile(join(path, `${i}`))
  return path
}

/** Brings a file into the page cache. */
export async function warm(path: string): Promise<void> {
  for await (const _chunk of createReadStream(path, { highWaterMark: MIB })) continue
}
