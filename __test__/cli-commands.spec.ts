/**
 * @file Every command against the classic tool that does the same, on the same files. Not what all commands
 * have in common.
 */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { classic, type Outcome, runShell, runTool } from './helpers/cli.js'
import { pseudoRandomBytes, tempFolder } from './helpers/files.js'

const KIB = 1024
/** Far smaller than the files, so that lines cross the borders of windows. */
const SMALL = ['--window', '64KiB', '--max-memory', '128KiB']
const FILES = ['app.log', 'no-newline', 'empty', 'binary']

/** Not where the classic tools are others, or missing. */
const linux = process.platform === 'linux' ? test : test.skip

let folder = ''
const inFolder = (name: string): string => path.join(folder, name)
const run = (...args: string[]): Promise<Outcome> => runTool(folder, args)
const tool = (command: string, ...args: string[]): string => classic(folder, command, ...args)

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'smmap-commands-'))
  const lines = Array.from({ length: 30_000 }, (_, n) => {
    const [level, accents] = [n % 997 === 5 ? 'ERROR' : 'fine', n % 31 === 7 ? 'Ünï' : '']
    return `${n} ${level} ${accents}${'x'.repeat((n * 7919) % 200)}`
  })
  await writeFile(inFolder('app.log'), `${lines.join('\n')}\n`)
  await writeFile(inFolder('no-newline'), 'one\nthree ERROR')
  await writeFile(inFolder('empty'), '')
  await writeFile(inFolder('binary'), pseudoRandomBytes(300 * KIB))
  await mkdir(inFolder('logs/deep'), { recursive: true })
  await writeFile(inFolder('logs/a.log'), 'a\n')
  await writeFile(inFolder('logs/deep/b.log'), 'b\nb\n')
  await writeFile(inFolder('logs/[c].txt'), 'c\nc\nc\n')
  await writeFile(inFolder('logs/c.txt'), 'what the pattern [c] matches\n')
})

test.after.always(() => rm(folder, { recursive: true, force: true }))

const greps: string[][] = [
  ['-F', 'ERROR'],
  ['-c', 'ERROR'],
  ['-c', '-v', 'fine'],
  ['-l', 'ERROR'],
  ['-i', 'error'],
  ['-i', 'ünï x'],
  ['-n', '^[0-9]*99 '],
  ['-b', 'ERROR$'],
  ['-nb', 'ERROR'],
  ['-o', '-b', 'x{190,}'],
  ['-on', 'ERROR|Ünï'],
  ['-v', 'x'],
  ['-m', '3', 'ERROR'],
  ['-c', '-m', '3', 'ERROR'],
  ['-A', '2', 'ERROR'],
  ['-B', '500', '-n', 'ERROR'],
  ['-C', '1000', '-n', 'ERROR'],
  ['-m', '2', '-C', '2', 'ERROR'],
  ['nothing has that'],
  ['-c', ''],
  ['--', '-'],
]

for (const args of greps) {
  linux(`grep ${args.join(' ')}: prints what grep prints`, async (t) => {
    const expected = ['-a', ...(args.includes('-F') ? [] : ['-E']), ...args]
    for (const files of [['app.log'], FILES.slice(0, 3)]) {
      const outcome = await run('grep', ...SMALL, ...args, ...files)
      t.is(outcome.stdout, tool('grep', ...expected, ...files))
      t.is(outcome.stderr, '')
      t.is(outcome.code, outcome.stdout.replaceAll(/^(?:[a-z.-]+:)?0\n/gm, '') === '' ? 1 : 0)
    }
  })
}

linux('grep -H and --no-filename say when names are shown, whatever the number of files', async (t) => {
  t.is((await run('grep', '-H', 'three', 'no-newline')).stdout, tool('grep', '-H', 'three', 'no-newline'))
  const files = ['no-newline', 'empty']
  t.is((await run('grep', '--no-filename', 'three', ...files)).stdout, tool('grep', '-h', 'three', ...files))
})

