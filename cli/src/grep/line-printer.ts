/** @file Knows how single lines are printed as grep does: groups, colours, matches. Not which they are. */
import type { GrepLine } from 'smmap'
import type { Reader, Session } from '../session.js'
import { nameOnStdout } from '../terminal.js'
import { type GrepOptions, type Names, hasContext } from './grep-options.js'

const NEWLINE = Buffer.from('\n')

/** What lines are read by, and what came before the first of them, where that is a part of a stream. */
export interface Origin {
  readonly reader: Reader
  readonly offset: number
  /** Counted from 1. */
  readonly firstLine: number
}

/** As GNU grep colours them: SGR codes, each with "erase to the end of the line". */
const COLORS = { match: '01;31', name: '35', number: '32', mark: '36' } as const

export function paint(what: keyof typeof COLORS, text: string): string {
  return `\u001b[${COLORS[what]}m\u001b[K${text}\u001b[m\u001b[K`
}

/** The lines of one file, or of a stream part by part. */
export class LinePrinter {
  readonly #session: Session
  readonly #file: string
  readonly #options: GrepOptions
  readonly #names: Names
  /** The reader that the present lines are from. */
  #origin: Origin | undefined
  /** Where the last line that belongs to a group ended. */
  #end = -1
  #parts: Uint8Array[] = []

  constructor(session: Session, file: string, options: GrepOptions, names: Names) {
    this.#session = session
    this.#file = file
    this.#options = options
    this.#names = names
  }

  async print(lines: Iterable<GrepLine>, origin: Origin): Promise<void> {
    this.#origin = origin
    for (const line of lines) {
      this.#addSeparator(line, origin.offset)
      if (!this.#options.onlyMatching) await this.#addLine(line)
      else if (line.isSelected) this.#addMatches(line)
    }
    await this.#flush()
  }

  #addSeparator({ start, end }: GrepLine, offset: number): void {
    const isApart = this.#end === -1 ? this.#names.hasPrinted : start + offset !== this.#end + 1
    if (isApart && hasContext(this.#options)) this.#parts.push(Buffer.from(`${this.#paint('mark', '--')}\n`))
    this.#end = end + offset
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
    const { reader } = this.#origin as Origin
    await this.#session.output.copy(reader, start, end, this.#session.signal)
    await this.#session.output.write(NEWLINE)
  }

  #addMatches(line: GrepLine): void {
    for (const { offset, length } of line.matches) {
      this.#addPrefix(line, offset)
      const at = offset - line.start
      const { reader } = this.#origin as Origin
      const bytes = line.bytes?.subarray(at, at + length) ?? reader.slice(offset, offset + length)
      this.#parts.push(...this.#match(bytes), NEWLINE)
    }
  }

  #match(bytes: Buffer): Uint8Array[] {
    if (!this.#names.isColored) return [bytes]
    const [start, end] = this.#paint('match', '\n').split('\n') as [string, string]
    return [Buffer.from(start), bytes, Buffer.from(end)]
  }

  #addPrefix({ line, isSelected }: GrepLine, at: number): void {
    const { lineNumber, byteOffset } = this.#options
    const { firstLine, offset } = this.#origin as Origin
    const mark = this.#paint('mark', isSelected ? ':' : '-')
    const parts = [
      this.#names.isNamed ? this.#paint('name', nameOnStdout(this.#file)) + mark : '',
      lineNumber && line !== undefined ? this.#paint('number', String(line + firstLine)) + mark : '',
      byteOffset ? this.#paint('number', String(offset + at)) + mark : '',
    ]
    const prefix = parts.join('')
    if (prefix !== '') this.#parts.push(Buffer.from(prefix))
  }

  #paint(what: keyof typeof COLORS, text: string): string {
    return this.#names.isColored ? paint(what, text) : text
  }

  async #flush(): Promise<void> {
    const parts = this.#parts
    this.#parts = []
    await this.#session.output.write(Buffer.concat(parts))
  }
}
