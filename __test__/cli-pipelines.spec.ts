/**
 * @file What every command promises to pipelines: bad files, files that change, signals, pipes,
 * progress.
 */
/* oxlint-disable no-control-regex -- what a terminal is sent are control sequences */
import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { classic, cleanEnvironment, MAIN, type Outcome, runShell, runTool } from './helpers/cli.js'
import { tempFolder } from './helpers/files.js'

const unix = process.platform === 'win32' ? test.skip : test

let folder = ''
const run = (args: string[], env?: NodeJS.ProcessEnv): Promise<Outcome> => runTool(folder, args, env)

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'smmap-pipelines-'))
  await writeFile(path.join(folder, 'log'), 'one\ntwo\nthree\n')
  await writeFile(path.join(folder, 'empty'), '')
  await writeFile(path.join(folder, 'endless'), '')
  await truncate(path.join(folder, 'endless'), 1024 ** 4)
  await writeFile(path.join(folder, 'many'), 'a line\n'.repeat(2_000_000))
  await mkdir(path.join(folder, 'folder'))
})

test.after.always(() => rm(folder, { recursive: true, force: true }))

const commands: string[][] = [
  ['grep', 't'],
  ['grep', '-c', 't'],
  ['lines'],
  ['lines', '--print', '1:3'],
  ['slice', '0'],
  ['hash'],
  ['hash', '-a', 'blake3'],
  ['split', '-n', '2'],
  ['stat'],
]

for (const command of commands) {
  unix(`bad files are named, good ones worked on: smmap ${command.join(' ')}`, async (t) => {
    const own = tempFolder(t)
    writeFileSync(path.join(own, 'log'), 'one\ntwo\n')
    writeFileSync(path.join(own, 'empty'), '')
    classic(own, 'mkdir', 'folder')
    classic(own, 'mkfifo', 'fifo')
    const good = await runTool(own, [...command, 'log'])
    t.deepEqual([good.code, good.stderr], [0, ''])
    const { code, stdout, stderr } = await runTool(own, [
      ...command,
      'absent',
      'folder',
      'fifo',
      'empty',
      'log',
    ])
    t.is(code, 2)
    const [absent, directory, fifo, ...rest] = stderr.split('\n')
    t.regex(absent!, /^smmap: ENOENT: no such file or directory, .*absent/)
    t.regex(directory!, /^smmap: EISDIR: .*folder/)
    t.regex(fifo!, /^smmap: ERR_SMMAP_NOT_REGULAR_FILE: .*fifo/)
    t.deepEqual(rest, [''])
    for (const line of good.stdout.split('\n').slice(0, 2)) {
      const found = line.replace(/^ *(\d+) log$/, '$1 log').replace(/^\[|\]$/g, '')
      t.true(stdout.includes(found), `${found} is missing in ${stdout}`)
    }
  })

  unix(`a reader that stops early is no error: smmap ${command.join(' ')}`, async (t) => {
    // For most commands more than a pipe holds, so that the tool still writes when the reader is gone.
    const smmap = `smmap ${command.join(' ')} $(yes log | head -n 3000) 2> errors`
    const line = `${smmap} | head -c 1 > first; echo "\${PIPESTATUS[0]}"; cat errors`
    const { stdout } = await runShell(folder, line)
    t.is(stdout, '0\n')
  })
}

unix('a run ends when nobody reads its results any more, however much there would be', async (t) => {
  for (const command of ['slice 0', "grep ''", 'lines --print 1:']) {
    const smmap = `timeout 60 '${process.execPath}' '${MAIN}' ${command} many`
    const line = `${smmap} | head -c 1 > first; echo "\${PIPESTATUS[0]}"`
    const { stdout, stderr } = await runShell(folder, line)
    t.deepEqual([stdout, stderr], ['0\n', ''], command)
  }
})

/** Starts the tool, and waits until it has written to stderr what progress it made. */
async function begin(t: ExecutionContext, own: string, args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd: own, env: cleanEnvironment() })
  t.teardown(() => child.kill('SIGKILL'))
  await new Promise((resolve) => child.stderr.once('data', resolve))
  return child
}

