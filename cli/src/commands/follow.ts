/** @file `smmap follow`: its options, and how events are printed. The library notices them. */
import type { Command } from 'commander'
import type { FollowEvent } from 'smmap'
import { exitCodes, explain } from '../help.js'
import { countOption, filesArgument } from '../options.js'
import { expandFiles } from '../files.js'
import { jsonText, withoutEnding } from '../json-text.js'
import { type Session, inSession } from '../session.js'
import { describeError } from '../describe-error.js'
import { formatCount } from '../size.js'
import { nameOnStdout } from '../terminal.js'

interface FollowOptions {
  readonly lines: number
  readonly interval: number
  readonly json?: boolean
}

/** Nothing is mapped. */
const LIMITS = { maxMemory: 64 * 1024 ** 2, window: 16 * 1024 ** 2 }
const NEWLINE = 10
const STDOUT = 1

export function addFollow(program: Command): void {
  const command = program
    .command('follow')
    .summary('print what is written to growing files, as tail -F does')
    .description('Prints the last lines of files, and then what is written to them, as "tail -F" does.')
  filesArgument(command, 'the files, all at once')
    .addOption(countOption('-n, --lines <n>', 'begin with the last n lines', 0, 10))
    .addOption(countOption('--interval <ms>', 'how often to look at the files, in milliseconds', 1, 250))
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
  const { library, signal } = session
  const options = { lastLines: lines, interval, wholeLines: true, wait: true, output: STDOUT, signal }
  for await (const event of library.follow(file, options)) await printer.print(file, event)
}

/** The events of all files, in the order they are met. */
class Printer {
  readonly #session: Session
  readonly #isJson: boolean
  readonly #isNamed: boolean
  #last: string | undefined
  readonly #known = new Map<string, 'waited for' | 'seen'>()
  /** Whether what was printed last does not end with a newline. */
  #isAmidLine = false

  constructor(session: Session, { json = false }: FollowOptions, isNamed: boolean) {
    this.#session = session
    this.#isJson = json
    this.#isNamed = isNamed
  }

  async print(file: string, event: FollowEvent): Promise<void> {
    if (!this.#known.has(file) && event.type === 'unreadable') {
      // At the start: reported as every command does, and then the file is waited for.
      this.#known.set(file, 'waited for')
      return this.#session.warn(describeError(event.error, file).message)
    }
    const isFirst = this.#known.get(file) === 'waited for'
    this.#known.set(file, 'seen')
    if (this.#isJson) return this.#printJson(file, event)
    if (event.type === 'data') return this.#printBytes(file, event.bytes)
    this.#session.warn(`${file} ${isFirst ? 'is there' : describe(event)}`)
    // The file's last line was not complete, and what comes next is another.
    if (file === this.#last && this.#isAmidLine) await this.#write(Buffer.from('\n'))
  }

  async #printBytes(file: string, bytes: Buffer): Promise<void> {
    const isNew = this.#isNamed && this.#last !== file
    const apart = this.#last === undefined ? '' : this.#isAmidLine ? '\n\n' : '\n'
    const heading = isNew ? `${apart}==> ${nameOnStdout(file)} <==\n` : ''
    this.#last = file
    await this.#write(Buffer.concat([Buffer.from(heading), bytes]))
  }

  #write(bytes: Buffer): Promise<void> {
    this.#isAmidLine = bytes.at(-1) !== NEWLINE
    return this.#session.output.write(bytes)
  }

  async #printJson(file: string, event: FollowEvent): Promise<void> {
    const { output } = this.#session
    if (event.type === 'unreadable')
      return output.writeJson({ file, type: event.type, error: describeError(event.error, file) })
    if (event.type !== 'data') return output.writeJson({ file, ...event })
    const { bytes, offset } = event
    for (let start = 0, end = 0; start < bytes.length; start = end) {
      const newline = bytes.indexOf(NEWLINE, start)
      end = newline === -1 ? bytes.length : newline + 1
      const text = jsonText(withoutEnding(bytes.subarray(start, end)))
      await output.writeJson({ file, type: 'line', offset: offset + start, ...text })
    }
  }
}

function describe(event: Exclude<FollowEvent, { type: 'data' }>): string {
  if (event.type === 'removed') return 'was removed: waiting for a new one'
  if (event.type === 'replaced') return 'was replaced: following the new one from its start'
  if (event.type === 'unreadable')
    return `cannot be read yet (${describeError(event.error).message}): waiting for it`
  const [from, to] = [event.from, event.to].map(formatCount)
  return `was truncated from ${from} to ${to} bytes: following it from its start`
}

const OUTPUT = [
  'Output',
  `Whole lines, as they are written; with several files the name of each before
its lines. A file that is not there yet is waited for. When one is truncated,
replaced or removed, stderr says so. With --json an object for each line, and
for each of those events; bytes that are no UTF-8 are in "base64" too.
Ctrl-C ends it, and so does a reader that has stopped.`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap follow access.log
$ smmap follow -n 0 --json 'logs/*.log' | jq -r .text`,
] as const
