/** @file Knows how lines that were found are printed: as grep does, and as JSON. Not which they are. */
import { isUtf8 } from 'node:buffer'
import type { GrepBatch, GrepLine, GrepTextOptions } from 'smmap'
import { jsonText } from '../json-text.js'
import type { CommonOptions, Session, Task } from '../session.js'
import { nameOnStdout } from '../terminal.js'
import { eachBatch } from './batches.js'
import type { Needle, PatternOptions } from './patterns.js'
import type { WalkOptions } from './walk.js'

export interface GrepOptions extends CommonOptions, PatternOptions, WalkOptions {
  readonly ignoreCase?: boolean
  readonly invertMatch?: boolean
  readonly count?: boolean
  readonly filesWithMatches?: boolean
  readonly filesWithoutMatch?: boolean
  readonly onlyMatching?: boolean
  readonly lineNumber?: boolean
  readonly byteOffset?: boolean
  readonly withFilename?: boolean
  readonly filename: boolean
  readonly text?: boolean
  readonly color: 'auto' | 'always' | 'never'
  readonly maxCount?: number
  readonly beforeContext?: number
  readonly afterContext?: number
  readonly context?: number
}

/** What is told of a file. */
export interface Selected {
  /** How many lines were selected. */
  readonly lines: number
}

/** What is shown before lines, and whether anything was, of all files together. */
export interface Names {
  readonly isNamed: boolean
  readonly isColored: boolean
  hasPrinted: boolean
}

const NEWLINE = Buffer.from('\n')
/** How much of a file is looked at for a NUL before any of it goes to a terminal, as grep does it. */
const START = 2 ** 15

/** Prints the lines as grep does. */
export async function printLines(
  session: Session,
  task: Task<Selected>,
  needle: Needle,
  options: GrepOptions,
  names: Names,
): Promise<Selected> {
  const { onlyMatching, text } = options
  // A terminal would obey what is in a binary file.
  const isGuarded = process.stdout.isTTY && !text
  const isPlain = !(names.isColored || onlyMatching || hasContext(options))
  const prefix = prefixOf(task.file, options, names)
  const printer = new LinePrinter(session, task, options, names)
  let isBinary = isGuarded && (await task.reader.read(0, START)).includes(0)
  const matches = onlyMatching === true || (names.isColored && !options.invertMatch)
  const selected = { lines: 0 }
  task.soFar = selected
  await eachBatch(task, needle, options, matches, async (batch) => {
    selected.lines = batch.count
    isBinary ||= isGuarded && !isText(batch.bytes)
    if (isBinary && batch.count > 0) {
      await session.output.write(`smmap: ${nameOnStdout(task.file)}: binary file matches\n`)
      return false
    }
    if (isPlain && batch.isWhole) await session.output.write(prefix ? batch.toText(prefix) : batch.bytes)
    else await printer.print(batch)
    return true
  })
  return selected
}

/** What stands before each line, if anything. */
function prefixOf(
  file: string,
  { lineNumber, byteOffset }: GrepOptions,
  { isNamed }: Names,
): GrepTextOptions | undefined {
  if (!(isNamed || lineNumber || byteOffset)) return undefined
  return { name: isNamed ? nameOnStdout(file) : undefined, numbers: lineNumber, offsets: byteOffset }
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}

/** Prints an object for each line. */
export async function printLinesAsJson(
  session: Session,
  task: Task<Selected>,
  needle: Needle,
  options: GrepOptions,
): Promise<Selected> {
  const selected = { lines: 0 }
  task.soFar = selected
  await eachBatch(task, needle, options, !options.invertMatch, async (batch) => {
    selected.lines = batch.count
    await session.output.writeJsonLines(Array.from(batch, (line) => toObject(task.file, line)))
    return true
  })
  return selected
}

/** Whether groups of lines are told apart: also where none is asked for around them (-A 0). */
function hasContext({ context, beforeContext, afterContext }: GrepOptions): boolean {
  return (context ?? beforeContext ?? afterContext) !== undefined
}

/** As GNU grep colours them: SGR codes, each with "erase to the end of the line". */
const COLORS = { match: '01;31', name: '35', number: '32', mark: '36' } as const