function ended(child: ChildProcess): Promise<Outcome> {
  const outcome: Outcome = { code: null, stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (part) => (outcome.stdout += part))
  child.stderr?.setEncoding('utf8').on('data', (part) => (outcome.stderr += part))
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...outcome, code })))
}

const SMALL = ['--window', '64KiB', '--max-memory', '128KiB']

for (const [args, has] of [
  [['grep', '-c', 'x'], /^0\n$/],
  [['lines'], /^0 endless\n$/],
  [['hash'], /^$/],
  [['split', '-n', '5'], /^\[\]\n$/],
] as const) {
  unix(`Ctrl-C ends the run, and what was done is told: smmap ${args.join(' ')}`, async (t) => {
    const own = tempFolder(t)
    writeFileSync(path.join(own, 'endless'), '')
    truncateSync(path.join(own, 'endless'), 1024 ** 4)
    // The missing file's error says that the run has begun.
    const child = await begin(t, own, [...args, ...SMALL, 'absent', 'endless'])
    const end = ended(child)
    await sleep(300)
    child.kill('SIGINT')
    const { code, stdout, stderr } = await end
    t.is(code, 130)
    const names = args[0] === 'grep' ? stdout.replace('endless:', '') : stdout.replace(/^ *0 total\n/m, '')
    t.regex(names, has)
    const ending = args[0] === 'grep' || args[0] === 'lines' ? '' : ', without a result'
    t.regex(
      stderr,
      new RegExp(`^smmap: partial: endless: stopped after [\\d.]+ [KMG]?i?B of 1 TiB${ending}$`, 'm'),
    )
  })
}

// The second signal was swallowed where it was another one than the first.
unix(
  'a second signal ends the program, whichever it is and though nobody reads what was written',
  async (t) => {
    for (const [first, second] of [
      ['SIGINT', 'SIGTERM'],
      ['SIGTERM', 'SIGINT'],
      ['SIGINT', 'SIGINT'],
    ] as const) {
      const child = spawn(process.execPath, [MAIN, 'lines', '--print', '1:', 'many'], { cwd: folder })
      t.teardown(() => child.kill('SIGKILL'))
      await new Promise((resolve) => child.stdout.once('readable', resolve))
      const exit = new Promise((resolve) => child.once('exit', (_code, signal) => resolve(signal)))
      child.kill(first)
      await new Promise((resolve) => child.stderr.once('data', resolve))
      child.kill(second)
      t.is(await exit, second)
    }
  },
)

unix('after Ctrl-C the tool says how far it has printed', async (t) => {
  const child = spawn(process.execPath, [MAIN, 'lines', '--print', '1:', 'many'], { cwd: folder })
  t.teardown(() => child.kill('SIGKILL'))
  await new Promise((resolve) => child.stdout.once('readable', resolve))
  child.kill('SIGINT')
  await new Promise((resolve) => child.stderr.once('readable', resolve))
  const { code, stdout, stderr } = await ended(child)
  t.is(code, 130)
  const [, reached] = /^smmap: partial: many: stopped after (\d+) MiB of 13.4 MiB\n$/.exec(stderr) ?? []
  t.is(stdout.length, Number(reached) * 2 ** 20)
})

test('--json marks what is not of a whole file', async (t) => {
  const child = await begin(t, folder, ['lines', '--json', ...SMALL, 'absent', 'endless', 'log'])
  const end = ended(child)
  await sleep(300)
  child.kill('SIGTERM')
  const { code, stdout } = await end
  t.is(code, process.platform === 'win32' ? null : 143)
  if (code === null) return
  const { files, partial } = JSON.parse(stdout)
  t.true(partial)
  t.like(files[1], { status: 'partial', lines: 0, fileSize: 1024 ** 4 })
  t.true(files[1].bytes < 1024 ** 4)
  t.like(files[2], { status: 'skipped' })
})

/** Of some hundred MiB, sparse: it takes long enough to be changed meanwhile. */
function largeFile(t: ExecutionContext): string {
  const own = tempFolder(t)
  writeFileSync(path.join(own, 'large'), 'one\n')
  truncateSync(path.join(own, 'large'), 1024 ** 4)
  return own
}

