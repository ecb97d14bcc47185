/**
 * @file Knows what the command-line tool promises its users, as child processes of the built file. Not how it
 * is made.
 */
/* oxlint-disable no-control-regex -- what a terminal is sent are control sequences */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import test from 'ava'
import { ALLOCATIONGRANULARITY } from 'smmap'
import { classic, cleanEnvironment, MAIN, type Outcome, runShell, runTool } from './helpers/cli.js'

const KIB = 1024
const MIB = 1024 ** 2
/** Far smaller than the log, so that lines and matches cross the borders of windows. */
const SMALL = ['--window', '64KiB', '--max-memory', '256KiB']

const unix = process.platform === 'win32' ? test.skip : test
/**
 * util-linux's `script` gives a pseudo-terminal; other systems' has other options. Serial, because these go
 * by the clock.
 */
const linux = process.platform === 'linux' ? test.serial : test.serial.skip

let folder = ''

const run = (args: string[], env?: NodeJS.ProcessEnv): Promise<Outcome> => runTool(folder, args, env)
const shell = (line: string, env?: NodeJS.ProcessEnv): Promise<Outcome> => runShell(folder, line, env)
const tool = (command: string, ...args: string[]): string => classic(folder, command, ...args)

function json(outcome: Outcome) {
  return JSON.parse(outcome.stdout)
}

/**
 * 3 MiB of lines of all lengths, with ERROR here and there, and once across the border of the first 64 KiB.
 */
function makeLog(): Buffer {
  const lines = Array.from({ length: 30_000 }, (_, n) => {
    return `${n} ${n % 997 === 5 ? 'ERROR ' : ''}${'x'.repeat((n * 7919) % 200)}`
  })
  const log = Buffer.from(`${lines.join('\n')}\n`)
  log.write('\nERROR\n', 64 * KIB - 3)
  return log
}

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'smmap-cli-'))
  const inFolder = (name: string): string => path.join(folder, name)
  await writeFile(inFolder('app.log'), makeLog())
  await writeFile(inFolder('no-newline'), 'one\nthree')
  await writeFile(inFolder('empty'), '')
  await writeFile(inFolder('endless'), '')
  await truncate(inFolder('endless'), 1024 ** 4)
  await mkdir(inFolder('folder'))
})

test.after.always(() => rm(folder, { recursive: true, force: true }))

unix('bytes and lines are those of wc -lc, the longest line that of awk', async (t) => {
  for (const file of ['app.log', 'no-newline', 'empty']) {
    const [lines, bytes] = tool('wc', '-lc', file).trim().split(/\s+/).map(Number)
    const program = '{ if (length($0) > most) most = length($0) } END { print most + 0 }'
    const longestLine = Number(tool('awk', program, file))
    const [report] = json(await run(['scan', '--json', ...SMALL, file])).files
    t.like(report, { file, status: 'done', bytes, lines, longestLine })
  }
})

unix('--find counts and locates what grep -o and grep -b do', async (t) => {
  const matches = tool('grep', '-ob', 'ERROR', 'app.log').trim().split('\n')
  const offsets = matches.map((match) => Number.parseInt(match, 10))
  t.true(offsets.includes(64 * KIB - 2), 'one match crosses the border of a window')
  const [report] = json(await run(['scan', '--json', ...SMALL, '--find', 'ERROR', 'app.log'])).files
  t.is(report.found, matches.length)
  t.deepEqual(report.offsets, offsets.slice(0, 10))
})

test('--json prints one object: each file, the total, the memory', async (t) => {
  const files = ['app.log', 'empty', 'app.log', 'absent']
  const outcome = await run(['scan', '--json', ...SMALL, '--find', 'ERROR', ...files])
  t.is(outcome.stdout.trimEnd().split('\n').length, 1)
  const report = json(outcome)
  t.deepEqual(Object.keys(report), ['files', 'total', 'partial', 'memory'])
  t.is(report.partial, false)
  t.deepEqual(
    report.files.map((file: { file: string }) => file.file),
    files,
  )
  t.deepEqual(Object.keys(report.files[0]), [
    'file',
    'status',
    'bytes',
    'lines',
    'longestLine',
    'found',
    'offsets',
    'seconds',
    'bytesPerSecond',
  ])
  t.like(report.files[1], { status: 'done', bytes: 0, lines: 0, longestLine: 0, found: 0 })
  t.like(report.files[3], { status: 'failed', error: { code: 'ENOENT' } })
  const { bytes, lines, longestLine, found, seconds } = report.files[0]
  t.like(report.total, { files: 3, bytes: 2 * bytes, lines: 2 * lines, longestLine, found: 2 * found })
  t.true(seconds > 0 && report.total.seconds > seconds)
  t.is(report.files[0].bytesPerSecond, Math.round(bytes / seconds))
  t.is(report.memory.window, 64 * KIB)
})

