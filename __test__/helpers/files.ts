/** @file Files of known content that are gone after the test. Knows nothing of the package under test. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'

/** The sizes that the notes on smmap 5 were measured with. */
export const F40 = 40_960
export const F10 = 10_000

/** The unit of mapping as the system tells it, not as the package does. Windows maps in steps of 64 KiB. */
export const PAGE: number =
  process.platform === 'win32' ? 65_536 : Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }))

export interface TempFile {
  readonly path: string
  /** What is in the file. */
  readonly bytes: Buffer
}

/** The path of a folder of its own, removed with all that is in it when the test ends. */
export function tempFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'smmap-test-'))
  t.teardown(() => remove(folder))
  return folder
}

/**
 * Windows deletes no file that is mapped, and it is as long as the garbage collector has not seen the last
 * view go.
 */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true })
  } catch (error) {
    if (process.platform !== 'win32') throw error
    process.once('exit', () => {
      try {
        rmSync(folder, { recursive: true, force: true })
      } catch {
        // Left to whoever cleans the temp folder.
      }
    })
  }
}

/**
 * A file of the given bytes, or of so many pseudo-random ones, in a folder of its own; removed when the test
 * ends.
 */
export function tempFile(
  t: ExecutionContext,
  content: number | string | Uint8Array,
  name = 'file.bin',
): TempFile {
  const bytes = typeof content === 'number' ? pseudoRandomBytes(content) : Buffer.from(content)
  const path = join(tempFolder(t), name)
  writeFileSync(path, bytes)
  return { path, bytes }
}

/**
 * Marsaglia's xorshift32, the same in every run: no two pages are alike, so that a wrong window cannot pass
 * for the right one.
 */
export function pseudoRandomBytes(size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size)
  // Small seeds are spread over all 32 bits, and never become 0, from which xorshift would not move.
  let state = Math.imul(seed, 0x9e3779b1) || 1
  for (let i = 0; i < size; i += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = state
  }
  return bytes
}
