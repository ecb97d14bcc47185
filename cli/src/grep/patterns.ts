/**
 * @file Knows how grep's patterns become one that the library takes: several, from files, as words, as lines.
 * Searches nothing.
 */
import { readFileSync } from 'node:fs'
import { UsageError } from '../usage-error.js'

/** What the library looks for. */
export type Needle = string | Uint8Array | { readonly regex: string }

/** How patterns are given and read. */
export interface PatternOptions {
  readonly regexp?: readonly string[]
  readonly file?: readonly string[]
  readonly fixedStrings?: boolean
  readonly basicRegexp?: boolean
  readonly bytes?: boolean
  readonly wordRegexp?: boolean
  readonly lineRegexp?: boolean
}

/** One that matches nowhere: no patterns at all, as of an empty file. */
const NOTHING = '[^\\s\\S]'

/** @param pattern - The one that stands among the arguments; `undefined` with -e and -f. */
export function toNeedle(pattern: string | undefined, options: PatternOptions): Needle {
  const { fixedStrings, bytes, wordRegexp, lineRegexp } = options
  if (fixedStrings && bytes) throw new UsageError('-F and --bytes do not go together: allowed is one of them')
  const patterns = collect(pattern, options)
  const [first] = patterns
  if (bytes) {
    if (patterns.length === 1 && first && !wordRegexp && !lineRegexp) return toBytes(first.toString())
    throw new UsageError('--bytes goes with one pattern only, and with none of -w and -x')
  }
  const isPlain = patterns.length === 1 && !wordRegexp && !lineRegexp
  if (fixedStrings && isPlain && first && first.length > 0) return toNeedleOfText(first)
  if (options.basicRegexp) for (const each of patterns) checkBasic(each.toString())
  return { regex: join(patterns, options) }
}

function collect(pattern: string | undefined, { regexp = [], file = [] }: PatternOptions): Buffer[] {
  const given = [...(pattern === undefined ? [] : [pattern]), ...regexp].flatMap((text) => text.split('\n'))
  const read = file.flatMap((name) => linesOf(readFileSync(name === '-' ? 0 : name)))
  return [...given.map((text) => Buffer.from(text)), ...read]
}

/** A newline at the end ends a pattern, and begins none. */
function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0, end = 0; start < bytes.length; start = end + 1) {
    end = bytes.indexOf(10, start)
    if (end === -1) end = bytes.length
    lines.push(bytes.subarray(start, end))
  }
  return lines
}

/** Text that is no UTF-8 is looked for by its bytes. */
function toNeedleOfText(text: Buffer): Needle {
  return text.equals(Buffer.from(text.toString())) ? text.toString() : { regex: escape(text) }
}

function join(patterns: readonly Buffer[], { fixedStrings, wordRegexp, lineRegexp }: PatternOptions): string {
  if (patterns.length === 0) return NOTHING
  // The longest first: of texts, that is the longest match, which is grep's.
  const sorted = fixedStrings ? patterns.toSorted((a, b) => b.length - a.length) : patterns
  const texts = sorted.map((each) => (fixedStrings ? escape(each) : each.toString()))
  const either = texts.length === 1 ? (texts[0] ?? '') : texts.map((text) => `(?:${text})`).join('|')
  if (lineRegexp) return `(?m:^)(?:${either})(?m:$)`
  // The edges of ripgrep's -w: no word's character before it, none after it.
  return wordRegexp ? `\\b{start-half}(?:${either})\\b{end-half}` : either
}

function escape(text: Buffer): string {
  const decoded = text.toString()
  if (!text.equals(Buffer.from(decoded)))
    return Array.from(text, (byte) => `(?-u:\\x${byte.toString(16).padStart(2, '0')})`).join('')
  return decoded.replace(/[\\.+*?()|[\]{}^$#&\-~]/g, '\\$&')
}

/** -G is accepted where it means what Rust's syntax does. */
function checkBasic(pattern: string): void {
  if (!/[+?|(){}]/.test(pattern.replace(/\[\^?\]?[^\]]*\]/g, ''))) return
  throw new UsageError(
    `-G '${pattern}': "+ ? | ( ) { }" mean something else in basic expressions. ` +
      'Allowed are those without, and -E',
  )
}

function toBytes(pattern: string): Uint8Array {
  if (/^(?:[0-9a-f]{2})+$/i.test(pattern)) return Buffer.from(pattern, 'hex')
  throw new UsageError(
    `'${pattern}' is invalid with --bytes. Allowed are pairs of hexadecimal digits, such as 1f8b08`,
  )
}
