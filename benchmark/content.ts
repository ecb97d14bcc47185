/** @file Makes the files the rows read, once, and brings them into the page cache. Knows no row. */
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { projectFolder } from './harness/folders'

const MIB = 2 ** 20

/** The path of a newline-delimited JSON log of `size` bytes in `folder`, warm in the page cache. */
export async function logFile(folder: string, size: number): Promise<string> {
  const path = join(folder, `smmap-benchmark-${size / MIB}MiB.ndjson`)
  await promisify(execFile)(process.execPath, [join(projectFolder, '.ci', 'make-log.mjs'), `${size}`, path])
  const made = await stat(path)
  if (made.size !== size) throw new Error(`${path} is ${made.size} bytes long, not ${size}`)
  await warm(path)
  return path
}

/** Brings a file into the page cache. */
export async function warm(path: string): Promise<void> {
  for await (const _chunk of createReadStream(path, { highWaterMark: MIB })) continue
}
