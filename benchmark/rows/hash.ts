/** @file Row `hash`: SHA-256 and BLAKE3 of a large file, by command-line tools. */
import { logFile } from '../content'
import { peakRssAtMost } from '../goals'
import type { CommandContender, CommandTool, Row } from '../row'

const MIB = 2 ** 20
const LIMIT = 256 * MIB

const SHA256 = 'smmap hash'
const BLAKE3 = 'smmap hash -a blake3'

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
  rivals: [contender('sha256', 'sha256sum', 'sha256sum'), contender('blake3', 'b3sum', 'b3sum')],
  goals: [peakRssAtMost(LIMIT + 64 * MIB, BLAKE3)],
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
