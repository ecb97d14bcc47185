/**
 * @file What the tool makes of odd names, bytes and ranges: nothing is lost for programs, and nothing obeyed
 * by terminals.
 */
/* oxlint-disable no-control-regex -- what a terminal is sent are control sequences */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import test from 'ava'
import { MAIN, runShell, runTool } from './helpers/cli.js'
import { tempFolder } from './helpers/files.js'

const unix = process.platform === 'win32' ? test.skip : test
const linux = process.platform === 'linux' ? test : test.skip

const ODD = [
  'plain',
  'back\\slash',
  'two\nlines',
  'tab\there',
  'return\rhere',
  'next\u0085line',
  'bidi\u202egol',
  '\\n',
]

// Control characters were written as \xNN, which sha256sum takes for the name itself.
unix('hashes of files with any names are what sha256sum --check reads', async (t) => {
  const folder = tempFolder(t)
  for (const name of ODD) writeFileSync(path.join(folder, name), 'content')
  const { stdout } = await runTool(folder, ['hash', ...ODD])
  writeFileSync(path.join(folder, 'SUMS'), stdout)
  const { status, stderr } = spawnSync('sha256sum', ['--check', '--strict', '--quiet', 'SUMS'], {
    cwd: folder,
    encoding: 'utf8',
  })
  t.deepEqual([status, stderr], [0, ''])
  t.is(
    stdout,
    execFileSync('sha256sum', ['--', ...ODD], { cwd: folder, encoding: 'utf8' }),
    'as sha256sum writes them',
  )
})

unix('names go into pipes as they are', async (t) => {
  const folder = tempFolder(t)
  for (const name of ODD) writeFileSync(path.join(folder, name), 'content\n')
  const listed = await runTool(folder, ['grep', '-l', 'content', '--', ...ODD])
  t.is(listed.stdout, ODD.map((name) => `${name}\n`).join(''))
  const counted = await runTool(folder, ['lines', '--', ...ODD])
  t.true(counted.stdout.includes('1 two\nlines\n'))
})

linux(
  'names are written out on a terminal, also those that would turn round what stands after them',
  async (t) => {
    const folder = tempFolder(t)
    for (const name of ODD) writeFileSync(path.join(folder, name), 'content\n')
    const quoted = `'${process.execPath}' '${MAIN}' grep -l content *`
    const { stdout } = await runShell(folder, `script -qefc "${quoted.replaceAll('"', '\\"')}" /dev/null`)
    t.notRegex(stdout, /\u202e|\u0085|\x1b\]/)
    t.regex(stdout, /bidi\\u202egol/)
    t.regex(stdout, /two\\x0alines/)
  },
)

// U+FFFD stood for what is no UTF-8, and different lines became the same object.
test('lines --json has the bytes of lines that are no UTF-8', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'latin1'), Buffer.from('caf\xe9\r\ncafe\n', 'latin1'))
  const { stdout } = await runTool(folder, ['lines', '--json', '--print', '1:2', 'latin1'])
  const [first, second] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.deepEqual(Buffer.from(first.base64, 'base64'), Buffer.from('caf\xe9', 'latin1'))
  t.deepEqual(second, { file: 'latin1', line: 2, text: 'cafe' })
})

// It was taken for 59: the first "-" was dropped, wherever it stood.
test('slice 5-9 is refused, with what is meant', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'file'), '0123456789')
  const { code, stderr, stdout } = await runTool(folder, ['slice', '5-9', 'file'])
  t.deepEqual([code, stdout], [2, ''])
  t.regex(stderr, /bytes 5 to 9 are 5:5/)
  t.is((await runTool(folder, ['slice', '5:5', 'file'])).stdout, '56789')
  t.is((await runTool(folder, ['slice', '5-', 'file'])).code, 2)
})

// Its two halves were encoded one by one, and found nowhere.
test('split finds a delimiter beyond the BMP', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'file'), 'abc🦀def🦀')
  const { stdout } = await runTool(folder, ['split', '-n', '2', '--delimiter', '🦀', 'file'])
  t.deepEqual(
    JSON.parse(stdout).map(({ start, end }: { start: number; end: number }) => [start, end]),
    [
      [0, 7],
      [7, 14],
    ],
  )
  mkdirSync(path.join(folder, 'sub'))
  writeFileSync(path.join(folder, 'sub/x'), 'a\xffb\xff')
  const bytes = await runTool(folder, ['split', '-n', '2', '--delimiter', '\\xc3\\xbf', 'sub/x'])
  t.is(JSON.parse(bytes.stdout).length, 2)
})

// The whole line went into memory, twice over while its end was looked for, whatever the limit was.
linux('lines --print of a line longer than the limit stays inside it', async (t) => {
  const folder = tempFolder(t)
  const size = 160 * 2 ** 20
  writeFileSync(path.join(folder, 'dump'), '')
  truncateSync(path.join(folder, 'dump'), size)
  const args = ['lines', '--max-memory', '16MiB', '--print', '1', 'dump']
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let bytes = 0
  let most = 0
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
    most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  t.deepEqual([code, bytes], [0, size])
  t.true(most < 160 * 1024, `${most} KiB`)
})

// Node gives a stream of nothing for it, and grep found nothing in it.
unix('a folder as stdin is an error', async (t) => {
  const { code, stdout, stderr } = await runShell(tempFolder(t), 'smmap grep x - < .')
  t.deepEqual([code, stdout], [2, ''])
  t.regex(stderr, /^smmap: EISDIR: .*\(standard input\)\n$/)
})
