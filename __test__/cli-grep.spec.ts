/** @file grep's options as fingers expect them: each beside GNU grep, and many of them at random. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import zlib from 'node:zlib'
import test from 'ava'
import { cleanEnvironment, MAIN, runShell, runTool } from './helpers/cli.js'
import { tempFolder } from './helpers/files.js'

const linux = process.platform === 'linux' ? test : test.skip

const WORDS = ['foo', 'foobar', 'bar', 'foo_bar', 'Foo', 'x', '', 'foo bar', 'a.b', 'a+b', 'été', 'foo-bar']

/** Files of short lines, the same in every run. */
function stage(folder: string): void {
  let state = 7
  const next = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % most
  }
  const lines = (count: number): string =>
    Array.from({ length: count }, () =>
      `${WORDS[next(WORDS.length)]} ${WORDS[next(WORDS.length)]}`.trim(),
    ).join('\n')
  mkdirSync(path.join(folder, 'logs/sub'), { recursive: true })
  for (const name of ['a', 'b', 'logs/c.log', 'logs/sub/d.log', 'logs/sub/e.txt'])
    writeFileSync(path.join(folder, name), `${lines(30)}${next(2) === 0 ? '' : '\n'}`)
  writeFileSync(path.join(folder, 'empty'), '')
  writeFileSync(path.join(folder, 'patterns'), 'foo\nx$\n')
  writeFileSync(path.join(folder, 'texts'), 'foo\nfoobar\na+b\n')
  symlinkSync('a', path.join(folder, 'link'))
}

/** Both outputs and exit codes are the same; without a file, both read `input`. */
function compare(folder: string, args: readonly string[], input = ''): { ours: string; theirs: string } {
  const options = { cwd: folder, env: cleanEnvironment(), encoding: 'utf8', input } as const
  const ours = spawnSync(process.execPath, [MAIN, 'grep', ...args], options)
  const theirs = spawnSync('grep', args as string[], options)
  const told = ({ stdout, status }: typeof ours): string => `${stdout}exit ${status}`
  return { ours: told(ours), theirs: told(theirs) }
}

const CALLS: readonly string[][] = [
  ['-w', 'foo', 'a'],
  ['-x', 'foo', 'a', 'b'],
  ['-ow', 'foo', 'a', 'b'],
  ['-e', 'x', '-e', 'bar', 'a'],
  ['-e', 'x', 'a', 'b'],
  ['-f', 'patterns', 'a'],
  ['-vf', 'empty', 'a'],
  ['-f', 'empty', 'a'],
  ['-oF', '-f', 'texts', 'a', 'b'],
  ['-F', '-x', 'foo bar', 'a', 'b'],
  ['-2', 'x', 'a'],
  ['-1n', 'x', 'a', 'b'],
  ['-A0', 'x', 'a', 'b'],
  ['-o', '-C1', 'x', 'a'],
  ['-L', 'nothing', 'a', 'empty'],
  ['-L', 'foo', 'a', 'empty'],
  ['-s', 'foo', 'absent', 'a'],
  ['-E', '-c', 'fo+', 'a'],
  ['-P', '-n', 'fo{2}', 'a'],
  ['-a', 'été', 'a'],
  ['-G', 'fo*', 'a'],
  ['-hr', '--include=*.log', '-c', 'foo', 'logs/c.log'],
  ['--color=always', '-nb', 'foo', 'a', 'b'],
  ['--colour=always', '-o', 'foo', 'a'],
  ['--color=always', '-C1', 'x', 'a', 'b'],
  ['foo\nbar', 'a'],
  ['-F', '', 'a', 'empty'],
  ['-l', '-L', 'foo', 'a', 'empty'],
  ['-Ll', 'foo', 'a', 'empty'],
  ['--', '-bar', 'a'],
]

for (const args of CALLS.filter((each) => each[0] !== '-hr')) {
  linux(`grep ${JSON.stringify(args)} is as GNU grep's`, (t) => {
    const folder = tempFolder(t)
    stage(folder)
    const { ours, theirs } = compare(folder, args)
    t.is(ours, theirs)
  })
}

linux('what comes from a pipe is read, as "-" and where no file is named', (t) => {
  const folder = tempFolder(t)
  stage(folder)
  for (const args of [
    ['-n', 'foo'],
    ['-c', 'foo', '-'],
    ['-H', 'foo'],
    ['foo', 'a', '-'],
    ['-m', '1', 'foo'],
  ]) {
    const { ours, theirs } = compare(folder, args, 'foo\nbar\nfoo')
    t.is(ours, theirs, args.join(' '))
  }
})

linux('a pipe without an end is read until there is enough', async (t) => {
  const { stdout } = await runShell(
    tempFolder(t),
    'yes | timeout 60 smmap grep -q y; yes | smmap grep -m 2 y',
  )
  t.is(stdout, 'y\ny\n')
})

