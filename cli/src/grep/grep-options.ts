/** @file What `smmap grep` looks for, and what it reports about a file. */
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
