/** @file Writes the man page, from the program itself. Knows roff's man macros, and no command. */
import type { Command } from 'commander'
import { sectionsOf } from './help.js'

/** The page of all commands: `smmap(1)`. */
export function renderManPage(program: Command): string {
  const commands = program.commands.flatMap((command) => renderCommand(command))
  return `${[
    `.TH SMMAP 1 "" "smmap ${escape(program.version() ?? '')}" "User Commands"`,
    '.SH NAME',
    `smmap \\- ${escape(lowered(program.description()))}`,
    '.SH SYNOPSIS',
    '.B smmap',
    '.I command',
    '[options] ...',
    '.SH DESCRIPTION',
    escape(program.description()),
    '.SH COMMANDS',
    ...commands,
    ...sectionsOf(program).flatMap(([heading, text]) =>
      verbatim(`.SH ${escape(heading.toUpperCase())}`, text),
    ),
    '.SH ENVIRONMENT',
    ...item('NO_COLOR', 'No colours, whatever the terminal has.'),
    ...item('CI', 'With --progress=auto, a line of progress every few seconds where stderr is no terminal.'),
    ...item('SMMAP_NO_GUARD', '1: truncated files are not guarded against.'),
    '.SH SEE ALSO',
    'grep(1), wc(1), split(1), sha256sum(1), tail(1), mincore(2)',
  ].join('\n')}\n`
}

function renderCommand(command: Command): string[] {
  const help = command.createHelp()
  const entries = [
    ...help
      .visibleArguments(command)
      .map((one) => [help.argumentTerm(one), help.argumentDescription(one)] as const),
    ...help
      .visibleOptions(command)
      .map((one) => [help.optionTerm(one), help.optionDescription(one)] as const),
  ]
  return [
    `.SS "smmap ${escape(command.name())} ${escape(command.usage())}"`,
    escape(command.description()),
    ...entries.flatMap(([term, description]) => item(term, description)),
    ...sectionsOf(command).flatMap(([heading, text]) =>
      verbatim(
        `.PP
.B ${escape(heading)}`,
        text,
      ),
    ),
  ]
}

function item(term: string, description: string): string[] {
  return ['.TP', `.B ${escape(term)}`, escape(description)]
}

/** Lines as they are, under a heading. */
function verbatim(heading: string, text: string): string[] {
  return [heading, '.PP', '.nf', text.split('\n').map(escape).join('\n'), '.fi']
}

/** Hyphens and backslashes as they are; and no line that begins like a request. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^(?=[.'])/, '\\&')
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '')
}