test('without --find the report has no matches', async (t) => {
  const { files, total } = json(await run(['scan', '--json', 'app.log']))
  t.false('found' in files[0] || 'offsets' in files[0] || 'found' in total)
})

test('no more is mapped than --max-memory, also when that is a single window', async (t) => {
  for (const maxMemory of [64 * KIB, 256 * KIB]) {
    const outcome = await run([
      'scan',
      '--json',
      '--max-memory',
      String(maxMemory),
      '--window',
      '64KiB',
      'app.log',
    ])
    t.is(outcome.code, 0, outcome.stderr)
    const { memory } = json(outcome)
    t.is(memory.maxMemory, maxMemory)
    t.true(memory.peakMapped >= 64 * KIB && memory.peakMapped <= maxMemory, `${memory.peakMapped} mapped`)
    t.true(memory.peakRss > 10 * MIB && memory.peakRss < 1024 * MIB, `${memory.peakRss} resident`)
  }
})

test('sizes are bytes or numbers with a unit', async (t) => {
  const sizes = {
    1048576: MIB,
    '1024K': MIB,
    '1024KiB': MIB,
    '1mib': MIB,
    '1.5M': 1.5 * MIB,
    '1 G': 1024 * MIB,
    '2MB': 2e6,
  }
  for (const [text, bytes] of Object.entries(sizes)) {
    const { memory } = json(await run(['scan', '--json', '--max-memory', text, '--window', '64K', 'empty']))
    t.is(memory.maxMemory, bytes, text)
  }
})

test('the window is 64 MiB, or the limit where that is less', async (t) => {
  t.like(json(await run(['scan', '--json', 'empty'])).memory, { maxMemory: 256 * MIB, window: 64 * MIB })
  t.is(json(await run(['scan', '--json', '--max-memory', '1MiB', 'empty'])).memory.window, MIB)
})

test('a limit or window of odd size is rounded down to what can be mapped', async (t) => {
  for (const odd of [
    ['--max-memory', '1000001'],
    ['--window', '100000'],
    ['--window', '70000', '--max-memory', '70000'],
  ]) {
    const outcome = await run(['scan', '--json', ...odd, 'app.log'])
    t.is(outcome.code, 0, outcome.stderr)
    const { maxMemory, window, peakMapped } = json(outcome).memory
    t.is(window % ALLOCATIONGRANULARITY, 0)
    t.true(peakMapped > 0 && peakMapped <= maxMemory, `${peakMapped} mapped`)
  }
})

test('the table shows every file, the total, the matches and the memory', async (t) => {
  const { code, stdout, stderr } = await run(['scan', ...SMALL, '--find', 'ERROR', 'app.log', 'no-newline'])
  t.is(code, 0)
  t.is(stderr, '')
  t.regex(stdout, /^file +bytes +lines +longest +found +time +rate\n/)
  t.regex(stdout, /^app\.log +[\d,]+ +30,00\d +\d+ +3\d +[\d.]+ m?s +[\d.]+ [KMG]iB\/s$/m)
  t.regex(stdout, /^no-newline +9 +1 +5 +0 /m)
  t.regex(stdout, /^total \(2 files\) /m)
  t.regex(stdout, /^“ERROR” found at byte\n {2}app\.log: \d+( \d+){9} … and 2\d more$/m)
  t.regex(stdout, /^mapped at most +\d+ KiB {3}limit 256 KiB, windows of 64 KiB$/m)
  t.regex(stdout, /^resident at most +[\d.]+ MiB/m)
})

test('exit codes: 0 when found, 1 when found nowhere, 2 after an error even if found', async (t) => {
  t.is((await run(['scan', '--find', 'three', 'empty', 'no-newline'])).code, 0)
  t.is((await run(['scan', '--find', 'four', 'empty', 'no-newline'])).code, 1)
  t.is((await run(['scan', '--find', 'three', 'absent', 'no-newline'])).code, 2)
})

test('--quiet prints nothing but errors, and answers by its exit code', async (t) => {
  t.deepEqual(await run(['scan', '--quiet', '--find', 'three', 'no-newline']), {
    code: 0,
    stdout: '',
    stderr: '',
  })
  t.deepEqual(await run(['scan', '--quiet', '--find', 'four', 'no-newline']), {
    code: 1,
    stdout: '',
    stderr: '',
  })
  t.regex((await run(['scan', '--quiet', 'absent'])).stderr, /^smmap: ENOENT: .*absent/)
  t.is(json(await run(['scan', '--quiet', '--json', 'no-newline'])).total.bytes, 9)
})

