/**
 * @file `smmap map`: its options, and what is drawn where. Asking the system and recording are the library's.
 */
import { writeFile } from 'node:fs/promises'
import { clearScreenDown, moveCursor } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { type Command, Option } from 'commander'
import type { TraceData } from 'smmap'
import { describeError } from '../describe-error.js'
import { FILES, SIZES, exitCodes, explain } from '../help.js'
import type { MapStyle, Pictured } from '../map/draw-map.js'
import { readTrace, withNames } from '../map/read-trace.js'
import { RUNS, type Run, runOver } from '../map/runs.js'
import { commonOptions, countOption, filesArgument } from '../options.js'
import type { Outcome } from '../outcome.js'
import { type CommonOptions, type Session, inSession } from '../session.js'
import { colorsFor, isAnimated } from '../terminal.js'
import { UsageError } from '../usage-error.js'

interface MapOptions extends CommonOptions {
  readonly run?: Run
  readonly reads: number
  readonly trace?: string
  readonly report?: string
  readonly watch?: boolean
  readonly interval: number
}

/** Of a stdout that is no terminal. */
const WIDTH = 80

export function addMap(program: Command): void {
  const command = program
    .command('map')
    .summary('draw which parts of files are in memory, and which windows a run maps')
    .description('Draws which parts of files are in memory, and which windows a run over them maps.')
  commonOptions(filesArgument(command, 'the files'))
    .addOption(
      new Option('--run <how>', 'read each file first, and draw the windows it mapped').choices(RUNS),
    )
    .addOption(countOption('--reads <n>', 'how many reads a random run makes of each file', 1, 1000))
    .option('--trace <file>', 'draw the windows of a trace that an app has written, see below')
    .option('--report <file>', 'write it all to a page of HTML, with charts over time')
    .option('--watch', 'draw it again and again, until Ctrl-C')
    .addOption(countOption('--interval <ms>', 'how many milliseconds to wait between two drawings', 1, 1000))
    .action((files: string[], options: MapOptions) => {
      checkTogether(options)
      return inSession(options, (session) => map(session, files, options), options.watch)
    })
  explain(command, DRAWING, TRACES, SIZES, FILES, exitCodes('done'), EXAMPLES)
}

function checkTogether({ run, trace, watch, report }: MapOptions): void {
  if (run !== undefined && trace !== undefined) {
    throw new UsageError('--run and --trace do not go together: allowed is one of them')
  }
  if (watch && (run ?? trace ?? report) !== undefined) {
    throw new UsageError('--watch goes with none of --run, --trace and --report')
  }
}

async function map(session: Session, names: readonly string[], options: MapOptions): Promise<number> {
  if (options.watch) return watchFiles(session, names, options)
  const given = options.trace === undefined ? undefined : await readTrace(options.trace)
  const run = options.run && (await runAll(session, names, options.run, options))
  const unfinished = run?.outcomes.flatMap((outcome) => ('result' in outcome ? [] : [outcome])) ?? []
  const files = run?.outcomes.flatMap((outcome) => ('result' in outcome ? [outcome.file] : [])) ?? names
  const outcomes = [...unfinished, ...(await pictureAll(session, files))]
  session.warnOfPartial(outcomes)
  const named = outcomes.map(({ file }) => file)
  const trace = run?.trace ?? (given && withNames(given, named))
  if (options.report !== undefined) await writeReport(session, options.report, outcomes, trace)
  await show(session, outcomes, trace, options)
  return 0
}

