/** @file `smmap lines`: its options, and how lines are printed. The library finds them. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { LineIndex } from 'smmap'
import { FILES, SIZES, exitCodes, explain } from '../help.js'
import { jsonText } from '../json-text.js'
import { commonOptions, filesArgument } from '../options.js'
import { isPartial } from '../outcome.js'
import { type CommonOptions, type Reader, type Session, type Task, inSession } from '../session.js'
import { nameOnStdout } from '../terminal.js'
import { UsageError } from '../usage-error.js'

interface LinesOptions extends CommonOptions {
  readonly print?: Wanted
  readonly index?: string
}

/** Lines as they are numbered for people, from 1; both included. */
interface Wanted {
  readonly first: number
  readonly last: number
}

interface Counted {
  readonly lines: number
}

const NEWLINE = 10
/** Of a line whose text is in JSON, as grep has it. */
const LONGEST = 2 ** 20

export function addLines(program: Command): void {
  const command = program
    .command('lines')
    .summary('count lines, or print some of them, by an index if there is one')
    .description('Counts lines as "wc -l" does, or prints some of them.')
    .option(
      '-p, --print <lines>',
      'print line N, lines N:M, or N: up to the end; the first is 1',
      parseWanted,
    )
    .option('--index <file>', "where the lines' offsets are kept from run to run: any line is then one jump")
  commonOptions(filesArgument(command, 'the files, one after the other')).action(
    (files: string[], options: LinesOptions) => {
      if (options.index !== undefined && files.length > 1) {
        throw new UsageError(`--index is one file's: allowed is one file, not ${files.length}`)
      }
      return inSession(options, (session) => lines(session, files, options), options.print !== undefined)
    },
  )
  explain(command, OUTPUT, INDEX, SIZES, FILES, EXIT_CODES, EXAMPLES)
}

async function lines(session: Session, files: readonly string[], options: LinesOptions): Promise<number> {
  const { print, json, quiet } = options
  const outcomes = await session.eachFile<Counted>(files, async (task) => {
    const index = options.index === undefined ? undefined : await indexOf(session, task, options.index)
    return print === undefined ? count(task, index) : printLines(session, task, print, index, options)
  })
  session.warnOfPartial(outcomes)
  const counted = outcomes.flatMap((outcome) => ('result' in outcome ? [outcome] : []))
  const total = counted.reduce((sum, { result }) => sum + result.lines, 0)
  // A reader that has gone wanted no more: that is no failure.
  if (print !== undefined) return total > 0 || isPartial(outcomes) ? 0 : 1
  if (json) await session.output.writeJson(session.summary(outcomes, { total: { lines: total } }))
  else if (!quiet) {
    const width = String(total).length
    const row = (figure: number, name: string): string => `${String(figure).padStart(width)} ${name}\n`
    for (const { file, result } of counted) await session.output.write(row(result.lines, nameOnStdout(file)))
    if (outcomes.length > 1) await session.output.write(row(total, 'total'))
  }
  return 0
}

/** An index counts a last line without a newline, `wc -l` does not. */
async function count(task: Task<Counted>, index: LineIndex | undefined): Promise<Counted> {
  const { reader, signal, threads } = task
  if (index) return { lines: index.count - (endsOpen(reader) ? 1 : 0) }
  task.soFar = { lines: 0 }
  const onProgress: Parameters<Reader['countLines']>[0] = {
    signal,
    threads,
    onProgress: (progress) => {
      task.soFar = { lines: progress.found }
      task.onProgress(progress)
    },
  }
  return { lines: await reader.countLines(onProgress) }
}

function endsOpen(reader: Reader): boolean {
  return reader.length > 0 && reader.at(-1) !== NEWLINE
}

