/** @file Knows spellings of grep's that no option parser has: `-2` for `-C 2`, `--colour`. */

/** Of grep: what comes after these is their value, whatever it looks like. */
const LONG_WITH_VALUE =
  'regexp|file|max-count|after-context|before-context|context|' +
  'include|exclude|exclude-dir|max-memory|window|progress'
const WITH_VALUE = new RegExp(`^(?:-[a-zA-Z]*[efmABC]|--(?:${LONG_WITH_VALUE}))$`)

/** The arguments as the parser takes them. */
export function spellOut(args: readonly string[]): string[] {
  const [command, ...rest] = args
  if (command !== 'grep') return [...args]
  const end = rest.indexOf('--')
  const options = end === -1 ? rest : rest.slice(0, end)
  const spelt = options.flatMap((arg, index) => {
    if (WITH_VALUE.test(options[index - 1] ?? '')) return [arg]
    const [, lines, others] = /^-(\d+)([a-zA-Z]*)$/.exec(arg) ?? []
    if (lines !== undefined) return others ? [`-C${lines}`, `-${others}`] : [`-C${lines}`]
    return [arg.replace(/^--colour(?==|$)/, '--color')]
  })
  return [command, ...spelt, ...(end === -1 ? [] : rest.slice(end))]
}
