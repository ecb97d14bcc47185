/**
 * @file Rows `grep-text` and `grep-regex`: how many lines of a large log match, counted by command-line
 * tools.
 */
import { logFile } from '../content'
import { atLeastTimes, peakRssAtMost } from '../goals'
import type { CommandContender, CommandTool, Row } from '../row'

const MIB = 2 ** 20
const LIMIT = 256 * MIB

const OURS = 'smmap grep -c, limit 256 MiB'
const RIPGREP = 'ripgrep -c'

export const grepText: Row = grepRow(
  'grep-text',
  'count the lines of a large log with a text',
  '"level":"error"',
  '-F',
)
export const grepRegex: Row = grepRow(
  'grep-regex',
  'count the lines of a large log that match',
  '"status":5[0-9][0-9]',
)

function grepRow(id: string, work: string, pattern: string, ...flags: readonly string[]): Row {
  const contender = (name: string, command: CommandTool, ...first: readonly string[]): CommandContender => ({
    name,
    command,
    args: ({ path }) => [...first, '-c', ...flags, pattern, path],
    answer: Number,
  })
  return {
    id,
    work,
    unit: 'GB/s',
    setup: async ({ smoke, folder }) => {
      const size = (smoke ? 64 : 4096) * MIB
      return { path: await logFile(folder, size), size }
    },
    ours: [contender(OURS, 'smmap', 'grep')],
    rivals: [contender('GNU grep -c', 'grep'), contender(RIPGREP, 'rg')],
    goals: [atLeastTimes(1.1, OURS, RIPGREP), peakRssAtMost(LIMIT + 64 * MIB, OURS)],
  }
}
