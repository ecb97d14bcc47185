/** @file What the tool tells about itself: wrong use, help, the man page, completions. */
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test from 'ava'
import { classic, type Outcome, runShell, runTool } from './helpers/cli.js'

const unix = process.platform === 'win32' ? test.skip : test
const linux = process.platform === 'linux' ? test : test.skip

let folder = ''
const run = (args: string[]): Promise<Outcome> => runTool(folder, args)

test.before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'smmap-help-'))
  await writeFile(path.join(folder, 'log'), 'one\ntwo\nthree\n')
})

test.after.always(() => rm(folder, { recursive: true, force: true }))

const wrongUse: [given: string[], answer: RegExp][] = [
  [['grep'], /missing required argument 'pattern'/],
  [['grep', 'x'], /missing required argument 'file'/],
  [['lines', '-'], /a pipe cannot be mapped/i],
  [['grep', '(a', 'log'], /pattern is invalid: unclosed group\. Allowed are/],
  [['grep', 'a\\nb', 'log'], /pattern is invalid: .*newline.*Allowed are/],
  [['grep', '--bytes', 'xyz', 'log'], /'xyz' is invalid with --bytes\. Allowed are pairs of hex/],
  [['grep', '-F', '--bytes', '61', 'log'], /-F and --bytes do not go together/],
  [['grep', '-m', '0', 'x', 'log'], /--max-count.*'0' is invalid.*whole numbers from 1 on/],
  [['grep', '-A', 'x', 'x', 'log'], /--after-context.*'x' is invalid.*whole numbers from 0 on/],
  [
    ['grep', '--progress', 'often', 'x', 'log'],
    /'often' is invalid. Allowed choices are auto, always, never/,
  ],
  [['grep', '--max-memory', '100', 'x', 'log'], /--max-memory is 100 B; the least is/],
  [['lines', '--print', '0', 'log'], /--print.*'0' is invalid\. Allowed are N, N:M/],
  [['lines', '--print', '5:4', 'log'], /--print.*'5:4' is invalid/],
  [['lines', '--index', 'i', 'log', 'log'], /--index.*allowed is one file, not 2/],
  [['slice', 'log'], /missing required argument 'file'|'log' is invalid.*OFFSET:LENGTH/],
  [['slice', '5:x', 'log'], /'5:x' is invalid.*Allowed are OFFSET and OFFSET:LENGTH/],
  [['slice', '1:2:3', 'log'], /'1:2:3' is invalid/],
  [['hash', '-a', 'sha257', 'log'], /--algorithm 'sha257' is unknown\. Allowed are blake3, sha256/],
  [['split', 'log'], /allowed is one of --parts and --size/],
  [['split', '-n', '2', '--size', '5', 'log'], /allowed is one of --parts and --size/],
  [['split', '-n', '0', 'log'], /'0' is invalid.*from 1 on/],
  [['split', '-n', '2', '--delimiter', '', 'log'], /at least one byte/],
  [['follow', '-'], /a pipe cannot be mapped/i],
  [['completion', 'tcsh'], /'tcsh' is invalid.*bash, zsh, fish/],
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

test('each command has a help in 80 columns, exit codes, an example, and is in the man page', async (t) => {
  const names = ['scan', 'grep', 'lines', 'slice', 'hash', 'split', 'stat', 'follow', 'completion', 'man']
  const { stdout: all } = await run(['--help'])
  const { stdout: man } = await run(['man'])
  for (const name of names) {
    t.regex(all, new RegExp(`^  ${name} `, 'm'))
    const { code, stdout } = await run([name, '--help'])
    t.is(code, 0)
    t.deepEqual(
      stdout.split('\n').filter((line) => line.length > 80),
      [],
    )
    for (const [, option] of stdout.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)) {
      t.true(man.includes(`\\-\\-${option!.replaceAll('-', '\\-')}`), `${name} --${option} in the man page`)
    }
    if (name !== 'completion' && name !== 'man') {
      t.regex(stdout, /Exit codes:[^]*Examples:\n {2}\$ smmap/)
      t.true(man.includes(`.SS "smmap ${name} `))
    }
  }
})

linux('the man page is one that man shows without a warning', async (t) => {
  if (classic(folder, 'sh', '-c', 'command -v groff') === '') {
    t.pass('groff is not installed')
    return
  }
  const { stdout } = await runShell(folder, 'smmap man | groff -man -Tascii -ww 2>&1 >/dev/null')
  t.is(stdout, '')
  t.is(readFileSync('cli/dist/smmap.1', 'utf8'), (await run(['man'])).stdout, 'the package has the same')
})

/** What bash offers for a line that is being typed. */
async function offered(line: string): Promise<string[]> {
  const words = line.split(' ')
  const script = [
    readFileSync('cli/dist/completions/smmap.bash', 'utf8'),
    `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}`,
    '_smmap; printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n')
  return classic(folder, 'bash', '-c', script)
    .split('\n')
    .filter((word) => word !== '')
}

unix('bash completes commands, the options of each, and their choices', async (t) => {
  t.deepEqual(await offered('smmap s'), ['scan', 'slice', 'split', 'stat'])
  t.deepEqual(await offered('smmap split --de'), ['--delimiter', '--decompress'])
  t.deepEqual(await offered('smmap grep --progress a'), ['auto', 'always'])
  t.deepEqual(await offered('smmap completion z'), ['zsh'])
  t.deepEqual(await offered('smmap help li'), ['lines'])
  t.deepEqual(await offered('smmap lines lo'), [], 'files are left to bash')
})

for (const [shell, check] of [
  ['bash', 'bash -n'],
  ['zsh', 'zsh -n'],
  ['fish', 'fish --no-execute'],
] as const) {
  unix(`the completions for ${shell} are what the package has, and ${shell} can read them`, async (t) => {
    const file = path.resolve(`cli/dist/completions/smmap.${shell}`)
    t.is(readFileSync(file, 'utf8'), (await run(['completion', shell])).stdout)
    if (classic(folder, 'sh', '-c', `command -v ${shell}`) === '') {
      t.log(`${shell} is not installed`)
      return
    }
    const { code, stderr } = await runShell(folder, `${check} '${file}'`)
    t.deepEqual([code, stderr], [0, ''])
  })
}
