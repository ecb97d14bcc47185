// The short examples, each against what plain Node finds in the same file.
import { execFile, spawn } from 'node:child_process'
import { on } from 'node:events'
import { appendFileSync, existsSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import test from 'ava'
import { onUnix } from './fixtures/platform.js'
import { tempFile, tempFolder } from './helpers/files.js'

const run = promisify(execFile)
const main = (example: string): string => resolve('examples', example, 'main.mjs')

async function answer(example: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [main(example), ...args])
  return stdout
}

const LINES = 20_000
const took = (n: number): number => (n * n) % 97
const lines = Array.from(
  { length: LINES },
  (_, n) => `2026-01-01T00:00:00Z ${n % 100 === 99 ? 'ERROR' : 'INFO'} request ${n} took ${took(n)} ms`,
)
const log = `not a line of the log\n${lines.join('\n')}\n`

test('log-statistics counts what is in the log', async (t) => {
  const found = JSON.parse(await answer('log-statistics', tempFile(t, log).path)) as Record<string, unknown>
  t.deepEqual(Object.keys(found).toSorted(), ['ERROR', 'INFO'])
  for (const [level, isError] of [['ERROR', true] as const, ['INFO', false] as const]) {
    const all = lines.map((_, n) => n).filter((n) => (n % 100 === 99) === isError)
    const times = all.map(took).toSorted((a, b) => a - b)
    const quantile = (share: number): number => times[Math.ceil(share * times.length) - 1]!
    const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length
    t.deepEqual(found[level], {
      lines: times.length,
      mean,
      median: quantile(0.5),
      p99: quantile(0.99),
      most: times.at(-1),
    })
  }
})

test('record-lookup finds each key that is there, and no other', async (t) => {
  const count = 3000
  const table = Buffer.alloc(64 * count)
  for (let n = 0; n < count; n += 1) {
    table.writeBigUInt64BE(BigInt(n) * 7n, 64 * n)
    table.write(n === 5 ? 'x'.repeat(56) : `record ${n}`, 64 * n + 8)
  }
  const { path } = tempFile(t, table)
  const found = await answer(
    'record-lookup',
    path,
    '0',
    '7',
    '35',
    '20993',
    '8',
    '20994',
    '18446744073709551615',
  )
  t.deepEqual(found.trim().split('\n'), [
    '0: record 0',
    '7: record 1',
    `35: ${'x'.repeat(56)}`,
    '20993: record 2999',
    '8: none',
    '20994: none',
    '18446744073709551615: none',
  ])
  t.is(await answer('record-lookup', tempFile(t, '').path, '1'), '1: none\n')
})

test('filter-and-jump shows the n-th line that matches, by an index that follows the log', async (t) => {
  const { path } = tempFile(t, log)
  const all = log.split('\n')
  const matching = [...all.entries()].filter(([, line]) => /took 9[0-9] ms/.test(line)).map(([n]) => n)
  const shown = (n: number): string =>
    [n - 2, n - 1, n, n + 1, n + 2]
      .filter((line) => line >= 0 && line < all.length - 1)
      .map((line) => `${line === n ? '>' : ' '} ${line + 1} ${all[line]}\n`)
      .join('')
  for (const nth of [1, 3, matching.length]) {
    t.is(await answer('filter-and-jump', path, 'took 9[0-9] ms', `${nth}`), shown(matching[nth - 1]!))
  }
  t.true(existsSync(`${path}.index`))
  t.regex(await answer('filter-and-jump', path, 'took 9[0-9] ms', `${matching.length + 1}`), /^fewer than/)
  appendFileSync(path, 'new took 99 ms\n')
  t.true((await answer('filter-and-jump', path, '^new', '1')).endsWith(`> ${LINES + 2} new took 99 ms\n`))
})

onUnix('tail-to-json gives each line once, through rotations, and ends by Ctrl-C', async (t) => {
  const path = join(tempFolder(t), 'log')
  const child = spawn(process.execPath, [main('tail-to-json'), path], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = new Promise((done) => child.once('exit', done))
  const records: unknown[] = []
  const output = on(createInterface({ input: child.stdout }), 'line')
  const read = async (count: number): Promise<void> => {
    while (records.length < count) records.push(JSON.parse(((await output.next()).value as [string])[0]))
  }
  writeFileSync(path, `${lines[0]}\n${lines[1]}\n`)
  await read(2)
  appendFileSync(path, 'half')
  appendFileSync(path, ' and half\n')
  await read(3)
  renameSync(path, `${path}.1`)
  writeFileSync(path, `${lines[99]}\n`)
  await read(4)
  child.kill('SIGINT')
  t.is(await ended, 0)
  const time = '2026-01-01T00:00:00Z'
  t.deepEqual(records, [
    { time, level: 'INFO', message: 'request 0 took 0 ms' },
    { time, level: 'INFO', message: 'request 1 took 1 ms' },
    { message: 'half and half' },
    { time, level: 'ERROR', message: `request 99 took ${took(99)} ms` },
  ])
})