const changes: [name: string, change: (file: string) => void, error: RegExp][] = [
  [
    'truncated',
    (file) => truncateSync(file, 100),
    /ERR_SMMAP_FILE_TRUNCATED: .*from 1099511627776 to 100 bytes/,
  ],
]

for (const [name, change, error] of changes) {
  unix(`a file ${name} in mid-run is an error, and the results are marked as partial`, async (t) => {
    const own = largeFile(t)
    for (const args of [['lines'], ['grep', '-c', 'one'], ['hash', '-a', 'blake3']]) {
      truncateSync(path.join(own, 'large'), 1024 ** 4)
      const child = await begin(t, own, [...args, '--json', ...SMALL, 'absent', 'large'])
      const end = ended(child)
      await sleep(1_000)
      change(path.join(own, 'large'))
      const { code, stdout, stderr } = await end
      t.is(code, 2)
      t.regex(stderr, error)
      const { files, partial } = JSON.parse(stdout)
      if (args[0] === 'hash') t.is(files[1].status, 'failed', 'a hash of a part is none')
      else {
        t.true(partial)
        t.is(files[1].status, 'partial')
        t.is(files[1].error.code, 'ERR_SMMAP_FILE_TRUNCATED')
      }
    }
  })
}

unix('a file replaced in mid-run is an error, one that only grows is not', async (t) => {
  for (const [change, code] of [
    [(file: string) => renameSync(`${file}.new`, file), 2],
    [(file: string) => appendFileSync(file, 'more\n'), 0],
  ] as const) {
    const own = tempFolder(t)
    const file = path.join(own, 'log')
    writeFileSync(file, 'one\n'.repeat(500_000))
    writeFileSync(`${file}.new`, 'new\n')
    // The file is changed while its lines wait to be read.
    const child = spawn(process.execPath, [MAIN, 'grep', 'one', 'log'], { cwd: own, env: cleanEnvironment() })
    t.teardown(() => child.kill('SIGKILL'))
    await new Promise((resolve) => child.stdout.once('readable', resolve))
    change(file)
    const outcome = await ended(child)
    t.is(outcome.stdout.length, 2_000_000)
    t.is(outcome.code, code)
    if (code === 2) {
      t.regex(outcome.stderr, /^smmap: ERR_SMMAP_FILE_CHANGED: the file was replaced.*log/m)
      t.regex(outcome.stderr, /^smmap: partial: log/m)
    } else t.is(outcome.stderr, '')
  }
})

unix(
  'progress is a line every few seconds where CI is set or it is asked for, else nothing off a terminal',
  async (t) => {
    const watch = async (seconds: number, args: string[], env: NodeJS.ProcessEnv): Promise<string> => {
      const child = spawn(process.execPath, [MAIN, 'lines', ...SMALL, ...args, 'endless'], {
        cwd: folder,
        env: { ...cleanEnvironment(), ...env },
      })
      const end = ended(child)
      await Promise.race([
        new Promise((resolve) => child.stderr.once('data', resolve)),
        sleep(seconds * 1000),
      ])
      child.kill('SIGINT')
      return (await end).stderr.replace(/^smmap: partial.*\n/m, '')
    }
    const [ci, always, never, plain] = await Promise.all([
      watch(40, [], { CI: 'true' }),
      watch(40, ['--progress', 'always'], {}),
      watch(9, ['--progress', 'never'], { CI: 'true' }),
      watch(9, [], {}),
    ])
    for (const lines of [ci, always]) {
      t.regex(lines, /^smmap: endless {4}0% {2}[\d.]+ [KMG]iB\/s {2}ETA \d.* {2}\d+ KiB mapped\n/)
    }
    t.deepEqual([never, plain], ['', ''])
  },
)

unix('no more is mapped than --max-memory, whatever the command', async (t) => {
  const own = tempFolder(t)
  writeFileSync(path.join(own, 'log'), 'a line of text\n'.repeat(100_000))
  for (const command of [['grep', '-c', 'text'], ['lines'], ['hash', '-a', 'blake3'], ['stat']]) {
    const args = [...command, '--json', '--window', '64KiB', '--max-memory', '64KiB', 'log']
    const { code, stdout, stderr } = await runTool(own, args)
    t.deepEqual([code, stderr], [0, ''])
    const { maxMemory, peakMapped } = JSON.parse(stdout).memory
    t.deepEqual([maxMemory, peakMapped], [65_536, 65_536])
  }
})

