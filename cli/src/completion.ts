/**
 * @file Writes completion scripts for shells, from the program itself. Knows the shells' languages, and no
 * command.
 */
import type { Command, Option } from 'commander'

export const SHELLS = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof SHELLS)[number]

/** The script that completes the program's commands, options and their choices; elsewhere names of files. */
export function completionFor(program: Command, shell: Shell): string {
  return { bash, zsh, fish }[shell](program)
}

function bash(program: Command): string {
  const commands = commandsOf(program)
  const cases = commands.map((command) => `    ${command.name()}) words='${wordsOf(command).join(' ')}' ;;`)
  const choices = choicesOf(commands).map(
    ([flag, values]) =>
      `    ${flag}) COMPREPLY=($(compgen -W '${values.join(' ')}' -- "$current")); return ;;`,
  )
  return `# bash completion for smmap
_smmap() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${namesOf(program).join(' ')} --help --version' -- "$current"))
    return
  fi
  case $previous in
${choices.join('\n')}
  esac
  case \${COMP_WORDS[1]} in
    help) words='${namesOf(program).join(' ')}' ;;
${cases.join('\n')}
  esac
  if [[ $current == -* || \${COMP_WORDS[1]} == @(help|completion) ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _smmap smmap
`
}

function zsh(program: Command): string {
  const names = commandsOf(program).map(
    (command) => `    ${quoted(`${command.name()}:${command.summary()}`)}`,
  )
  const cases = commandsOf(program).map((command) => {
    const options = optionsOf(command).map((option) => `      ${zshOption(option)}`)
    const rest = argumentChoices(command)
    const action = rest.length > 0 ? quoted(`*:word:(${rest.join(' ')})`) : quoted('*:file:_files')
    return `    ${command.name()}) _arguments -s \\\n${[...options, `      ${action}`].join(' \\\n')} ;;`
  })
  return `#compdef smmap
_smmap() {
  local -a commands=(
${names.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
    help) _describe command commands ;;
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _smmap ]]; then _smmap "$@"; else compdef _smmap smmap; fi
`
}

function zshOption({ short, long, description, required, argChoices }: Option): string {
  const text = description.replaceAll(/[[\]:]/g, ' ')
  const values = argChoices ? `:value:(${argChoices.join(' ')})` : required ? ':value:' : ''
  const flags = [short, long].filter((flag) => flag !== undefined)
  return flags.map((flag) => quoted(`${flag}[${text}]${values}`)).join(' ')
}

function fish(program: Command): string {
  const commands = commandsOf(program).map((command) => {
    const text = quoted(command.summary())
    return `complete -c smmap -n __fish_use_subcommand -f -a ${command.name()} -d ${text}`
  })
  const options = commandsOf(program).flatMap((command) => {
    const words = argumentChoices(command).join(' ')
    const rows = optionsOf(command)
      .map(fishOption)
      .concat(words === '' ? [] : `-f -a '${words}'`)
    return rows.map((row) => `complete -c smmap -n '__fish_seen_subcommand_from ${command.name()}' ${row}`)
  })
  return `# fish completion for smmap\n${[...commands, ...options].join('\n')}\n`
}

function fishOption({ short, long, description, required, argChoices }: Option): string {
  const parts = [
    short ? `-s ${short.slice(1)}` : '',
    long ? `-l ${long.slice(2)}` : '',
    argChoices ? `-x -a '${argChoices.join(' ')}'` : required ? '-r' : '',
    `-d ${quoted(description)}`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

function commandsOf(program: Command): readonly Command[] {
  return program.commands
}

function namesOf(program: Command): string[] {
  return [...program.commands.map((command) => command.name()), 'help']
}

function optionsOf(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command)
}

/** What may follow a command: its options, or the words its argument may be. */
function wordsOf(command: Command): string[] {
  const flags = optionsOf(command).flatMap(({ short, long }) => [short, long])
  return [...flags.filter((flag) => flag !== undefined), ...argumentChoices(command)]
}

function argumentChoices(command: Command): readonly string[] {
  return command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? [])
}

/** The options with choices, each once, whichever commands have it. */
function choicesOf(commands: readonly Command[]): [flag: string, values: readonly string[]][] {
  const all = commands.flatMap((command) => optionsOf(command))
  const entries = all.flatMap(({ long, argChoices }): [string, readonly string[]][] => {
    return long && argChoices ? [[long, argChoices]] : []
  })
  return [...new Map(entries)]
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