/** Goes over the files with a manager of its own: what the session maps beside is none of the run's. */
async function runAll(
  session: Session,
  names: readonly string[],
  run: Run,
  { reads, maxMemory }: MapOptions,
): Promise<{ outcomes: Outcome<true>[]; trace: TraceData }> {
  const limits = { windowSize: session.windowSize, maxMemorySize: maxMemory, strict: true }
  // Views that nobody has any more keep memory until they are collected: the picture would be another one
  // each time.
  const manager = new session.library.SlidingWindowMapManager({ ...limits, zeroCopy: 'never' })
  const trace = manager.trace()
  try {
    const outcomes = await session.eachFile<true>(names, async ({ file, signal, onProgress }) => {
      // Together, the two keep to the limit.
      session.manager.collect()
      const cursor = manager.makeCursor(file)
      const report = (bytesScanned: number, bytesTotal: number): void =>
        onProgress({ bytesScanned, bytesTotal })
      await runOver(cursor, run, reads, { signal, onProgress: report })
      cursor.close()
      return true
    })
    trace.stop()
    return { outcomes, trace: trace.toJSON() }
  } finally {
    manager.close()
  }
}

function pictureAll(session: Session, names: readonly string[]): Promise<Outcome<Pictured>[]> {
  return session.eachFile<Pictured>(names, async ({ reader, signal }) => {
    const { resident, ranges } = await reader.residency({ signal })
    return { size: reader.length, resident, ranges }
  })
}

async function watchFiles(session: Session, names: readonly string[], options: MapOptions): Promise<number> {
  const isRedrawn = isAnimated(process.stdout) && !options.json
  for (let lines = 0; ;) {
    const outcomes = await pictureAll(session, names)
    if (outcomes.some(({ status }) => status !== 'done')) return 0
    if (isRedrawn && lines > 0) {
      moveCursor(process.stdout, 0, -lines)
      clearScreenDown(process.stdout)
    }
    lines = await show(session, outcomes, undefined, options)
    try {
      await wait(options.interval, undefined, { signal: session.signal })
    } catch {
      return 0
    }
  }
}

/** How many lines that took. */
async function show(
  session: Session,
  outcomes: readonly Outcome<Pictured>[],
  trace: TraceData | undefined,
  { json, quiet }: MapOptions,
): Promise<number> {
  if (json) {
    await session.output.writeJson(session.summary(outcomes, trace && { trace }))
    return 1
  }
  if (quiet) return 0
  // Loaded only here: measuring the columns of a name needs a large table.
  const { drawCounts, drawMap } = await import('../map/draw-map.js')
  const style: MapStyle = { colors: colorsFor(process.stdout), width: process.stdout.columns || WIDTH }
  const maps = outcomes.flatMap((outcome) =>
    'result' in outcome ? [drawMap(outcome.file, outcome.result, trace, style)] : [],
  )
  const text = [...maps, ...(trace ? [drawCounts(trace)] : [])].join('\n')
  await session.output.write(text)
  return text.split('\n').length - 1
}

async function writeReport(
  session: Session,
  file: string,
  outcomes: readonly Outcome<Pictured>[],
  trace: TraceData | undefined,
): Promise<void> {
  // Loaded only now: the charts are most of what there is to load.
  const { reportPage } = await import('../map/report-page.js')
  const files = outcomes.flatMap((outcome) =>
    'result' in outcome ? [{ file: outcome.file, ...outcome.result }] : [],
  )
  try {
    await writeFile(file, reportPage(files, trace))
  } catch (error) {
    session.fail(describeError(error, file).message)
  }
}

const DRAWING = [
  'Drawing',
  `A file is drawn from left to right and line by line; each line begins with its
offset. A full block is all in memory (the system's page cache), a dot nothing,
a shade between some of it. Linux reports it only for files that you own or
may write; of others it says that all is there. Under that, how often windows
were mapped there: 1 to 9, and "+" for more. With --json one object, with all
events of the trace.`,
] as const

const TRACES = [
  'Runs and traces',
  `--run sequential touches all pages in order, --run random a page at each of
--reads places, the same in every run; both in windows of --window, within
--max-memory. An app writes a trace of its own with
writeFileSync('trace.json', JSON.stringify(manager.trace())), when it is over.`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap map access.log
$ smmap map --watch access.log
$ smmap map --run random --window 1MiB --max-memory 16MiB access.log
$ smmap map --trace trace.json --report report.html access.log`,
] as const
