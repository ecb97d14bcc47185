/**
 * @file What `smmap follow` prints while files are written to and rotated, and when it ends. The library's
 * part is in follow.spec.
 */
import { appendFileSync, renameSync, writeFileSync } from 'node:fs'
import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { cleanEnvironment, MAIN, runShell } from './helpers/cli.js'
import { tempFolder } from './helpers/files.js'

const unix = process.platform === 'win32' ? test.skip : test

/** Follows in a folder; `until` waits for what it has printed by then, a minute at most. */
function begin(t: ExecutionContext, folder: string, ...args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'follow', '--interval', '20', ...args], {
    cwd: folder,
    env: cleanEnvironment(),
  })
  t.teardown(() => child.kill('SIGKILL'))
  const got = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (part) => (got.out += part))
  child.stderr.setEncoding('utf8').on('data', (part) => (got.err += part))
  const until = async (is: (got: { out: string; err: string }) => boolean): Promise<void> => {
    for (let waits = 0; !is(got) && waits < 1500; waits += 1) await sleep(40)
    t.true(is(got), JSON.stringify(got).slice(0, 500))
  }
  return { child, got, until }
}

// A burst of more than 64 KiB was cut amid lines: `--json` gave halves of them as lines.
unix('a burst is an object a line, however long it is', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'log'), 'before\n')
  const { got, until } = begin(t, folder, '--json', 'log')
  await until(({ out }) => out.endsWith('\n'))
  const lines = Array.from({ length: 5000 }, (_, n) => `${n} ${'é'.repeat(20)} end`)
  appendFileSync(path.join(folder, 'log'), `${lines.join('\n')}\n`)
  await until(({ out }) => out.split('\n').length > lines.length + 1)
  const texts = got.out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).text)
  t.deepEqual(texts, ['before', ...lines])
})

// "text" had U+FFFD in their place, and nothing told two such lines apart.
unix('bytes that are no UTF-8 are in the JSON too', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'log'), Buffer.from('caf\xe9\r\nplain\n', 'latin1'))
  const { got, until } = begin(t, folder, '--json', 'log')
  await until(({ out }) => out.split('\n').length > 2)
  const [first, second] = got.out.split('\n').map((line) => (line === '' ? null : JSON.parse(line)))
  t.deepEqual(Buffer.from(first.base64, 'base64'), Buffer.from('caf\xe9', 'latin1'))
  t.deepEqual(second, { file: 'log', type: 'line', offset: 6, text: 'plain' })
})

// It ended when something more was written to the file: never, where READY was the last line.
unix('it ends when its reader has gone, also where nothing is written any more', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'log'), 'starting\nREADY\n')
  const follow = `timeout 60 '${process.execPath}' '${MAIN}' follow log`
  const line = `( ${follow}; echo "exit $?" >&2 ) | grep -m 1 -q READY`
  const { stderr } = await runShell(folder, line)
  t.is(stderr, 'exit 0\n')
})

unix('so it does when its reader is a socket', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'log'), 'first\n')
  const { child, until } = begin(t, folder, 'log')
  await until(({ out }) => out === 'first\n')
  const end = new Promise((resolve) => child.once('exit', resolve))
  child.stdout.destroy()
  t.is(await end, 0)
})

unix('a file that is not there yet is waited for, and told', async (t) => {
  const folder = tempFolder(t)
  const { until } = begin(t, folder, 'later')
  await until(({ err }) => /^smmap: ENOENT: .*later'\n$/.test(err))
  writeFileSync(path.join(folder, 'later'), 'here\n')
  await until(({ out }) => out === 'here\n')
  await until(({ err }) => err.endsWith('smmap: later is there\n'))
})

// Each waited by listeners of its own on one signal and on stdout: Node.js warned of a leak on stderr.
unix('fifteen files make no warning', async (t) => {
  const folder = tempFolder(t)
  const names = Array.from({ length: 15 }, (_, n) => `log${n}`)
  for (const name of names) writeFileSync(path.join(folder, name), `${'x'.repeat(40_000)}\n`.repeat(9))
  const { got, until } = begin(t, folder, ...names)
  await until(({ out }) => out.length > names.length * 9 * 40_000)
  for (const name of names) appendFileSync(path.join(folder, name), `last of ${name}\n`)
  await until(({ out }) => names.every((name) => out.includes(`last of ${name}\n`)))
  t.is(got.err, '')
})

unix('an incomplete last line of a file that was replaced is not joined to the next one', async (t) => {
  const folder = tempFolder(t)
  const log = path.join(folder, 'log')
  writeFileSync(log, 'first\n')
  const { until } = begin(t, folder, 'log')
  await until(({ out }) => out === 'first\n')
  appendFileSync(log, 'incompl')
  renameSync(log, `${log}.1`)
  writeFileSync(log, 'second\n')
  await until(({ out }) => out === 'first\nincompl\nsecond\n')
})