linux('grep --bytes finds bytes that are no text', async (t) => {
  const needle = readFileSync(inFolder('binary')).subarray(200_000, 200_003)
  const offsets = tool(
    'bash',
    '-c',
    `LC_ALL=C grep -obaP '\\x${needle.toString('hex').match(/../g)!.join('\\x')}' binary | cut -d: -f1 -s`,
  )
  const outcome = await run('grep', '-ob', '--bytes', needle.toString('hex'), 'binary')
  t.true(outcome.stdout.startsWith('200000:'), 'as it was cut out there')
  t.is(outcome.stdout.split('\n')[0]!.split(':')[0], offsets.split('\n')[0])
})

test('grep --json prints an object a line, then one a file, then one for all', async (t) => {
  const { code, stdout } = await run('grep', '--json', '-C', '1', 'three', 'no-newline', 'empty', 'absent')
  const [before, match, ...rest] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.is(code, 2)
  t.deepEqual(before, { type: 'context', file: 'no-newline', line: 1, offset: 0, length: 3, text: 'one' })
  t.deepEqual(match, {
    type: 'match',
    file: 'no-newline',
    line: 2,
    offset: 4,
    length: 11,
    text: 'three ERROR',
    matches: [{ offset: 4, length: 5 }],
  })
  t.like(rest[0], { type: 'file', file: 'no-newline', status: 'done', lines: 1 })
  t.like(rest[1], { type: 'file', file: 'empty', status: 'done', lines: 0 })
  t.like(rest[2], { type: 'file', file: 'absent', status: 'failed', error: { code: 'ENOENT' } })
  t.like(rest[3], { type: 'summary', lines: 1, partial: false })
})

test('grep --json tells bytes that are no UTF-8 in base64', async (t) => {
  await writeFile(inFolder('latin1'), Buffer.from([0x61, 0xff, 0x0a]))
  const { stdout } = await run('grep', '--json', 'a', 'latin1')
  t.like(JSON.parse(stdout.split('\n')[0]!), { text: 'a\ufffd', base64: 'Yf8=' })
})

test('grep -c --json is one object', async (t) => {
  const { stdout } = await run('grep', '-c', '--json', 'ERROR', 'app.log', 'no-newline')
  const { files, total, partial } = JSON.parse(stdout)
  t.deepEqual([files[0].lines, files[1].lines, total, partial], [31, 1, { lines: 32 }, false])
})

linux('a line of megabytes is printed whole', async (t) => {
  await writeFile(inFolder('long'), `short\n${'y'.repeat(3_000_000)}needle\nlast\n`)
  const { stdout } = await run('grep', '-n', ...SMALL, '-C', '1', 'needle', 'long')
  t.true(stdout === tool('grep', '-n', '-C', '1', 'needle', 'long'), `${stdout.length} characters`)
})

linux('lines counts as wc -l does, with a total', async (t) => {
  const expected = tool('wc', '-l', ...FILES)
    .trim()
    .split('\n')
    .map((row) => row.trim())
  const { code, stdout } = await run('lines', ...SMALL, ...FILES)
  t.is(code, 0)
  t.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((row) => row.trim()),
    expected,
  )
  t.is((await run('lines', 'app.log')).stdout, tool('wc', '-l', 'app.log'))
})

for (const index of [[], ['--index', 'app.index']]) {
  linux(`lines --print ${index.join(' ')} prints the lines that sed prints`, async (t) => {
    for (const [wanted, script] of [
      ['1', '1p'],
      ['777:779', '777,779p'],
      ['29999:', '29999,$p'],
      ['30000', '30000p'],
      ['29990:99999', '29990,99999p'],
    ] as const) {
      const { code, stdout } = await run('lines', ...SMALL, ...index, '--print', wanted, 'app.log')
      t.is(stdout, tool('sed', '-n', script, 'app.log'), wanted)
      t.is(code, 0)
    }
    t.deepEqual(await run('lines', ...index, '--print', '30001', 'app.log'), {
      code: 1,
      stdout: '',
      stderr: '',
    })
  })
}