/** The lines of one file. */
class LinePrinter {
  readonly #session: Session
  readonly #task: Task<Selected>
  readonly #options: GrepOptions
  readonly #names: Names
  /** Where the last line that belongs to a group ended. */
  #end = -1
  #parts: Uint8Array[] = []

  constructor(session: Session, task: Task<Selected>, options: GrepOptions, names: Names) {
    this.#session = session
    this.#task = task
    this.#options = options
    this.#names = names
  }

  async print(batch: GrepBatch): Promise<void> {
    for (const line of batch) {
      this.#addSeparator(line)
      if (!this.#options.onlyMatching) await this.#addLine(line)
      else if (line.isSelected) this.#addMatches(line)
    }
    await this.#flush()
  }

  #addSeparator({ start, end }: GrepLine): void {
    const isApart = this.#end === -1 ? this.#names.hasPrinted : start !== this.#end + 1
    if (isApart && hasContext(this.#options)) this.#parts.push(Buffer.from(`${this.#paint('mark', '--')}\n`))
    this.#end = end
    this.#names.hasPrinted = true
  }

  async #addLine(line: GrepLine): Promise<void> {
    this.#addPrefix(line, line.start)
    if (!line.bytes) return this.#writeLong(line)
    if (this.#names.isColored) this.#addColored(line, line.bytes)
    else this.#parts.push(line.bytes)
    this.#parts.push(NEWLINE)
  }

  #addColored({ start, matches, isSelected }: GrepLine, bytes: Buffer): void {
    let done = 0
    for (const { offset, length } of isSelected ? matches : []) {
      const at = offset - start
      this.#parts.push(bytes.subarray(done, at), ...this.#match(bytes.subarray(at, at + length)))
      done = at + length
    }
    this.#parts.push(bytes.subarray(done))
  }

  /** A line that no batch has the bytes of goes from the file to stdout, piece by piece. */
  async #writeLong({ start, end }: GrepLine): Promise<void> {
    await this.#flush()
    const { reader, signal } = this.#task
    await this.#session.output.copy(reader, start, end, signal)
    await this.#session.output.write(NEWLINE)
  }

  #addMatches(line: GrepLine): void {
    for (const { offset, length } of line.matches) {
      this.#addPrefix(line, offset)
      const at = offset - line.start
      const { reader } = this.#task
      const bytes = line.bytes?.subarray(at, at + length) ?? reader.slice(offset, offset + length)
      this.#parts.push(...this.#match(bytes), NEWLINE)
    }
  }

  #match(bytes: Buffer): Uint8Array[] {
    if (!this.#names.isColored) return [bytes]
    const [begin, end] = this.#paint('match', '\n').split('\n') as [string, string]
    return [Buffer.from(begin), bytes, Buffer.from(end)]
  }

  #addPrefix({ line, isSelected }: GrepLine, offset: number): void {
    const { lineNumber, byteOffset } = this.#options
    const mark = this.#paint('mark', isSelected ? ':' : '-')
    const parts = [
      this.#names.isNamed ? this.#paint('name', nameOnStdout(this.#task.file)) + mark : '',
      lineNumber && line !== undefined ? this.#paint('number', String(line + 1)) + mark : '',
      byteOffset ? this.#paint('number', String(offset)) + mark : '',
    ]
    const prefix = parts.join('')
    if (prefix !== '') this.#parts.push(Buffer.from(prefix))
  }

  #paint(what: keyof typeof COLORS, text: string): string {
    return this.#names.isColored ? `\u001b[${COLORS[what]}m\u001b[K${text}\u001b[m\u001b[K` : text
  }

  async #flush(): Promise<void> {
    const parts = this.#parts
    this.#parts = []
    await this.#session.output.write(Buffer.concat(parts))
  }
}

/** Text as far as it is UTF-8, else the bytes too; neither of a line longer than 1 MiB. */
function toObject(file: string, { line, start, bytes, end, isSelected, matches }: GrepLine): object {
  return {
    type: isSelected ? 'match' : 'context',
    file,
    line: line === undefined ? undefined : line + 1,
    offset: start,
    length: end - start,
    ...(bytes && jsonText(bytes)),
    ...(isSelected && matches.length > 0 && { matches }),
  }
}
