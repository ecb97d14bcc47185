/** @file `smmap slice`: which bytes are meant, and their way to stdout. */
import { type Command, InvalidArgumentError } from 'commander'
import { FILES, SIZES, exitCodes, explain } from '../help.js'
import { commonOptions, filesArgument } from '../options.js'
import { type CommonOptions, type Session, type Task, inSession } from '../session.js'
import { parseSize } from '../size.js'

/** From an offset, counted from the end if it is negative; `-0` is the end. */
interface Range {
  readonly offset: number
  readonly length: number
}

interface Written {
  readonly bytes: number
}

export function addSlice(program: Command): void {
  const command = program
    .command('slice')
    .summary('write some bytes of a file to stdout')
    .description('Writes bytes of files to stdout, those of several files one after the other.')
    .argument('<range>', 'OFFSET or OFFSET:LENGTH; a negative offset counts from the end', parseRange)
  commonOptions(filesArgument(command, 'the files'), { isRaw: true }).action(
    (range: Range, files: string[], options: CommonOptions) => {
      return inSession(options, (session) => slice(session, range, files), true)
    },
  )
  explain(
    command,
    RANGES,
    SIZES,
    FILES,
    exitCodes('done, also where the file ends before the range'),
    EXAMPLES,
  )
}

async function slice(session: Session, range: Range, files: readonly string[]): Promise<number> {
  const outcomes = await session.eachFile<Written>(files, (task) => write(session, task, range))
  session.warnOfPartial(outcomes)
  return 0
}

async function write(session: Session, task: Task<Written>, range: Range): Promise<Written> {
  const { reader, signal, onProgress } = task
  const isFromEnd = Object.is(range.offset, -0) || range.offset < 0
  const start = isFromEnd ? Math.max(reader.length + range.offset, 0) : Math.min(range.offset, reader.length)
  const end = Math.min(start + range.length, reader.length)
  task.soFar = { bytes: 0 }
  await session.output.copy(reader, start, end, signal, (bytes) => {
    task.soFar = { bytes }
    onProgress({ bytesScanned: bytes, bytesTotal: end - start })
  })
  return { bytes: end - start }
}

function parseRange(text: string): Range {
  if (/^\d+-\d+$/.test(text)) {
    const [start, end] = text.split('-').map(Number) as [number, number]
    const meant = end >= start ? `; bytes ${start} to ${end} are ${start}:${end - start + 1}` : ''
    throw new InvalidArgumentError(`Allowed are OFFSET and OFFSET:LENGTH${meant}.`)
  }
  const [offset = '', length, ...rest] = text.split(':')
  const sign = offset.startsWith('-') ? -1 : 1
  const at = parseAmount(offset.replace(/^-/, ''))
  const size = length === undefined || length === '' ? Infinity : parseAmount(length)
  if (at !== undefined && size !== undefined && rest.length === 0) return { offset: sign * at, length: size }
  throw new InvalidArgumentError(
    'Allowed are OFFSET and OFFSET:LENGTH, sizes such as 0, 4096, -1MiB or 1G:64KiB.',
  )
}

function parseAmount(text: string): number | undefined {
  return /^0+$/.test(text) ? 0 : parseSize(text)
}

const RANGES = [
  'Ranges',
  `4096 is all from byte 4096 on (the first byte is 0), 4096:100 the 100 bytes
there, -100 the last 100. Put "--" before a negative one with a unit or a
length: smmap slice -- -1MiB:100 FILE. What lies after the end is left out.`,
] as const

const EXAMPLES = [
  'Examples',
  `$ smmap slice 0:512 disk.img > boot-sector
$ smmap slice 1G:64KiB disk.img | xxd
$ smmap slice -100 access.log`,
] as const
