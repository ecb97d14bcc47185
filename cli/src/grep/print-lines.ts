/** @file Knows how lines that were found are printed: as grep does, and as JSON. Not which they are. */
import { isUtf8 } from 'node:buffer'
import type { GrepBatch, GrepLine, GrepTextOptions } from 'smmap'
import { jsonText } from '../json-text.js'
import type { Segment } from '../segments.js'
import type { Session, Task } from '../session.js'
import { nameOnStdout } from '../terminal.js'
import { eachBatch } from './batches.js'
import { type GrepOptions, type Names, type Selected, hasContext } from './grep-options.js'
import { LinePrinter, type Origin } from './line-printer.js'
import type { Needle } from './patterns.js'

/** How much of a file is looked at for a NUL before any of it goes to a terminal, as grep does it. */
const START = 2 ** 15

/** A file is its only segment. */
const WHOLE: Omit<Segment, 'fd'> = { size: Infinity, carried: 0, kept: 0, offset: 0 }

/**
 * Prints the selected lines of a file, or of a stream segment by segment, as grep does or as JSON.
 *
 * Where lines around the selected ones are wanted, a segment begins with the last lines of the one before:
 * they may be needed before its first line that is selected, and one of them may still lack lines after it.
 * What is found among them again is neither printed nor counted again.
 */
export class Printing {
  readonly #session: Session
  readonly #file: string
  readonly #needle: Needle
  readonly #options: GrepOptions
  readonly #names: Names
  readonly #printer: LinePrinter
  /** A terminal would obey what is in a binary file. */
  readonly #isGuarded: boolean
  #isBinary = false
  #lines = 0
  #firstLine = 1
  /** Offset in the stream of the first byte that was not printed. */
  #printed = 0
  /** How many selected lines the next segment begins with. */
  #repeated = 0
  /** How many lines were printed after the last selected one. */
  #after = 0

  constructor(session: Session, file: string, needle: Needle, options: GrepOptions, names: Names) {
    this.#session = session
    this.#file = file
    this.#needle = needle
    this.#options = options
    this.#names = names
    this.#printer = new LinePrinter(session, file, options, names)
    this.#isGuarded = Boolean(process.stdout.isTTY) && !options.text && !options.json
  }

  /** Prints those of a segment, by default all there is; whether more are wanted. */
  async print(task: Task<Selected>, segment: Omit<Segment, 'fd'> = WHOLE): Promise<boolean> {
    const { maxCount } = this.#options
    const { offset, kept } = segment
    const [before, repeated] = [this.#lines, this.#repeated]
    const most = maxCount === undefined ? {} : { maxCount: maxCount - before + repeated }
    const origin = { reader: task.reader, offset, firstLine: this.#firstLine }
    task.soFar = { lines: before }
    this.#isBinary ||= offset === 0 && this.#isGuarded && (await task.reader.read(0, START)).includes(0)
    this.#repeated = 0
    await eachBatch(task, this.#needle, { ...this.#options, ...most }, this.#wantsMatches, async (batch) => {
      this.#lines = before + Math.max(0, batch.count - repeated)
      task.soFar = { lines: this.#lines }
      return this.#printBatch(batch, origin, kept)
    })
    if (this.#isOver(segment)) return false
    const { lineNumber, json } = this.#options
    if (kept > 0 && (lineNumber || json)) this.#firstLine += await task.reader.countLines({ end: kept })
    return true
  }

  get #wantsMatches(): boolean {
    const { json, onlyMatching, invertMatch } = this.#options
    return json ? !invertMatch : onlyMatching === true || (this.#names.isColored && !invertMatch)
  }

  /** Whether as many were selected as are wanted, and none around the last one can come. */
  #isOver({ offset, size }: Omit<Segment, 'fd'>): boolean {
    const { maxCount = Infinity, context = 0, afterContext = context } = this.#options
    if (this.#isBinary && this.#lines > 0) return true
    return this.#lines >= maxCount && (this.#after >= afterContext || this.#printed < offset + size)
  }

  async #printBatch(batch: GrepBatch, origin: Origin, kept: number): Promise<boolean> {
    const { output } = this.#session
    const { json, onlyMatching } = this.#options
    if (json) {
      const lines = Array.from(this.#newOf(batch, origin.offset, kept), (line) =>
        toObject(this.#file, line, origin),
      )
      await output.writeJsonLines(lines)
      return true
    }
    this.#isBinary ||= this.#isGuarded && !isText(batch.bytes)
    if (this.#isBinary && batch.count > 0) {
      await output.write(`smmap: ${nameOnStdout(this.#file)}: binary file matches\n`)
      return false
    }
    const isPlain = !(this.#names.isColored || onlyMatching || hasContext(this.#options))
    const prefix = prefixOf(this.#file, this.#options, this.#names, origin)
    if (isPlain && batch.isWhole) await output.write(prefix ? batch.toText(prefix) : batch.bytes)
    else await this.#printer.print(this.#newOf(batch, origin.offset, kept), origin)
    return true
  }

  /** The lines that were not printed before. */
  *#newOf(batch: GrepBatch, offset: number, kept: number): Generator<GrepLine, void, undefined> {
    for (const line of batch) {
      this.#after = line.isSelected ? 0 : this.#after + 1
      if (line.isSelected && line.start >= kept && kept > 0) this.#repeated += 1
      if (line.start + offset < this.#printed) continue
      this.#printed = line.end + offset + 1
      yield line
    }
  }
}

/** What stands before each line, if anything. */
function prefixOf(
  file: string,
  { lineNumber, byteOffset }: GrepOptions,
  { isNamed }: Names,
  { offset, firstLine }: Origin,
): GrepTextOptions | undefined {
  if (!(isNamed || lineNumber || byteOffset)) return undefined
  const name = isNamed ? nameOnStdout(file) : undefined
  return { name, numbers: lineNumber, offsets: byteOffset, firstLine, firstOffset: offset }
}

function isText(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(0)
}

/** Text as far as it is UTF-8, else the bytes too; neither of a line longer than 1 MiB. */
function toObject(
  file: string,
  { line, start, bytes, end, isSelected, matches }: GrepLine,
  { offset, firstLine }: Origin,
): object {
  return {
    type: isSelected ? 'match' : 'context',
    file,
    line: line === undefined ? undefined : line + firstLine,
    offset: start + offset,
    length: end - start,
    ...(bytes && jsonText(bytes)),
    ...(isSelected &&
      matches.length > 0 && {
        matches: matches.map((match) => ({ ...match, offset: match.offset + offset })),
      }),
  }
}
