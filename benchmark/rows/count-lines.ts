/** @file Row `count-lines`: the newlines of a large log, counted by command-line tools. */
import { logFile } from '../content'
import { atLeastTimes, peakRssAtMost } from '../goals'
import type { Row } from '../row'

const MIB = 2 ** 20
const LIMIT = 256 * MIB

const OURS = 'smmap lines, limit 256 MiB'
const WC = 'wc -l'

export const countLines: Row = {
  id: 'count-lines',
  work: 'count the lines of a large log from the command line',
  unit: 'GB/s',
  setup: async ({ smoke, folder }) => {
    const size = (smoke ? 64 : 4096) * MIB
    return { path: await logFile(folder, size), size }
  },
  ours: [{ name: OURS, command: 'smmap', args: ({ path }) => ['lines', path], answer: Number.parseInt }],
  rivals: [{ name: WC, command: 'wc', args: ({ path }) => ['-l', path], answer: Number.parseInt }],
  goals: [atLeastTimes(1.5, OURS, WC), peakRssAtMost(LIMIT + 64 * MIB, OURS)],
}
