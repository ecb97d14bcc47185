/** @file The files that quick.mjs reads, made once in the temp folder. Knows nothing of what is measured. */
import { randomFillSync } from 'node:crypto'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const MIB = 2 ** 20

export const FILE_SIZE = 1024 * MIB
export const SMALL_FILES = 10_000
export const SMALL_FILE_SIZE = 16

/**
 * @returns the path of a file of {@link FILE_SIZE} random bytes: written, not sparse, so that each page
 * exists
 */
export function largeFile() {
  const path = join(tmpdir(), 'smmap-benchmark-quick.bin')
  if (existsSync(path) && statSync(path).size === FILE_SIZE) return path
  const fd = openSync(`${path}.part`, 'w')
  const block = Buffer.alloc(MIB)
  for (let written = 0; written < FILE_SIZE; written += MIB) writeSync(fd, randomFillSync(block))
  closeSync(fd)
  renameSync(`${path}.part`, path)
  return path
}

/** @returns the path of a folder of {@link SMALL_FILES} files, named by their numbers from 0 on */
export function smallFiles() {
  const path = join(tmpdir(), `smmap-benchmark-${SMALL_FILES}x${SMALL_FILE_SIZE}`)
  if (existsSync(path)) return path
  mkdirSync(`${path}.part`, { recursive: true })
  for (let i = 0; i < SMALL_FILES; i++) {
    writeFileSync(join(`${path}.part`, `${i}`), `${i}`.padEnd(SMALL_FILE_SIZE, '.'))
  }
  renameSync(`${path}.part`, path)
  return path
}
