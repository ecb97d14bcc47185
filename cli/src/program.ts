/** @file Knows which commands there are, and how a wrong call is answered. Not what a command does. */
import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addCompletion } from './commands/completion.js'
import { addFollow } from './commands/follow.js'
import { addGrep } from './commands/grep.js'
import { addHash } from './commands/hash.js'
import { addLines } from './commands/lines.js'
import { addMan } from './commands/man.js'
import { addMap } from './commands/map.js'
import { addScan } from './commands/scan.js'
import { addSlice } from './commands/slice.js'
import { addSplit } from './commands/split.js'
import { addStat } from './commands/stat.js'
import { explain } from './help.js'
import { printable } from './terminal.js'

const COMMANDS = [
  addScan,
  addGrep,
  addLines,
  addSlice,
  addHash,
  addSplit,
  addStat,
  addMap,
  addFollow,
  addCompletion,
  addMan,
]

/** The whole command line; the man page and the completions are made from it too. */
export function makeProgram(): Command {
  const program = new Command('smmap')
    .description('Works on files of any size through a few mapped windows, inside a memory limit.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpCommand('help [command]', 'print the help of a command')
  for (const add of COMMANDS) add(program)
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
