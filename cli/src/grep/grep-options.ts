/** @file What `smmap grep` looks for, by which options, and what it reports about a file. */
import { type Command, Option } from 'commander'
import { countOption } from '../options.js'
import type { CommonOptions } from '../session.js'
import type { PatternOptions } from './patterns.js'
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

/** What grep reports about a file. */
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

/** Whether groups of lines are separated: also with -A 0, which asks for no lines around them. */
export function hasContext({ context, beforeContext, afterContext }: GrepOptions): boolean {
  return (context ?? beforeContext ?? afterContext) !== undefined
}

/** How many lines before a segment may be printed because of lines in it, or because of each other. */
export function linesKept({
  context = 0,
  beforeContext = context,
  afterContext = context,
}: GrepOptions): number {
  return Math.max(beforeContext, afterContext)
}

/** What is looked for. */
export function patternOptions(command: Command): void {
  command
    .option('-e, --regexp <pattern>', 'a pattern; with several, lines match that have any', collect)
    .option('-f, --file <file>', 'patterns from a file, one a line', collect)
    .option('-F, --fixed-strings', 'the pattern is a text, not an expression')
    .option('--bytes', 'the pattern is bytes in hexadecimal, such as 1f8b08')
    .option('-i, --ignore-case', 'letters match in both cases')
    .option('-w, --word-regexp', 'matches are whole words')
    .option('-x, --line-regexp', 'matches are whole lines')
}

/** Which lines are selected, and what of them is printed. */
export function outputOptions(command: Command): void {
  command
    .option('-v, --invert-match', 'the lines that do not match')
    .option('-c, --count', 'print how many lines of each file, not the lines')
    .option('-l, --files-with-matches', 'print the names of the files that have such lines')
    .option('-L, --files-without-match', 'print the names of the files that have none')
    .option('-o, --only-matching', 'print each match, not its line')
    .option('-n, --line-number', 'before each line its number, from 1')
    .option('-b, --byte-offset', "before each line its offset, with -o each match's, from 0")
    .option('-H, --with-filename', "before each line its file's name, as where there are several")
    .option('--no-filename', 'no names of files')
    .option('-s, --no-messages', 'say nothing of files that cannot be opened')
    .addOption(countOption('-m, --max-count <n>', 'stop after n lines of each file', 1))
    .addOption(countOption('-A, --after-context <n>', 'print n lines after each', 0))
    .addOption(countOption('-B, --before-context <n>', 'print n lines before each', 0))
    .addOption(countOption('-C, --context <n>', 'both, as -<n> does', 0))
}

/** Which files are searched; colours; and what grep has for other kinds of expressions. */
export function otherOptions(command: Command): void {
  command
    .option('-r, --recursive', 'files in folders too')
    .option('-R, --dereference-recursive', 'so, and follow links there')
    .option('--include <glob>', 'only files whose names fit', collect)
    .option('--exclude <glob>', 'no files whose names fit', collect)
    .option('--exclude-dir <glob>', 'no folders whose names fit', collect)
    .option('-a, --text', 'print lines of binary files on a terminal, too')
    .addOption(
      new Option('--color [when]', 'colour matches: auto on a terminal')
        .choices(['auto', 'always', 'never'])
        .preset('auto')
        .default('auto'),
    )
    .option('-E, --extended-regexp', 'as without: expressions are extended ones')
    .option('-P, --perl-regexp', 'as without: the syntax is mostly that of Perl')
    .option('-G, --basic-regexp', 'an expression that means the same as a basic one')
}

function collect(text: string, texts: string[] = []): string[] {
  return [...texts, text]
}