test('--quiet prints nothing but errors, and answers by its exit code', async (t) => {
  t.deepEqual(await run(['grep', '-q', 'two', 'log']), { code: 0, stdout: '', stderr: '' })
  t.deepEqual(await run(['grep', '-q', 'four', 'log']), { code: 1, stdout: '', stderr: '' })
  t.deepEqual(await run(['lines', '-q', 'log']), { code: 0, stdout: '', stderr: '' })
  t.deepEqual(await run(['lines', '-q', '--print', '4', 'log']), { code: 1, stdout: '', stderr: '' })
})

unix('follow prints the last lines, then what is written; and tells what happens to the file', async (t) => {
  const own = tempFolder(t)
  const file = path.join(own, 'log')
  writeFileSync(file, Array.from({ length: 30 }, (_, n) => `line ${n}\n`).join(''))
  const child = spawn(process.execPath, [MAIN, 'follow', '--interval', '20', 'log'], {
    cwd: own,
    env: cleanEnvironment(),
  })
  t.teardown(() => child.kill('SIGKILL'))
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (part) => (stdout += part))
  child.stderr.setEncoding('utf8').on('data', (part) => (stderr += part))
  const until = async (is: () => boolean): Promise<void> => {
    for (let waits = 0; !is() && waits < 500; waits += 1) await sleep(20)
    t.true(is(), `${stdout}\n${stderr}`)
  }
  const last = classic(own, 'tail', 'log')
  await until(() => stdout === last)
  appendFileSync(file, 'more')
  await sleep(100)
  t.is(stdout, last, 'a line is shown when it ends')
  appendFileSync(file, ' of it\n')
  await until(() => stdout === `${last}more of it\n`)
  truncateSync(file, 0)
  await until(() =>
    /^smmap: log was truncated from 2\d\d to 0 bytes: following it from its start$/m.test(stderr),
  )
  appendFileSync(file, 'anew\n')
  await until(() => stdout.endsWith('anew\n'))
  renameSync(file, `${file}.1`)
  writeFileSync(file, 'another\n')
  await until(() => stdout.endsWith('another\n'))
  t.regex(stderr, /^smmap: log was replaced: following the new one from its start$/m)
  child.kill('SIGINT')
  t.is(await new Promise((resolve) => child.on('close', resolve)), 130)
})

unix('follow goes on with the others where a file is missing; --json is an object a line', async (t) => {
  const own = tempFolder(t)
  writeFileSync(path.join(own, 'a'), '1\n2\n3\n')
  writeFileSync(path.join(own, 'b'), 'x')
  const child = spawn(process.execPath, [MAIN, 'follow', '--json', '-n', '2', 'a', 'b', 'absent'], {
    cwd: own,
    env: cleanEnvironment(),
  })
  const end = ended(child)
  // The missing file is told at once; what the others have comes about then.
  await new Promise((resolve) => child.stdout.once('data', resolve))
  await sleep(300)
  child.kill('SIGINT')
  const { code, stdout, stderr } = await end
  t.is(code, 130)
  const objects = stdout
    .trimEnd()
    .split('\n')
    .map((text) => JSON.parse(text))
  t.deepEqual(objects, [
    { file: 'a', type: 'line', offset: 2, text: '2' },
    { file: 'a', type: 'line', offset: 4, text: '3' },
  ])
  t.regex(stderr, /^smmap: ENOENT: .*absent'\n$/)
})

unix('follow ends when nobody reads it any more', async (t) => {
  const own = tempFolder(t)
  writeFileSync(path.join(own, 'log'), 'first\n')
  const writing = setInterval(() => appendFileSync(path.join(own, 'log'), 'more\n'), 50)
  t.teardown(() => clearInterval(writing))
  // From the first line on, however many were written before it began.
  const smmap = `timeout 30 '${process.execPath}' '${MAIN}' follow --interval 20 -n 9999 log`
  const line = `${smmap} | head -n 1; echo "\${PIPESTATUS[0]}"`
  const { stdout, stderr } = await runShell(own, line)
  t.deepEqual([stdout, stderr], ['first\n0\n', ''])
})