test('a file that cannot be scanned is named on stderr, the others are scanned', async (t) => {
  const { code, stdout, stderr } = await run(['scan', 'absent', 'folder', 'no-newline'])
  t.is(code, 2)
  const [absent, directory, ...rest] = stderr.split('\n')
  t.regex(absent!, /^smmap: ENOENT: no such file or directory, .*absent/)
  t.regex(directory!, /^smmap: EISDIR: .*folder/)
  t.deepEqual(rest, [''])
  t.regex(stdout, /^no-newline +9 /m)
  t.regex(stdout, /^failed: 2 of 3 files/m)
})

unix('a FIFO is refused at once', async (t) => {
  tool('mkfifo', 'fifo')
  const { code, stderr } = await run(['scan', 'fifo'])
  t.is(code, 2)
  t.regex(stderr, /^smmap: ERR_SMMAP_NOT_REGULAR_FILE: .*fifo/)
})

const wrongUse: [given: string[], answer: RegExp][] = [
  [['scan'], /missing required argument 'file'/],
  [['scan', '-'], /'-' is invalid.*a pipe cannot be mapped/i],
  [['scan', '--windw', '1M', 'empty'], /'--windw' \(Did you mean --window\?\)/],
  [['scan', '--window', '3q', 'empty'], /--window.*'3q'.*Allowed are.*64KiB/],
  [['scan', '--window', '-1', 'empty'], /--window.*'-1'.*Allowed are/],
  [['scan', '--max-memory', '0', 'empty'], /--max-memory.*'0'.*Allowed are/],
  [['scan', '--max-memory', '9999999T', 'empty'], /--max-memory.*'9999999T'.*Allowed are/],
  [['scan', '--max-memory', '100', 'empty'], /--max-memory is 100 B.*least is [\d.]+ KiB/],
  [['scan', '--window', '1G', 'empty'], /--window is 1 GiB.*--max-memory, which is 256 MiB/],
  [['scan', '--find', '', 'empty'], /--find.*''.*at least one byte/],
  [['scan', '--find'], /--find <text>' argument missing/],
  [['skan', 'empty'], /unknown command 'skan' \(Did you mean scan\?\)/],
]

for (const [given, answer] of wrongUse) {
  test(`wrong use is answered on one line, with exit code 2: smmap ${given.join(' ')}`, async (t) => {
    const { code, stdout, stderr } = await run(given)
    t.is(code, 2)
    t.is(stdout, '')
    t.regex(stderr, /^smmap: [^\n]+\n$/)
    t.regex(stderr, answer)
  })
}

test('the help names every option, the exit codes and an example, in 80 columns', async (t) => {
  const { code, stdout } = await run(['scan', '--help'])
  t.is(code, 0)
  for (const word of [
    '--max-memory',
    '--window',
    '--find',
    '--json',
    '--quiet',
    '--progress',
    'NO_COLOR',
    '130',
    '$ smmap scan',
  ]) {
    t.true(stdout.includes(word), word)
  }
  t.deepEqual(
    stdout.split('\n').filter((line) => line.length > 80),
    [],
  )
  t.like(await run(['help', 'scan']), { code: 0, stdout })
  const bare = await run([])
  t.like(bare, { code: 2, stdout: '' })
  t.regex(bare.stderr, /^Usage: smmap .*scan/s)
})

test('--version is the package version; it and the help need no binary', async (t) => {
  const { version } = JSON.parse(readFileSync('cli/package.json', 'utf8'))
  t.is(version, JSON.parse(readFileSync('package.json', 'utf8')).version, 'the library has the same')
  // All its packages but the library.
  await cp('cli/dist', path.join(folder, 'alone/dist'), { recursive: true })
  await cp('cli/package.json', path.join(folder, 'alone/package.json'))
  await mkdir(path.join(folder, 'alone/node_modules'))
  for (const name of Object.keys(JSON.parse(readFileSync('cli/package.json', 'utf8')).dependencies)) {
    if (name === 'smmap') continue
    const at = [path.resolve('cli/node_modules', name), path.resolve('node_modules', name)].find(existsSync)
    await symlink(at ?? name, path.join(folder, 'alone/node_modules', name))
  }
  const alone = 'alone/dist/main.js'
  t.is(tool(process.execPath, alone, '--version'), `${version}\n`)
  t.regex(tool(process.execPath, alone, '--help'), /^Usage: smmap/)
})

unix('control characters in a name are written out, not sent to the terminal', async (t) => {
  const name = 'red\u001b[31m\nname'
  await writeFile(path.join(folder, name), 'x')
  const { stdout, stderr } = await run(['scan', name, `${name}.absent`])
  t.regex(stdout, /^red\\x1b\[31m\\x0aname +1 /m)
  t.regex(stderr, /^smmap: ENOENT: [^\n]*red\\x1b\[31m\\x0aname\.absent[^\n]*\n$/)
})

unix('a reader that stops early is no error', async (t) => {
  // Far more than a pipe holds, so that the tool still writes when the reader is gone.
  const many = Array.from({ length: 2000 }, () => 'empty').join(' ')
  const { stdout, stderr } = await shell(`smmap scan --json ${many} | head -c 1; echo " \${PIPESTATUS[0]}"`)
  t.is(stdout, '{ 0\n')
  t.is(stderr, '')
})

linux('a report that cannot be written is an error', async (t) => {
  const { code, stderr } = await shell('smmap scan empty > /dev/full')
  t.is(code, 2)
  t.regex(stderr, /^smmap: ENOSPC: /)
})

for (const [signal, exitCode] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  unix(`${signal} ends the scan, and what was done is printed as partial`, async (t) => {
    const files = ['no-newline', 'absent', 'endless', 'empty']
    const args = ['scan', '--json', '--progress', 'always', ...SMALL, ...files]
    const child = spawn(process.execPath, [MAIN, ...args], { cwd: folder, env: cleanEnvironment() })
    // Its first line of progress says that something of the endless file was counted.
    child.stderr.on('data', (part: Buffer) => part.includes('endless') && child.kill(signal))
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (part) => (stdout += part))
    const code = await new Promise((resolve) => child.on('close', resolve))
    t.is(code, exitCode)
    const report = JSON.parse(stdout)
    t.true(report.partial)
    t.deepEqual(
      report.files.map((file: { status: string }) => file.status),
      ['done', 'failed', 'partial', 'skipped'],
    )
    const { bytes, longestLine, fileSize } = report.files[2]
    t.true(bytes > 0 && bytes < fileSize)
    t.is(longestLine, bytes, 'what was counted so far: zeros, without a newline')
    t.is(fileSize, 1024 ** 4)
    t.like(report.total, { files: 1, bytes: 9 + bytes, lines: 1, longestLine })
  })
}

/**
 * Scans the endless file under a pseudo-terminal, is interrupted after three seconds, and returns what the
 * terminal got.
 */
async function onTerminal(options: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const scan = `'${process.execPath}' '${MAIN}' scan ${SMALL.join(' ')} ${options} endless`
  const command = `timeout --foreground --preserve-status -s INT 3 ${scan}`
  return shell(`script -qefc "${command}" /dev/null`, env)
}

linux('on a terminal a bar shows percent, rate, time left and mapped memory, then goes away', async (t) => {
  const { code, stdout } = await onTerminal('')
  t.is(code, 130)
  const text = stripVTControlCharacters(stdout)
  t.regex(text, /endless {2}[━─]{5,} +0% {2}[\d.]+ [KMG]iB\/s {2}ETA \d.* {2}\d+ KiB mapped/)
  t.regex(text, /^partial: interrupted; endless stopped after [\d.]+ [KMG]iB of 1 TiB\r?$/m)
  t.regex(stdout, /\u001b\[[\d;]*m/, 'in colour')
  const [wrapOff, wrapOn] = ['\u001b[?7l', '\u001b[?7h'].map((sequence) => stdout.lastIndexOf(sequence))
  t.true(wrapOff! > 0 && wrapOn! > wrapOff!, 'line wrapping is switched on again')
})

linux('NO_COLOR keeps the bar and takes the colours', async (t) => {
  const { stdout } = await onTerminal('', { NO_COLOR: '1' })
  t.regex(stdout, /ETA \d/)
  t.notRegex(stdout, /\u001b\[[\d;]*m/)
})

// It was: in CI, and nowhere else, results in pipes and files were full of colours. Off a terminal Node
// leaves `isTTY` undefined, and the library for colours took that for "decide by the environment".
test('a pipe gets no colours, wherever it runs', async (t) => {
  for (const env of [{}, { CI: 'true' }, { GITHUB_ACTIONS: 'true', CI: 'true', COLORTERM: 'truecolor' }]) {
    const { stdout, stderr } = await run(['scan', '--find', 'ERROR', '--progress=never', 'app.log'], env)
    t.regex(stdout, /found/)
    t.notRegex(stdout + stderr, /\u001b/)
  }
})

for (const [options, env] of [
  ['--progress never', {}],
  ['--quiet', {}],
  ['--json', {}],
  ['', { TERM: 'dumb' }],
] as const) {
  linux(`no bar on a terminal with ${options || 'TERM=dumb'}`, async (t) => {
    const { code, stdout } = await onTerminal(options, env)
    t.is(code, 130)
    t.notRegex(stdout, /ETA|\u001b\[\?7/)
  })
}
