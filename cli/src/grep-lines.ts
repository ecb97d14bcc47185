/** @file Knows how lines that were found are printed: as grep does, and as JSON. Not which they are. */
import type { GrepBatch, GrepLine, GrepLinesOptions } from 'smmap'
import { jsonText } from './json-text.js'
import type { CommonOptions, Session, Task } from './session.js'
import { nameOnStdout } from './terminal.js'

export interface GrepOptions extends CommonOptions {
  readonly fixedStrings?: boolean
  readonly bytes?: boolean
  readonly ignoreCase?: boolean
  readonly invertMatch?: boolean
  readonly count?: boolean
  readonly filesWithMatches?: boolean
  readonly onlyMatching?: boolean
  readonly lineNumber?: boolean
  readonly byteOffset?: boolean
  readonly withFilename?: boolean
  readonly filename: boolean
  readonly maxCount?: number
  readonly beforeContext?: number
  readonly afterContext?: number
  readonly context?: number
}

export type Needle = string | Uint8Array | { readonly regex: string }

/** What is told of a file. */
export interface Selected {
  /** How many lines were selected. */
  readonly lines: number
}

/** What is shown before lines, and whether anything was, of all files together. */
export interface Names {
  readonly isNamed: boolean
  hasPrinted: boolean
}

const NEWLINE = Buffer.from('\n')

/** Prints the lines as grep does. */
export async function printLines(
  session: Session,
  task: Task<Selected>,
  needle: Needle,
  options: GrepOptions,
  names: Names,
): Promise<Selected> {
  const { onlyMatching, lineNumber, byteOffset } = options
  const isPlain = !(names.isNamed || onlyMatching || lineNumber || byteOffset || hasContext(options))
  const printer = new LinePrinter(session, task, options, names)
  task.soFar = { lines: 0 }
  for await (const batch of batchesOf(task, needle, options, onlyMatching === true)) {
    task.soFar = { lines: batch.count }
    if (isPlain && batch.isWhole) await session.output.write(batch.bytes)
    else await printer.print(batch)
    session.signal.throwIfAborted()
  }
  return task.soFar
}

/** Prints an object for each line. */
export async function printLinesAsJson(
  session: Session,
  task: Task<Selected>,
  needle: Needle,
  options: GrepOptions,
): Promise<Selected> {
  task.soFar = { lines: 0 }
  for await (const batch of batchesOf(task, needle, options, !options.invertMatch)) {
    task.soFar = { lines: batch.count }
    const lines = Array.from(batch, (line) => JSON.stringify(toObject(task.file, line)))
    await session.output.write(`${lines.join('\n')}\n`)
    session.signal.throwIfAborted()
  }
  return task.soFar
}

function batchesOf(
  { reader, signal, threads, onProgress }: Task<Selected>,
  needle: Needle,
  options: GrepOptions,
  matches: boolean,
): AsyncGenerator<GrepBatch> {
  const { context = 0, beforeContext = context, afterContext = context, onlyMatching } = options
  const wanted: GrepLinesOptions = {
    ignoreCase: options.ignoreCase,
    invert: options.invertMatch,
    maxCount: options.maxCount,
    before: onlyMatching ? 0 : beforeContext,
    after: onlyMatching ? 0 : afterContext,
    numbers: options.lineNumber === true || options.json === true,
    matches,
    signal,
    threads,
    onProgress,
  }
  return reader.grepBatches(needle, wanted)
}

function hasContext({ context, beforeContext, afterContext }: GrepOptions): boolean {
  return Boolean(context || beforeContext || afterContext)
}

/** The lines of one file. */
class LinePrinter {
  readonly #session: Session
  readonly #task: Task<Selected>
  readonly #options: GrepOptions
  readonly #names: Names
  /** Where the last line printed ended. */
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
      if (this.#options.onlyMatching) this.#addMatches(line)
      else await this.#addLine(line)
    }
    await this.#flush()
  }

  async #addLine(line: GrepLine): Promise<void> {
    const isApart = this.#end === -1 ? this.#names.hasPrinted : line.start !== this.#end + 1
    if (isApart && hasContext(this.#options)) this.#parts.push(Buffer.from('--\n'))
    this.#end = line.end
    this.#names.hasPrinted = true
    this.#addPrefix(line, line.start)
    if (line.bytes) this.#parts.push(line.bytes, NEWLINE)
    else await this.#writeLong(line)
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
      this.#parts.push(
        line.bytes?.subarray(at, at + length) ?? reader.slice(offset, offset + length),
        NEWLINE,
      )
    }
  }

  #addPrefix({ line, isSelected }: GrepLine, offset: number): void {
    const { lineNumber, byteOffset } = this.#options
    const mark = isSelected ? ':' : '-'
    const parts = [
      this.#names.isNamed ? nameOnStdout(this.#task.file) + mark : '',
      lineNumber && line !== undefined ? `${line + 1}${mark}` : '',
      byteOffset ? `${offset}${mark}` : '',
    ]
    const prefix = parts.join('')
    if (prefix !== '') this.#parts.push(Buffer.from(prefix))
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
