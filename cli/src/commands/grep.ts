/** @file `smmap grep`: its options, and what is told of the lines. Finding them is the library's. */
import type { Command } from 'commander'
import { FILES, SIZES, exitCodes, explain } from '../help.js'
import { type GrepOptions, type Needle, printLines, printLinesAsJson, type Selected } from '../grep-lines.js'
import { commonOptions, countOption, filesArgument } from '../options.js'
import { type Session, type Task, inSession, toJson } from '../session.js'
import { nameOnStdout } from '../terminal.js'
import { UsageError } from '../usage-error.js'

export function addGrep(program: Command): void {
  const command = program
    .command('grep')
    .summary('print the lines that match, as grep does, in files of any size')
    .description('Prints the lines that match a pattern, as grep does, in files of any size.')
    .argument('<pattern>', 'a regular expression (see below); with -F a text, with --bytes bytes')
  filesArgument(command, 'the files, searched one after the other')
    .option('-F, --fixed-strings', 'the pattern is a text, not an expression')
    .option('--bytes', 'the pattern is bytes in hexadecimal, such as 1f8b08')
    .option('-i, --ignore-case', 'letters match in both cases')
    .option('-v, --invert-match', 'the lines that do not match')
    .option('-c, --count', 'print how many lines of each file, not the lines')
    .option('-l, --files-with-matches', 'print the names of the files that have such lines')
    .option('-o, --only-matching', 'print each match, not its line')
    .option('-n, --line-number', 'before each line its number, from 1')
    .option('-b, --byte-offset', "before each line its offset, with -o each match's, from 0")
    .option('-H, --with-filename', "before each line its file's name, as where there are several")
    .option('--no-filename', 'no names of files')
    .addOption(countOption('-m, --max-count <n>', 'stop after so many lines of each file', 1))
    .addOption(countOption('-A, --after-context <n>', 'print so many lines behind each', 0))
    .addOption(countOption('-B, --before-context <n>', 'print so many lines before each', 0))
    .addOption(countOption('-C, --context <n>', 'both', 0))
  commonOptions(command).action((pattern: string, files: string[], options: GrepOptions) => {
    const needle = toNeedle(pattern, options)
    const isStream = !(options.count || options.filesWithMatches || options.quiet)
    return inSession(options, (session) => grep(session, needle, files, options), isStream)
  })
  explain(command, PATTERNS, SIZES, FILES, OUTPUT, EXIT_CODES, EXAMPLES)
}

async function grep(
  session: Session,
  needle: Needle,
  files: readonly string[],
  options: GrepOptions,
): Promise<number> {
  const { count, filesWithMatches, quiet, json } = options
  if (!(count || filesWithMatches || quiet)) return grepLines(session, needle, files, options)
  // Where only the first line matters, no more are looked for.
  const most = quiet || filesWithMatches ? 1 : options.maxCount
  const outcomes = await session.eachFile<Selected>(files, (task) =>
    countLines(task, needle, { ...options, ...(most !== undefined && { maxCount: most }) }),
  )
  const names = showsNames(options, outcomes.length)
  let total = 0
  for (const outcome of outcomes) {
    if (!('result' in outcome)) continue
    const { file, result } = outcome
    total += result.lines
    if (json || quiet) continue
    if (!filesWithMatches)
      await session.output.write(`${names ? `${nameOnStdout(file)}:` : ''}${result.lines}\n`)
    else if (result.lines > 0) await session.output.write(`${nameOnStdout(file)}\n`)
  }
  if (json && !quiet) {
    const partial = outcomes.some(({ status }) => status === 'partial' || status === 'skipped')
    const all = outcomes.map((outcome) => toJson(outcome))
    await session.output.writeJson({ files: all, total: { lines: total }, partial, memory: session.memory() })
  }
  session.tellPartial(outcomes)
  return total > 0 ? 0 : 1
}

async function grepLines(
  session: Session,
  needle: Needle,
  files: readonly string[],
  options: GrepOptions,
): Promise<number> {
  const names = { isNamed: showsNames(options, files.length), hasPrinted: false }
  const outcomes = await session.eachFile<Selected>(files, (task) =>
    refusing(task.file, () =>
      options.json
        ? printLinesAsJson(session, task, needle, options)
        : printLines(session, task, needle, options, names),
    ),
  )
  const total = outcomes.reduce((sum, outcome) => sum + ('result' in outcome ? outcome.result.lines : 0), 0)
  if (options.json) {
    for (const outcome of outcomes) await session.output.writeJson({ type: 'file', ...toJson(outcome) })
    const partial = outcomes.some(({ status }) => status === 'partial' || status === 'skipped')
    await session.output.writeJson({ type: 'summary', lines: total, partial, memory: session.memory() })
  }
  session.tellPartial(outcomes)
  return total > 0 ? 0 : 1
}

function countLines(task: Task<Selected>, needle: Needle, options: GrepOptions): Promise<Selected> {
  const { reader, signal, threads } = task
  task.soFar = { lines: 0 }
  return refusing(task.file, async () => ({
    lines: await reader.countMatchingLines(needle, {
      ignoreCase: options.ignoreCase,
      invert: options.invertMatch,
      maxCount: options.maxCount,
      signal,
      threads,
      onProgress: (progress) => {
        task.soFar = { lines: progress.found }
        task.onProgress(progress)
      },
    }),
  }))
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
      `the pattern is invalid: ${reason}. Allowed are expressions of Rust's regex syntax, or with -F any text of one line`,
    )
  }
}

function showsNames({ withFilename, filename }: GrepOptions, files: number): boolean {
  return filename && (withFilename ?? files > 1)
}

function toNeedle(pattern: string, { fixedStrings, bytes }: GrepOptions): Needle {
  if (fixedStrings && bytes) throw new UsageError('-F and --bytes do not go together: allowed is one of them')
  if (!bytes) return fixedStrings ? pattern : { regex: pattern }
  if (/^(?:[0-9a-f]{2})+$/i.test(pattern)) return Buffer.from(pattern, 'hex')
  throw new UsageError(
    `'${pattern}' is invalid with --bytes. Allowed are pairs of hexadecimal digits, such as 1f8b08`,
  )
}

const PATTERNS = [
  'Patterns',
  `Expressions have the syntax of Rust's regex crate (https://docs.rs/regex):
that of grep -P without look-around and back references. Each line is matched
by itself. Bytes that are no UTF-8 are searched too: (?-u:\\xff) is one.`,
] as const

const OUTPUT = [
  'Output',
  `As grep's: file:number:offset:line, and "-" for ":" in context lines. Lines
are printed as they are in the file, as by grep -a. With --json it is one
object for -c and -l; else an object a line: "match" and "context", then a
"file" for each file, and a "summary".`,
] as const

const EXIT_CODES = exitCodes('a line was selected', 'no line was selected')

const EXAMPLES = [
  'Examples',
  `$ smmap grep -c ERROR access.log
$ smmap grep -n -C 2 'took [0-9]{4,} ms' access.log
$ smmap grep -ob --bytes 89504e47 disk.img
$ smmap grep --json -F '"status":500' 'logs/*.ndjson' | jq -c .line`,
] as const