linux('-r searches folders, by globs, and without links', (t) => {
  const folder = tempFolder(t)
  stage(folder)
  const sorted = (text: string): string[] => text.split('\n').toSorted()
  for (const args of [
    ['-r', 'foo'],
    ['-r', 'foo', '.'],
    ['-r', 'foo', 'logs/', 'a'],
    ['-rc', '--include', '*.log', 'foo', 'logs'],
    ['-rl', '--exclude', '*.t?t', 'foo', 'logs'],
    ['-rl', '--exclude-dir', 'sub', 'foo'],
    ['-rl', '--include=[c-d].*', 'foo'],
    ['-Rl', 'foo'],
    ['-rh', 'foo', 'a'].map((arg) => (arg === '-rh' ? '-r' : arg)),
  ]) {
    const { ours, theirs } = compare(folder, args)
    t.deepEqual(sorted(ours), sorted(theirs), args.join(' '))
  }
})

linux('many calls at random are as GNU grep answers them', (t) => {
  const folder = tempFolder(t)
  stage(folder)
  let state = 11
  const next = (most: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return (state >>> 16) % most
  }
  const patterns = [
    'foo',
    'bar$',
    '^x',
    'o+',
    'fo{2}',
    '[a-f]+',
    '(foo|bar)_?',
    'a\\.b',
    'a.b',
    'zzz',
    '^$',
    'été',
  ]
  const flags = [
    '-w',
    '-x',
    '-v',
    '-i',
    '-n',
    '-b',
    '-o',
    '-c',
    '-l',
    '-L',
    '-H',
    '-1',
    '-A2',
    '-B3',
    '-m2',
    '-s',
  ]
  for (let call = 0; call < 60; call += 1) {
    const chosen = flags.filter(() => next(6) === 0)
    // Of context lines, GNU grep prints the matches then; no line that is wanted has any.
    if (chosen.includes('-v') && chosen.includes('-o') && chosen.some((flag) => /^-[1AB]/.test(flag)))
      continue
    const pattern = patterns[next(patterns.length)] ?? ''
    const args = ['-E', ...chosen, '-e', pattern, ...['a', 'b', 'empty', 'absent'].slice(next(3))]
    const { ours, theirs } = compare(folder, args)
    t.is(ours, theirs, args.join(' '))
  }
})

linux('on a terminal a binary file is only announced; -a prints it', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'binary'), 'foo \0 \u001b]0;title\u0007 bar\n')
  const onTerminal = (args: string): string =>
    `script -qefc "'${process.execPath}' '${MAIN}' grep ${args}" /dev/null < /dev/null`
  const told = await runShell(folder, onTerminal('foo binary'))
  t.regex(told.stdout, /binary: binary file matches/)
  t.false(told.stdout.includes('title'))
  t.true((await runShell(folder, onTerminal('-a foo binary'))).stdout.includes('title'))
  t.true((await runShell(folder, onTerminal('-a bar binary'))).stdout.includes('\u001b[01;31m\u001b[Kbar'))
  t.true((await runTool(folder, ['grep', 'foo', 'binary'])).stdout.includes('title'), 'a pipe gets it all')
})

test('--decompress unpacks gzip files first, and zstd where Node.js can', async (t) => {
  const folder = tempFolder(t)
  const text = Buffer.from('one\nfoo\nthree\n')
  writeFileSync(path.join(folder, 'log.gz'), zlib.gzipSync(text))
  writeFileSync(path.join(folder, 'plain'), text)
  const { stdout } = await runTool(folder, ['grep', '-n', '--decompress', 'foo', 'log.gz', 'plain'])
  t.is(stdout, 'log.gz:2:foo\nplain:2:foo\n')
  t.is((await runTool(folder, ['lines', '--decompress', 'log.gz'])).stdout, '3 log.gz\n')
  writeFileSync(path.join(folder, 'broken.gz'), zlib.gzipSync(text).subarray(0, 15))
  const broken = await runTool(folder, ['grep', '--decompress', 'foo', 'broken.gz'])
  t.is(broken.code, 2)
  t.regex(broken.stderr, /^smmap: .*broken\.gz\n$/)
  const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
  if (!zstdCompressSync) return
  writeFileSync(path.join(folder, 'log.zst'), zstdCompressSync(text))
  t.is((await runTool(folder, ['grep', '--decompress', 'foo', 'log.zst'])).stdout, 'foo\n')
})

test('a basic expression that means something else is refused', async (t) => {
  const folder = tempFolder(t)
  writeFileSync(path.join(folder, 'a'), 'a+b\n')
  t.regex((await runTool(folder, ['grep', '-G', 'a+b', 'a'])).stderr, /^smmap: -G 'a\+b'.*-E\n$/)
})
