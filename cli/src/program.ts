/** @file Knows which commands there are, and how a wrong call is answered. Not what a command does. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { explain } from './help.js'
import { printable } from './terminal.js'

type Add = (program: Command) => void

/** Each is loaded when it is called: a run needs one, and loading all takes longer than most files' work. */
const COMMANDS = new Map<string, () => Promise<Add>>([
  ['scan', async () => (await import('./commands/scan.js')).addScan],
  ['grep', async () => (await import('./commands/grep.js')).addGrep],
  ['lines', async () => (await import('./commands/lines.js')).addLines],
  ['slice', async () => (await import('./commands/slice.js')).addSlice],
  ['hash', async () => (await import('./commands/hash.js')).addHash],
  ['split', async () => (await import('./commands/split.js')).addSplit],
  ['stat', async () => (await import('./commands/stat.js')).addStat],
  ['map', async () => (await import('./commands/map.js')).addMap],
  ['follow', async () => (await import('./commands/follow.js')).addFollow],
  ['completion', async () => (await import('./commands/completion.js')).addCompletion],
  ['man', async () => (await import('./commands/man.js')).addMan],
])

/** These describe all the others. */
const DESCRIBING = new Set(['completion', 'man'])

/**
 * The command line, with the command that the arguments call; with every one where they call none, and for
 * the man page and the completions, which are made from it.
 */
export async function makeProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('smmap')
    .description('Works on files of any size through a few mapped windows, inside a memory limit.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
  for (const load of called(args)) (await load())(program)
  explain(program, EXAMPLES)
  for (const command of [program, ...program.commands]) {
    const help = command === program ? 'smmap --help' : `smmap ${command.name()} --help`
    command
      .helpOption('-h, --help', 'print this help')
      .configureOutput({ outputError: (text, write) => write(toOneLine(text, help)) })
      .exitOverride()
  }
  return program
}

function called([name = '']: readonly string[]): Iterable<() => Promise<Add>> {
  const load = DESCRIBING.has(name) ? undefined : COMMANDS.get(name)
  return load === undefined ? COMMANDS.values() : [load]
}

function packageVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Commander writes "error: …", with its suggestion on a second line; and not always what is allowed. */
function toOneLine(text: string, help: string): string {
  const line = printable(
    text
      .replace(/^error: /, '')
      .trim()
      .replaceAll('\n', ' '),
  )
  return `smmap: ${line}${line.includes('llowed') ? '' : `; see ${help}`}\n`
}

const EXAMPLES = [
  'Examples',
  `$ smmap scan access.log             bytes, lines, longest line
$ smmap scan --find ERROR *.log     and how often, and where, ERROR is
$ smmap grep -n ERROR access.log    the lines that have it
$ smmap lines --print 5:9 a.log     lines 5 to 9
$ smmap split --parts 4 a.log       byte ranges of whole lines, for 4 workers
$ smmap scan --help                 all of its options, units and exit codes`,
] as const
