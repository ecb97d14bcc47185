/**
 * @file Knows how the parts of the help that options cannot say are kept with a command; the man page shows
 * them too.
 */
import type { Command } from 'commander'

/** A heading, and the text under it; lines of up to 78 columns. */
export type Section = readonly [heading: string, text: string]

const sections = new WeakMap<Command, readonly Section[]>()

/** Adds sections after the options of a command's help. */
export function explain(command: Command, ...added: readonly Section[]): Command {
  sections.set(command, added)
  return command.addHelpText('after', () => `\n${added.map(renderSection).join('\n')}`)
}

/** The sections that {@link explain} added. */
export function sectionsOf(command: Command): readonly Section[] {
  return sections.get(command) ?? []
}

function renderSection([heading, text]: Section): string {
  const lines = text.split('\n').map((line) => (line === '' ? '' : `  ${line}`))
  return `${heading}:\n${lines.join('\n')}\n`
}

export const SIZES: Section = [
  'Sizes',
  `Bytes, or a number with a unit: K or KiB = 1,024 bytes, KB = 1,000 bytes;
likewise M, G, T. A file larger than --max-memory is read whole, one
window after another.`,
]

export const FILES: Section = [
  'Files',
  `Regular files, one after the other; a quoted pattern such as 'logs/**/*.log'
is every file it matches. "-" is refused: a pipe cannot be mapped. A file that
cannot be read is named on stderr, and the others are worked on. So is one
that is cut, replaced or rewritten during the run: its results are marked as
partial.`,
]

/** @param one - What exit code 1 means. */
export function exitCodes(zero: string, one?: string): Section {
  return [
    'Exit codes',
    `0    ${zero}${one === undefined ? '' : `\n1    ${one}`}
2    an option is wrong, or something went wrong with a file
130  interrupted by Ctrl-C (143: by SIGTERM); what was done is reported`,
  ]
}
