/** @file `smmap scan`: its options, and the order of its work. Counting is the library's. */
import { type Command, InvalidArgumentError } from 'commander'
import { FILES, SIZES, explain } from '../help.js'
import { commonOptions, filesArgument } from '../options.js'
import { type Counts, type FileReport, type ScanReport, rateOf, totalOf } from '../report.js'
import type { Outcome } from '../outcome.js'
import { type CommonOptions, type Session, type Task, inSession } from '../session.js'
import { colorsFor } from '../terminal.js'

interface ScanOptions extends CommonOptions {
  readonly find?: string
}

type Counted = Omit<Counts, 'seconds' | 'bytesPerSecond'>

export function addScan(program: Command): void {
  const command = program
    .command('scan')
    .summary('count bytes and lines, find a text, in files of any size')
    .description(
      'Counts bytes and lines, finds the longest line, and with --find a text, in files of any size.',
    )
    .option('--find <text>', 'count this text (its UTF-8 bytes) and show where it is first', parseFind)
  commonOptions(filesArgument(command, 'the files, scanned one after the other')).action(
    (files: string[], options: ScanOptions) => inSession(options, (session) => scan(session, files, options)),
  )
  explain(command, SIZES, FILES, OUTPUT, EXIT_CODES, EXAMPLES)
}

async function scan(session: Session, files: readonly string[], options: ScanOptions): Promise<number> {
  const reports = (await session.eachFile<Counted>(files, (task) => scanFile(session, task, options))).map(
    toReport,
  )
  const report = {
    files: reports,
    total: totalOf(reports),
    partial: session.isInterrupted || reports.some(({ status }) => status === 'partial'),
    memory: session.memory(),
  }
  if (options.json) await session.output.writeJson(report)
  else if (!options.quiet) await session.output.write(await toText(report, options.find))
  return options.find !== undefined && !report.total.found ? 1 : 0
}

async function scanFile(session: Session, task: Task<Counted>, { find }: ScanOptions): Promise<Counted> {
  const { file, signal, threads } = task
  const counted = ({ found, offsets, ...counts }: Counted): Counted => {
    return find === undefined
      ? counts
      : { ...counts, ...(found !== undefined && { found }), ...(offsets && { offsets }) }
  }
  return counted(
    await session.library.scan(session.manager, file, {
      find,
      signal,
      threads,
      onProgress: ({ bytesScanned, fileSize, result }) => {
        task.soFar = counted(result)
        task.onProgress({ bytesScanned, bytesTotal: fileSize })
      },
    }),
  )
}

function toReport(outcome: Outcome<Counted>): FileReport {
  if (!('result' in outcome)) return outcome
  const { file, seconds, result } = outcome
  const counts = { ...result, seconds, bytesPerSecond: rateOf(result.bytes, seconds) }
  if (outcome.status === 'done') return { file, status: 'done', ...counts }
  const { fileSize, error } = outcome
  return { file, status: 'partial', ...counts, fileSize, ...(error && { error }) }
}

async function toText(report: ScanReport, find: string | undefined): Promise<string> {
  // Only here: the other commands start without its tables.
  const { renderReport } = await import('../render-report.js')
  // `columns` is undefined where stdout is no terminal, and 0 in some pseudo-terminals: there, names stand in
  // full.
  const width = process.stdout.columns || Infinity
  return renderReport(report, find, { colors: colorsFor(process.stdout), width })
}

function parseFind(text: string): string {
  if (text === '') throw new InvalidArgumentError('Allowed is any text of at least one byte.')
  return text
}

const OUTPUT = [
  'Output',
  `bytes, lines   as "wc -c" and "wc -l" count: a line is what a newline ends
longest        bytes of the longest line, without its newline
found          matches of --find that do not overlap; where they are is given
               in bytes from the start of the file, the first byte being 0
mapped         the most that was mapped at once: never above --max-memory
resident       the most memory the process had, mapped pages included
The table goes to stdout, errors and the progress go to stderr. With --json it
is one object, which --quiet does not silence. NO_COLOR=1 turns colours off.`,
] as const

const EXIT_CODES = [
  'Exit codes',
  `0    done; with --find: found at least once
1    --find found nothing
2    an option is wrong, or a file could not be scanned (the others were)
130  interrupted by Ctrl-C (143: by SIGTERM); what was done is printed and
     marked as partial`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap scan access.log
$ smmap scan --max-memory 64MiB --window 16MiB --find '"status":500' *.ndjson
$ smmap scan --json dump.sql | jq .total.lines
$ if smmap scan --quiet --find PANIC kernel.log; then echo found; fi`,
] as const