/** How many were printed. */
async function printLines(
  session: Session,
  task: Task<Counted>,
  wanted: Wanted,
  index: LineIndex | undefined,
  { json, quiet }: LinesOptions,
): Promise<Counted> {
  const { start, end } = await rangeOf(task, wanted, index)
  task.soFar = { lines: 0 }
  if (json) return printAsJson(session, task, start, end, wanted.first)
  const printed = { lines: 0 }
  const { reader, signal, onProgress } = task
  let isOpen = false
  // By pieces, not by lines: a line may be longer than what the limit lets into memory.
  await session.output.copy(
    reader,
    start,
    end,
    signal,
    (bytes, piece) => {
      for (let at = piece.indexOf(NEWLINE); at !== -1; at = piece.indexOf(NEWLINE, at + 1)) printed.lines += 1
      isOpen = piece.at(-1) !== NEWLINE
      task.soFar = { lines: printed.lines }
      onProgress({ bytesScanned: start + bytes, bytesTotal: reader.length })
    },
    quiet,
  )
  return { lines: printed.lines + (isOpen ? 1 : 0) }
}

/** An object a line, without the text of one of more than 1 MiB. */
async function printAsJson(
  session: Session,
  task: Task<Counted>,
  from: number,
  to: number,
  first: number,
): Promise<Counted> {
  const { file, reader, signal } = task
  let printed = 0
  for await (const { start, end } of reader.lines({ start: from, end: to, asRanges: true })) {
    signal.throwIfAborted()
    const length = end - start
    const content = length > LONGEST ? { offset: start, length } : jsonText(reader.slice(start, end))
    await session.output.writeJson({ file, line: first + printed, ...content })
    printed += 1
    task.soFar = { lines: printed }
  }
  return { lines: printed }
}

/** The range of those lines: by the index, or by counting from the start. */
async function rangeOf(
  { reader, signal, onProgress }: Task<Counted>,
  { first, last }: Wanted,
  index: LineIndex | undefined,
): Promise<{ start: number; end: number }> {
  const { length } = reader
  if (index) {
    const at = (line: number): Promise<number> => index.offsetOf(Math.min(line, index.count), { signal })
    return { start: await at(first - 1), end: await at(last) }
  }
  const start = await reader.offsetOfLine(first - 1, { signal, onProgress })
  if (start === -1) return { start: length, end: length }
  const end = last === Infinity ? -1 : await reader.offsetOfLine(last - first + 1, { start, signal })
  return { start, end: end === -1 ? length : end }
}

/** The saved index; made, and saved, where there is none or the file changed since. */
async function indexOf(session: Session, task: Task<Counted>, path: string): Promise<LineIndex> {
  const { reader, signal, onProgress } = task
  try {
    return session.library.LineIndex.load(await readFile(path), reader)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_INVALID_ARG_VALUE') {
      throw new UsageError(
        `--index ${path} is no index of this file's: allowed is one that was, or a new name`,
      )
    }
    if (code !== 'ENOENT' && code !== 'ERR_SMMAP_FILE_CHANGED') throw error
    if (code !== 'ENOENT' && !session.options.quiet) session.warn(`the file changed: ${path} is built again`)
  }
  const index = await reader.lineIndex({ signal, onProgress })
  // By a rename: who reads it at the same time sees all of it or nothing.
  const temporary = `${path}.${process.pid}.part`
  await writeFile(temporary, index.save())
  await rename(temporary, path)
  return index
}

function parseWanted(text: string): Wanted {
  const match = /^(\d+)(:(\d*))?$/.exec(text)
  const first = Number(match?.[1])
  const last = match?.[2] === undefined ? first : match[3] ? Number(match[3]) : Infinity
  if (match && first >= 1 && last >= first && Number.isSafeInteger(first)) return { first, last }
  throw new InvalidArgumentError('Allowed are N, N:M and N: with line numbers from 1 on, M not below N.')
}

const OUTPUT = [
  'Output',
  `A count for each file, and with several files their total. With --print the
lines as they are. With --json an object; with --print one for each line,
which has the text, or of one longer than 1 MiB offset and length.`,
] as const

const INDEX = [
  'Index',
  `--index FILE is made at the first run, which reads the whole file once,
and read by the later ones: then the count and any line cost a jump. It is
made again if the file was written to since.`,
] as const

const EXIT_CODES = exitCodes('done; with --print: a line was printed', '--print found no such line')

const EXAMPLES = [
  'Examples',
  `$ smmap lines access.log
$ smmap lines --print 1000000 access.log
$ smmap lines --print 5000:5010 --index access.idx access.log`,
] as const
