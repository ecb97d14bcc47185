/** @file `smmap grep`: its options, and what is printed of lines. The library finds them. */
import type { Command } from 'commander'
import { describeError } from '../describe-error.js'
import { expandFiles } from '../files.js'
import { type Needle, toNeedle } from '../grep/patterns.js'
import {
  type GrepOptions,
  type Names,
  type Selected,
  linesKept,
  otherOptions,
  outputOptions,
  patternOptions,
} from '../grep/grep-options.js'
import { paint } from '../grep/line-printer.js'
import { Printing } from '../grep/print-lines.js'
import { walk } from '../grep/walk.js'
import { SIZES, exitCodes, explain } from '../help.js'
import { STDIN, hasStdin } from '../inputs.js'
import { commonOptions } from '../options.js'
import { toJson } from '../outcome.js'
import { type Session, type StreamWork, type Task, inSession } from '../session.js'
import { colorsFor, nameOnStdout } from '../terminal.js'
import { UsageError } from '../usage-error.js'

export function addGrep(program: Command): void {
  const command = program
    .command('grep')
    .summary('print the lines that match, as grep does, in files of any size')
    .description('Prints the lines that match a pattern, as grep does, in files of any size.')
    .usage('[options] <pattern> [file...]')
    .argument('[pattern]', 'a regular expression (see below); with -F a text, with --bytes bytes')
    .argument('[file...]', 'the files, searched one after the other; "-" is stdin')
  patternOptions(command)
  outputOptions(command)
  otherOptions(command)
  commonOptions(command).action(
    async (...[pattern, files, options]: [string | undefined, string[], GrepOptions]) => {
      const isGiven = options.regexp !== undefined || options.file !== undefined
      if (pattern === undefined && !isGiven) throw missing('pattern')
      const needle = toNeedle(isGiven ? undefined : pattern, options)
      const named = await withStdin(isGiven && pattern !== undefined ? [pattern, ...files] : files, options)
      const { count, filesWithMatches, filesWithoutMatch, quiet } = options
      const isStream = !(count || filesWithMatches || filesWithoutMatch || quiet)
      return inSession(options, (session) => grep(session, needle, named, options), isStream)
    },
  )
  // Of -l and -L the last one counts.
  command.on('option:files-with-matches', () => command.setOptionValue('filesWithoutMatch', undefined))
  command.on('option:files-without-match', () => command.setOptionValue('filesWithMatches', undefined))
  explain(command, PATTERNS, FOLDERS, SIZES, OUTPUT, EXIT_CODES, EXAMPLES)
}

function missing(argument: string): UsageError {
  return new UsageError(`missing required argument '${argument}'; see smmap grep --help`)
}

/** Where no file is named: what comes from a pipe, or with -r the folder at hand. */
async function withStdin(files: readonly string[], options: GrepOptions): Promise<readonly string[]> {
  if (files.length > 0) return files.map((file) => (file === '-' ? STDIN : file))
  if (options.recursive || options.dereferenceRecursive) return ['']
  if (await hasStdin()) return [STDIN]
  throw missing('file')
}

async function grep(
  session: Session,
  needle: Needle,
  named: readonly string[],
  options: GrepOptions,
): Promise<number> {
  const { count, filesWithMatches, filesWithoutMatch, quiet } = options
  const report = (error: unknown, folder: string): void => session.fail(describeError(error, folder).message)
  const files: string[] = []
  for await (const file of walk(expandFiles(named), options, report)) {
    files.push(file)
    if (session.signal.aborted) break
  }
  if (files.length === 0) return 1
  const isMany = named.length > 1 || files.length > 1 || files[0] !== named[0]
  const isNamed = options.filename && (options.withFilename ?? isMany)
  if (count || filesWithMatches || filesWithoutMatch || quiet)
    return grepFiles(session, needle, files, options, isNamed)
  return grepLines(session, needle, files, options, isNamed)
}

function isColored({ color }: GrepOptions): boolean {
  return color === 'always' || (color === 'auto' && colorsFor(process.stdout).isColorSupported)
}

function nameOf(file: string, options: GrepOptions): string {
  const name = nameOnStdout(file)
  return isColored(options) ? paint('name', name) : name
}

/** What is printed of whole files: their names or counts. */
async function grepFiles(
  session: Session,
  needle: Needle,
  files: readonly string[],
  options: GrepOptions,
  isNamed: boolean,
): Promise<number> {
  const { filesWithMatches, filesWithoutMatch, quiet, json } = options
  // Where only the first line matters, no more are looked for.
  const most = quiet || filesWithMatches || filesWithoutMatch ? 1 : options.maxCount
  const wanted = { ...options, ...(most !== undefined && { maxCount: most }) }
  const outcomes = await session.eachFile<Selected>(
    files,
    (task) => refusing(task.file, () => countLines(task, needle, wanted)),
    countingStream(needle, wanted),
  )
  let total = 0
  for (const outcome of outcomes) {
    if (!('result' in outcome)) continue
    const { lines } = outcome.result
    total += lines
    if (json || quiet) continue
    const name = nameOf(outcome.file, options)
    const mark = isColored(options) ? paint('mark', ':') : ':'
    if (!(filesWithMatches || filesWithoutMatch))
      await session.output.write(`${isNamed ? `${name}${mark}` : ''}${lines}\n`)
    else if (lines > 0 === Boolean(filesWithMatches)) await session.output.write(`${name}\n`)
  }
  if (json && !quiet) await session.output.writeJson(session.summary(outcomes, { total: { lines: total } }))
  session.warnOfPartial(outcomes)
  return total > 0 ? 0 : 1
}

