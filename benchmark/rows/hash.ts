/** @file Row `hash`: SHA-256 and BLAKE3 of a large file, by command-line tools. */
import { logFile } from '../content'
import { atLeastTimes, peakRssAtMost } from '../goals'
import type { CommandContender, CommandTool, Row } from '../row'

const MIB = 2 ** 20
const LIMIT = 256 * MIB

const SHA256 = 'smmap hash'
const BLAKE3 = 'smmap hash -a blake3'
const SHA256SUM = 'sha256sum'
const B3SUM = 'b3sum'

export const hash: Row = {
  id: 'hash',
  work: 'hash a large file from the command line',
  unit: 'GB/s',
  setup: async ({ smoke, folder }) => {
    const size = (smoke ? 64 : 4096) * MIB
    return { path: await logFile(folder, size), size }
  },
  ours: [
    contender('sha256', SHA256, 'smmap', 'hash'),
    contender('blake3', BLAKE3, 'smmap', 'hash', '-a', 'blake3'),
  ],
  rivals: [contender('sha256', SHA256SUM, 'sha256sum'), contender('blake3', B3SUM, 'b3sum')],
  goals: [
    atLeastTimes(1.5, SHA256, SHA256SUM),
    atLeastTimes(0.9, BLAKE3, B3SUM),
    peakRssAtMost(LIMIT + 64 * MIB, BLAKE3),
  ],
}

function contender(
  task: string,
  name: string,
  command: CommandTool,
  ...first: readonly string[]
): CommandContender {
  return {
    name,
    task,
    command,
    args: ({ path }) => [...first, path],
    // As many digits as a number holds.
    answer: (stdout) => Number.parseInt(stdout.slice(0, 13), 16),
  }
}
