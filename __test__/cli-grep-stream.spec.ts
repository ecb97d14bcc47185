// `smmap grep` on a pipe: lines are printed as they come, each once, with the right numbers and neighbours,
// however they are cut. At random against GNU grep; SMMAP_DIFFERENTIAL=1000 makes as many calls.
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { onLinux } from './fixtures/platform.js'
import { cleanEnvironment, MAIN, runShell } from './helpers/cli.js'
import { tempFolder } from './helpers/files.js'

const CALLS = Number(process.env.SMMAP_DIFFERENTIAL ?? 30)
const SEED = Number(process.env.SMMAP_SEED ?? 14)

type Tool = ChildProcessByStdio<Writable, Readable, null>

function start(t: ExecutionContext, args: readonly string[]): Tool {
  const stdio = ['pipe', 'pipe', 'ignore'] as const
  const child = spawn(process.execPath, [MAIN, 'grep', ...args], {
    stdio: [...stdio],
    env: cleanEnvironment(),
  })
  t.teardown(() => child.kill('SIGKILL'))
  // It may end before all was written.
  child.stdin.on('error', () => {})
  return child as Tool
}

/** What it prints until that has as many bytes. */
async function printed(child: Tool, size: number): Promise<string> {
  let text = ''
  while (text.length < size) {
    const piece: unknown = child.stdout.read()
    if (piece === null) await once(child.stdout, 'readable')
    else text += String(piece)
  }
  return text
}

async function answer(child: Tool): Promise<{ text: string; code: unknown }> {
  const pieces: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => pieces.push(piece))
  const [code] = (await once(child, 'close')) as [unknown]
  return { text: Buffer.concat(pieces).toString(), code }
}

test('a line is printed as soon as it is there, while the pipe stays open', async (t) => {
  const child = start(t, ['-n', 'x'])
  child.stdin.write('one x\ntwo\nthree ')
  t.is(await printed(child, 8), '1:one x\n')
  child.stdin.write('x\n')
  t.is(await printed(child, 10), '3:three x\n')
  child.stdin.end('four\nx')
  t.deepEqual(await answer(child), { text: '5:x\n', code: 0 })
})

test('it ends when enough was found, while the pipe stays open', async (t) => {
  const ends: [args: string[], text: string][] = [
    [['-m', '1', 'x'], 'x1\n'],
    [['-q', 'x'], ''],
    [['-l', 'x'], '(standard input)\n'],
    [['-c', '-m', '2', 'x'], '2\n'],
    [['-n', '-m', '1', '-A', '1', 'x'], '2:x1\n3-b\n'],
    [['-m', '1', '-A', '2', '-B', '3', 'x'], 'a\nx1\nb\nx2\n'],
  ]
  for (const [args, text] of ends) {
    const child = start(t, args)
    child.stdin.write('a\nx1\nb\nx2\n')
    t.deepEqual(await answer(child), { text, code: 0 }, args.join(' '))
  }
})

test('lines around those that match are found across pieces', async (t) => {
  const child = start(t, ['-n', '-C', '2', 'x'])
  child.stdin.write('1\n2\n3\n4\n')
  // Nothing shows that these were searched: the tool starts in some hundred milliseconds.
  await wait(500)
  child.stdin.write('x\n')
  t.is(await printed(child, 12), '3-3\n4-4\n5:x\n')
  child.stdin.write('6\n')
  t.is(await printed(child, 4), '6-6\n')
  for (const line of ['7', '8', '9', 'x']) {
    child.stdin.write(`${line}\n`)
    await wait(50)
  }
  child.stdin.end()
  t.deepEqual(await answer(child), { text: '7-7\n8-8\n9-9\n10:x\n', code: 0 })
})

onLinux(
  'it takes as little memory and disk for a stream without end, and for a line without end',
  async (t) => {
    const folder = tempFolder(t)
    const limit = 'ulimit -f 65536; ulimit -v 4000000'
    const env = { TMPDIR: folder }
    const many = await runShell(folder, `${limit}; yes 'a line' | head -c 300M | smmap grep -c line`, env)
    t.deepEqual(many, { code: 0, stdout: `${Math.floor((300 * 2 ** 20) / 7)}\n`, stderr: '' })
    const line = await runShell(folder, `head -c 40M /dev/zero | tr '\\0' y | smmap grep -c y`, env)
    t.deepEqual(line, { code: 0, stdout: '1\n', stderr: '' })
  },
)

/** Numbers that are the same in each run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function makeArguments(random: (below: number) => number): string[] {
  const flags = ['-n', '-b', '-v', '-i', '-c', '-H', ['-w', '-x', '-o'][random(3)] as string]
  const args = flags.filter(() => random(5) === 0)
  if (random(2) === 0) args.push(['-A', '-B', '-C'][random(3)] as string, String(random(4)))
  if (random(4) === 0) args.push(['-A', '-B'][random(2)] as string, String(random(4)))
  if (random(3) === 0) args.push('-m', String(1 + random(4)))
  if (random(8) === 0) args.push('--color=always')
  const isOnly = args.includes('-o')
  return [
    ...(isOnly ? args.filter((arg) => arg !== '-v') : args),
    ['m', 'ab', 'x', 'c', '', 'q'][random(isOnly ? 4 : 6)] as string,
  ]
}

function makeText(random: (below: number) => number): string {
  const count = random(random(4) === 0 ? 3000 : 30)
  const line = (): string => 'abcx'.slice(random(4)).repeat(random(3)) + (random(5) === 0 ? 'm' : '')
  return Array.from({ length: count }, line).join('\n') + (random(3) > 0 ? '\n' : '')
}

async function compare(t: ExecutionContext, random: (below: number) => number): Promise<void> {
  const [args, text] = [makeArguments(random), makeText(random)]
  const child = start(t, [...args, '-'])
  const answered = answer(child)
  const most = text.length > 500 ? 9000 : 40
  for (let at = 0; at < text.length;) {
    const end = at + 1 + random(most)
    child.stdin.write(text.slice(at, end))
    // The first time long enough for the tool to start.
    if (at === 0) await wait(150 + random(100))
    else if (random(3) === 0) await wait(random(10))
    at = end
  }
  child.stdin.end()
  const { status, stdout } = spawnSync('grep', ['-a', ...args, '-'], { input: text, env: cleanEnvironment() })
  t.deepEqual(await answered, { text: stdout.toString(), code: status }, JSON.stringify({ args, text }))
}

onLinux('any text in any pieces gives what GNU grep gives', async (t) => {
  t.timeout(20_000 + 1000 * CALLS)
  const random = randomFrom(SEED)
  for (let call = 0; call < CALLS; call += 1) await compare(t, random)
})
