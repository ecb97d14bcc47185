/** @file `smmap stat`: what is printed of a file. The library and Node ask the system. */
import { stat as statFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { FILES, SIZES, exitCodes, explain } from '../help.js'
import { commonOptions, filesArgument } from '../options.js'
import { type CommonOptions, type Session, type Task, inSession } from '../session.js'
import { formatCount, formatSize } from '../size.js'
import { type Colors, colorsFor, printable } from '../terminal.js'

interface Facts {
  readonly size: number
  /** Which file it is, whatever it is called. */
  readonly device: string
  readonly inode: string
  readonly modified: string
  /** Bytes in memory, and where they are. */
  readonly resident: number
  readonly ranges: readonly { readonly start: number; readonly end: number }[]
}

export function addStat(program: Command): void {
  const command = program
    .command('stat')
    .summary('print the size of files, how much of them is in memory, and which they are')
    .description(
      'Tells the size of files, how much of them is in memory (the page cache), and which they are.',
    )
  commonOptions(filesArgument(command, 'the files')).action((files: string[], options: CommonOptions) => {
    return inSession(options, (session) => stat(session, files, options))
  })
  explain(command, OUTPUT, SIZES, FILES, exitCodes('done'), EXAMPLES)
}

async function stat(
  session: Session,
  files: readonly string[],
  { json, quiet }: CommonOptions,
): Promise<number> {
  const outcomes = await session.eachFile(files, factsOf)
  session.warnOfPartial(outcomes)
  if (json) await session.output.writeJson(session.summary(outcomes))
  else if (!quiet) {
    const colors = colorsFor(process.stdout)
    for (const outcome of outcomes) {
      if ('result' in outcome) await session.output.write(render(outcome.file, outcome.result, colors))
    }
  }
  return 0
}

async function factsOf({ file, reader, signal }: Task<Facts>): Promise<Facts> {
  const { dev, ino, mtime } = await statFile(file, { bigint: true })
  const { resident, ranges } = await reader.residency({ signal })
  const identity = { device: String(dev), inode: String(ino), modified: mtime.toISOString() }
  return { size: reader.length, ...identity, resident, ranges }
}

function render(file: string, facts: Facts, colors: Colors): string {
  const { size, resident, ranges, device, inode, modified } = facts
  const runs = `${formatCount(ranges.length)} ${ranges.length === 1 ? 'run' : 'runs'}`
  const share = size > 0 ? `, ${Math.floor((resident / size) * 100)} %, in ${runs}` : ''
  const rows = [
    ['size', `${formatCount(size)} bytes (${formatSize(size)})`],
    ['resident', `${formatSize(resident)}${share}`],
    ['identity', `device ${device}, inode ${inode}`],
    ['modified', modified],
  ]
  const lines = rows.map(([name = '', value]) => `  ${colors.dim(name.padEnd(9))} ${value}\n`)
  return `${colors.bold(printable(file))}\n${lines.join('')}`
}

const OUTPUT = [
  'Output',
  `resident is how much of the file the system's page cache has, by mincore(2):
reading that takes no disk. Linux reports it only for files that you own or
may write; of others it says that all is there. With --json one object, with
the resident ranges of each file.`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap stat access.log
$ smmap stat --json 'data/*.bin' | jq '.files[] | {file, resident}'`,
] as const
