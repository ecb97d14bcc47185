/** @file `smmap split`: its options, and the form of its ranges. Where they are cut is the library's. */
import { type Command, InvalidArgumentError } from 'commander'
import { FILES, SIZES, exitCodes, explain } from '../help.js'
import { commonOptions, countOption, filesArgument, sizeOption } from '../options.js'
import { type CommonOptions, type Session, inSession } from '../session.js'
import { UsageError } from '../usage-error.js'

interface SplitOptions extends CommonOptions {
  readonly parts?: number
  readonly size?: number
  readonly delimiter?: Buffer
}

/** A file's part for one worker. */
interface Part {
  readonly file: string
  readonly part: number
  readonly start: number
  readonly end: number
  /** As `smmap slice` takes it. */
  readonly slice: string
}

const MOST_PARTS = 2 ** 31 - 1

export function addSplit(program: Command): void {
  const command = program
    .command('split')
    .summary('cut files into ranges of whole records, for several workers')
    .description('Prints byte ranges of whole records as JSON, about equally long: one for each worker.')
    .addOption(countOption('-n, --parts <n>', 'how many ranges of each file', 1))
    .addOption(sizeOption('--size <size>', 'or about how long each range is'))
    .option(
      '--delimiter <text>',
      'what records end with; \\n, \\t, \\0, \\xNN mean what they do elsewhere',
      parseDelimiter,
    )
  commonOptions(filesArgument(command, 'the files')).action((files: string[], options: SplitOptions) => {
    if ((options.parts === undefined) === (options.size === undefined)) {
      throw new UsageError('allowed is one of --parts and --size, such as --parts 4')
    }
    return inSession(options, (session) => split(session, files, options))
  })
  explain(command, OUTPUT, SIZES, FILES, exitCodes('done'), EXAMPLES)
}

async function split(session: Session, files: readonly string[], options: SplitOptions): Promise<number> {
  const { parts, size, delimiter, quiet } = options
  const outcomes = await session.eachFile<Part[]>(files, async ({ file, reader, signal }) => {
    const count = parts ?? Math.min(Math.max(Math.ceil(reader.length / (size ?? 1)), 1), MOST_PARTS)
    const ranges = await reader.splitRanges(count, { delimiter, signal })
    return ranges.map(({ start, end }, part) => ({
      file,
      part,
      start,
      end,
      slice: `${start}:${end - start}`,
    }))
  })
  session.warnOfPartial(outcomes)
  const all = outcomes.flatMap((outcome) => (outcome.status === 'done' ? outcome.result : []))
  if (!quiet) await session.output.writeJson(all)
  return 0
}

function parseDelimiter(text: string): Buffer {
  const bytes = text.replaceAll(
    /\\(?:x([0-9a-f]{2})|([nrt0\\]))|[^]/giu,
    (whole, hex?: string, name?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (name !== undefined) return ESCAPES[name] ?? whole
      return Buffer.from(whole).toString('latin1')
    },
  )
  if (bytes !== '') return Buffer.from(bytes, 'latin1')
  throw new InvalidArgumentError('Allowed is any text of at least one byte.')
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '0': '\0', '\\': '\\' }

const OUTPUT = [
  'Output',
  `An array, with an object for each range: file, part (from 0), start, end (the
first byte after it), and slice, as "smmap slice" takes it. Each range ends
after a delimiter (by default, a newline), the last one where the
file does; together they are all the bytes. Long records make fewer ranges.`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap split --parts 4 access.log
$ smmap split --size 1GiB --delimiter '\\0' names.bin
$ echo "matrix=$(smmap split -n 8 access.log)" >> "$GITHUB_OUTPUT"`,
] as const