test('an index is made, used, remade for a file written to; another file is not overwritten', async (t) => {
  const own = tempFolder(t)
  const smmap = (...args: string[]): Promise<Outcome> => runTool(own, args)
  writeFileSync(path.join(own, 'log'), 'one\ntwo')
  t.like(await smmap('lines', '--index', 'i', 'log'), { code: 0, stdout: '1 log\n', stderr: '' })
  const made = readFileSync(path.join(own, 'i'))
  t.is(made.toString('latin1', 0, 8), 'smmapidx')
  t.like(await smmap('lines', '--index', 'i', '--print', '2', 'log'), { code: 0, stdout: 'two', stderr: '' })
  t.deepEqual(readFileSync(path.join(own, 'i')), made)
  appendFileSync(path.join(own, 'log'), '\nthree\n')
  const later = await smmap('lines', '--index', 'i', 'log')
  t.like(later, { code: 0, stdout: '3 log\n' })
  t.regex(later.stderr, /^smmap: the file changed: i is built again\n$/)
  const refused = await smmap('lines', '--index', 'log', 'log')
  t.is(refused.code, 2)
  t.regex(refused.stderr, /^smmap: --index log is no index[^\n]*allowed[^\n]*\n$/)
  t.is(readFileSync(path.join(own, 'log'), 'utf8'), 'one\ntwo\nthree\n')
  t.deepEqual(readdirSync(own).toSorted(), ['i', 'log'])
})

test('lines --json is an object, with --print one a line', async (t) => {
  const { files, total } = JSON.parse((await run('lines', '--json', 'app.log', 'empty')).stdout)
  t.deepEqual([files[0].lines, files[1].lines, total], [30_000, 0, { lines: 30_000 }])
  const { stdout } = await run('lines', '--json', '--print', '1:2', 'no-newline')
  t.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
    [
      { file: 'no-newline', line: 1, text: 'one' },
      { file: 'no-newline', line: 2, text: 'three ERROR' },
    ],
  )
})

linux('slice gives the bytes that tail -c and head -c give', async (t) => {
  for (const [range, line] of [
    ['0:512', 'head -c 512 app.log'],
    ['65530:20', 'tail -c +65531 app.log | head -c 20'],
    ['1MiB', 'tail -c +1048577 app.log'],
    ['-100', 'tail -c 100 app.log'],
    ['-1KiB:10', 'tail -c 1024 app.log | head -c 10'],
    ['-99999999', 'cat app.log'],
    ['99999999', 'true'],
    ['0:0', 'true'],
  ] as const) {
    const { code, stdout, stderr } = await run('slice', ...SMALL, '--', range, 'app.log')
    t.is(stdout, tool('bash', '-c', line), range)
    t.deepEqual([code, stderr], [0, ''])
  }
  t.is((await run('slice', '-3', 'no-newline')).stdout, 'ROR', 'a number needs no "--"')
  t.is((await run('slice', '0:3', 'no-newline', 'app.log')).stdout, 'one0 f')
})

linux('slice gives binary files byte by byte', async (t) => {
  await runShell(folder, 'smmap slice 1000:250000 binary > part')
  t.deepEqual(readFileSync(inFolder('part')), readFileSync(inFolder('binary')).subarray(1000, 251_000))
})

linux('hash prints what sha256sum and md5sum print, and what they check', async (t) => {
  t.is((await run('hash', ...SMALL, ...FILES)).stdout, tool('sha256sum', ...FILES))
  t.is((await run('hash', '-a', 'md5', ...FILES)).stdout, tool('md5sum', ...FILES))
  const { code, stdout } = await runShell(folder, 'smmap hash app.log binary | sha256sum --check')
  t.deepEqual([code, stdout], [0, 'app.log: OK\nbinary: OK\n'])
})