async function grepLines(
  session: Session,
  needle: Needle,
  files: readonly string[],
  options: GrepOptions,
  isNamed: boolean,
): Promise<number> {
  const names = { isNamed, isColored: isColored(options), hasPrinted: false }
  const outcomes = await session.eachFile<Selected>(
    files,
    async (task) => {
      await refusing(task.file, () => new Printing(session, task.file, needle, options, names).print(task))
      return task.soFar ?? NONE
    },
    printingStream(session, needle, options, names),
  )
  const total = outcomes.reduce((sum, outcome) => sum + ('result' in outcome ? outcome.result.lines : 0), 0)
  if (options.json) {
    for (const outcome of outcomes) await session.output.writeJson({ type: 'file', ...toJson(outcome) })
    await session.output.writeJson({ type: 'summary', lines: total, ...session.ending(outcomes) })
  }
  session.warnOfPartial(outcomes)
  return total > 0 ? 0 : 1
}

const NONE: Selected = { lines: 0 }

function printingStream(
  session: Session,
  needle: Needle,
  options: GrepOptions,
  names: Names,
): StreamWork<Selected> {
  const printing = new Printing(session, STDIN, needle, options, names)
  return {
    keep: linesKept(options),
    nothing: NONE,
    work: (task, segment) => refusing(task.file, () => printing.print(task, segment)),
  }
}

function countingStream(needle: Needle, options: GrepOptions): StreamWork<Selected> {
  const { maxCount = Infinity } = options
  return {
    keep: 0,
    nothing: NONE,
    work: (task) =>
      refusing(task.file, async () => {
        const before = task.soFar.lines
        const most = maxCount === Infinity ? {} : { maxCount: maxCount - before }
        const { lines } = await countLines(task, needle, { ...options, ...most })
        task.soFar = { lines: before + lines }
        return before + lines < maxCount
      }),
  }
}

async function countLines(task: Task<Selected>, needle: Needle, options: GrepOptions): Promise<Selected> {
  const { reader, signal, threads } = task
  const before = task.soFar?.lines ?? 0
  task.soFar = { lines: before }
  const lines = await reader.countMatchingLines(needle, {
    ignoreCase: options.ignoreCase,
    invert: options.invertMatch,
    maxCount: options.maxCount,
    signal,
    threads,
    onProgress: (progress) => {
      task.soFar = { lines: before + progress.found }
      task.onProgress(progress)
    },
  })
  return { lines }
}

/** A pattern that makes no sense is wrong use, whichever file it was first tried on. */
async function refusing<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ERR_INVALID_ARG_VALUE') throw error
    const reason = message
      .trimEnd()
      .split('\n')
      .at(-1)
      ?.replace(/^error: /, '')
      .replace(`: ${file}`, '')
    throw new UsageError(
      `the pattern is invalid: ${reason}. Allowed are expressions of Rust's regex syntax, ` +
        'or with -F any text of one line',
    )
  }
}

const PATTERNS = [
  'Patterns',
  `Expressions have the syntax of Rust's regex crate (https://docs.rs/regex):
that of grep -P without look-around and back references. Each line is matched
by itself. Bytes that are no UTF-8 are searched too: (?-u:\\xff) is one.
With -o the first alternative that fits is the match, where grep takes the
longest; with -F it is the longest, too.`,
] as const

const FOLDERS = [
  'Files',
  `Regular files, one after the other; a quoted pattern such as 'logs/**/*.log'
is every file it matches. "-", and a pipe where no file is named, is stdin,
whose lines are searched as they come. -r searches folders, by default the one
at hand. A file that cannot be read is named on stderr, and the others are
worked on. So is one that is cut, replaced or rewritten during the run: its
results are marked as partial.`,
] as const

const OUTPUT = [
  'Output',
  `As grep's: file:number:offset:line, and "-" for ":" in context lines. Lines
are printed as they are in the file, as by grep -a; on a terminal, without -a,
only that a binary file matches. With --json it is one object for -c and -l;
else an object a line: "match" and "context", then a "file" for each file, and
a "summary".`,
] as const

const EXIT_CODES = exitCodes('a line was selected', 'no line was selected')

const EXAMPLES = [
  'Examples',
  `$ smmap grep -c ERROR access.log
$ smmap grep -n -C 2 'took [0-9]{4,} ms' access.log
$ smmap grep -ob --bytes 89504e47 disk.img
$ smmap grep --json -F '"status":500' 'logs/*.ndjson' | jq -c .line`,
] as const
