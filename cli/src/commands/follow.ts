/** @file `smmap follow`: its options, and how what happens to files is told. Noticing it is the library's. */
import type { Command } from 'commander'
import type { FollowEvent } from 'smmap'
import { exitCodes, explain } from '../help.js'
import { countOption, filesArgument } from '../options.js'
import { expandFiles } from '../files.js'
import { type Reader, type Session, inSession } from '../session.js'
import { describeError } from '../describe-error.js'
import { formatCount } from '../size.js'
import { printable } from '../terminal.js'

interface FollowOptions {
  readonly lines: number
  readonly interval: number
  readonly json?: boolean
}

/** Only the last lines are looked for in windows. */
const LIMITS = { maxMemory: 64 * 1024 ** 2, window: 16 * 1024 ** 2 }
const NEWLINE = 10

export function addFollow(program: Command): void {
  const command = program
    .command('follow')
    .summary('print what is written to growing files, as tail -F does')
    .description('Prints the last lines of files, and then what is written to them, as "tail -F" does.')
  filesArgument(command, 'the files, all at once')
    .addOption(countOption('-n, --lines <n>', 'begin with so many last lines', 0, 10))
    .addOption(countOption('--interval <ms>', 'look at the files every so many milliseconds', 1, 250))
    .option('--json', 'print an object for each line, and for whatever else happens')
    .action((files: string[], options: FollowOptions) => {
      return inSession(
        { ...LIMITS, progress: 'never' },
        (session) => followAll(session, files, options),
        true,
      )
    })
  explain(command, OUTPUT, exitCodes('nobody reads the output any more'), EXAMPLES)
}

async function followAll(
  session: Session,
  names: readonly string[],
  options: FollowOptions,
): Promise<number> {
  const files = expandFiles(names)
  const printer = new Printer(session, options, files.length > 1)
  await Promise.all(
    files.map(async (file) => {
      try {
        await followOne(session, file, options, printer)
      } catch (error) {
        if (!session.signal.aborted) session.fail(describeError(error, file).message)
      }
    }),
  )
  return 0
}

async function followOne(
  session: Session,
  file: string,
  { lines, interval }: FollowOptions,
  printer: Printer,
): Promise<void> {
  const { library, manager, signal } = session
  const cursor = manager.makeCursor(file)
  const from = lastLines(new library.SlidingWindowMapBuffer(cursor), lines)
  cursor.close()
  for await (const event of library.follow(file, { from, interval, wholeLines: true, signal })) {
    await printer.print(file, event)
  }
}

/** Where the last so many lines begin. */
function lastLines(reader: Reader, lines: number): number {
  if (lines === 0) return reader.length
  // A newline at the very end ends a line, and begins none.
  let begin = reader.length - (reader.at(-1) === NEWLINE ? 1 : 0)
  for (let left = lines; left > 0; left -= 1) {
    begin = begin > 0 ? reader.lastIndexOf(NEWLINE, begin - 1) : -1
    if (begin === -1) return 0
  }
  return begin + 1
}

/** The events of all files, in the order they are met. */
class Printer {
  readonly #session: Session
  readonly #isJson: boolean
  readonly #isNamed: boolean
  #last: string | undefined

  constructor(session: Session, { json = false }: FollowOptions, isNamed: boolean) {
    this.#session = session
    this.#isJson = json
    this.#isNamed = isNamed
  }

  async print(file: string, event: FollowEvent): Promise<void> {
    if (this.#isJson) await this.#printJson(file, event)
    else if (event.type === 'data') await this.#printBytes(file, event.bytes)
    else this.#session.tell(`${file} ${describe(event)}`)
  }

  async #printBytes(file: string, bytes: Buffer): Promise<void> {
    const isNew = this.#isNamed && this.#last !== file
    const heading = isNew ? `${this.#last === undefined ? '' : '\n'}==> ${printable(file)} <==\n` : ''
    this.#last = file
    await this.#session.output.write(Buffer.concat([Buffer.from(heading), bytes]))
  }

  async #printJson(file: string, event: FollowEvent): Promise<void> {
    if (event.type !== 'data') return this.#session.output.writeJson({ file, ...event })
    let { offset } = event
    for (const line of event.bytes.toString('latin1').split(/(?<=\n)/)) {
      const text = Buffer.from(line, 'latin1')
        .toString()
        .replace(/\r?\n$/, '')
      await this.#session.output.writeJson({ file, type: 'line', offset, text })
      offset += line.length
    }
  }
}

function describe(event: Exclude<FollowEvent, { type: 'data' }>): string {
  if (event.type === 'removed') return 'was removed: waiting for a new one'
  if (event.type === 'replaced') return 'was replaced: following the new one from its begin'
  const [from, to] = [event.from, event.to].map(formatCount)
  return `was truncated from ${from} to ${to} bytes: following it from its begin`
}

const OUTPUT = [
  'Output',
  `Whole lines, as they are written; with several files the name of each before
its lines. That a file was truncated, replaced or removed is told on stderr.
With --json an object for each line, and for each of those events. Ctrl-C
ends it.`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap follow access.log
$ smmap follow -n 0 --json 'logs/*.log' | jq -r .text`,
] as const
