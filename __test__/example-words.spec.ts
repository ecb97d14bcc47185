// The example that counts words by workers over one shared manager: against `readline`, and within one limit.
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import test from 'ava'
import { tempFile } from './helpers/files.js'

const run = promisify(execFile)
const MAIN = resolve('examples/words/main.mjs')
const MIB = 2 ** 20

async function byReadline(path: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for await (const line of createInterface({ input: createReadStream(path) })) {
    for (const word of line.split(' ')) if (word !== '') counts[word] = (counts[word] ?? 0) + 1
  }
  return counts
}

test('workers over one shared manager count what readline counts, within one limit', async (t) => {
  const lines = Array.from(
    { length: 100_000 },
    (_, n) => `${n % 97} took ${(n * n) % 31} ms${' again'.repeat(n % 3)}`,
  )
  const { path } = tempFile(t, lines.join('\n'))
  for (const workers of [1, 3]) {
    const { stdout } = await run(process.execPath, [
      MAIN,
      '--workers',
      `${workers}`,
      '--max-memory',
      `${2 * MIB}`,
      path,
    ])
    const { words, mapped } = JSON.parse(stdout) as { words: Record<string, number>; mapped: number }
    t.deepEqual(words, await byReadline(path))
    t.true(mapped <= 3 * MIB, `${mapped} bytes`)
  }
})

test('a wrong call is told how, a missing file by its name', async (t) => {
  await t.throwsAsync(run(process.execPath, [MAIN]), { message: /usage: main\.mjs/ })
  await t.throwsAsync(run(process.execPath, [MAIN, 'absent']), { message: /ENOENT.*absent/ })
})