test('hash --algorithm blake3 is that of the library; --json tells it too', async (t) => {
  const { stdout } = await run('hash', '--algorithm', 'blake3', '--json', 'empty')
  const { algorithm, files } = JSON.parse(stdout)
  t.is(algorithm, 'blake3')
  t.like(files[0], { hash: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262', bytes: 0 })
})

linux('split gives the ranges of the files that split -n l/N makes', async (t) => {
  const own = tempFolder(t)
  const size = readFileSync(inFolder('app.log')).length
  // Where the size is a multiple of the number, all of split's versions agree on the shares.
  const text = readFileSync(inFolder('app.log'), 'utf8').slice(0, Math.floor(size / 7) * 7)
  writeFileSync(path.join(own, 'log'), text)
  classic(own, 'split', '-n', 'l/7', 'log', 'part-')
  const ranges = JSON.parse((await runTool(own, ['split', '--parts', '7', ...SMALL, 'log'])).stdout)
  const parts = readdirSync(own)
    .filter((name) => name.startsWith('part-'))
    .toSorted()
  t.is(ranges.length, parts.length)
  for (const [part, name] of parts.entries()) {
    const range = ranges[part]
    t.like(range, { file: 'log', part })
    const { stdout } = await runTool(own, ['slice', range.slice, 'log'])
    t.true(stdout === readFileSync(path.join(own, name), 'utf8'), name)
    t.is(range.end - range.start, Buffer.byteLength(stdout))
  }
})

test('split takes a size instead of a number, and delimiters with escapes', async (t) => {
  await writeFile(inFolder('names'), 'a\0bb\0ccc\0')
  const split = async (...args: string[]) => JSON.parse((await run('split', ...args, 'names')).stdout)
  const slices = async (...args: string[]) =>
    (await split(...args)).map((part: { slice: string }) => part.slice)
  t.deepEqual(await slices('--size', '3', '--delimiter', '\\0'), ['0:5', '5:4'])
  t.deepEqual(await slices('--parts', '9', '--delimiter', '\\x00'), ['0:2', '2:3', '5:4'])
  t.deepEqual(await slices('--parts', '2', '--delimiter', 'b\\0'), ['0:5', '5:4'])
  t.deepEqual(JSON.parse((await run('split', '--parts', '3', 'empty')).stdout), [])
})

linux('stat tells size, identity and time as stat does', async (t) => {
  const [size, device, inode] = tool('stat', '-c', '%s %d %i', 'app.log').trim().split(' ')
  const { files } = JSON.parse((await run('stat', '--json', 'app.log', 'empty')).stdout)
  t.like(files[0], {
    file: 'app.log',
    status: 'done',
    size: Number(size),
    device,
    inode,
    resident: Number(size),
  })
  t.is(Math.floor(Date.parse(files[0].modified) / 1000), Number(tool('stat', '-c', '%Y', 'app.log')))
  t.deepEqual(files[0].ranges, [{ start: 0, end: Number(size) }])
  t.like(files[1], { size: 0, resident: 0, ranges: [] })
  const { stdout } = await run('stat', 'app.log')
  t.regex(
    stdout,
    /^app\.log\n {2}size {6}[\d,]+ bytes \([\d.]+ MiB\)\n {2}resident {2}[\d.]+ MiB, 100 %, in 1 run\n/,
  )
})

test('a quoted pattern means all files it matches; a name goes first; no match is an error', async (t) => {
  t.is((await run('lines', 'logs/**/*.log')).stdout, '1 logs/a.log\n2 logs/deep/b.log\n3 total\n')
  t.is((await run('lines', 'logs/[c].txt')).stdout, '3 logs/[c].txt\n')
  const { code, stderr } = await run('lines', 'logs/*.none')
  t.is(code, 2)
  t.regex(stderr, /^smmap: ENOENT: .*logs\/\*\.none/)
})
