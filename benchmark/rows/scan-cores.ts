/** @file Row `scan-cores`: the scan of row `scan` by one thread and by one a core, within the same limit. */
import { availableParallelism } from 'node:os'
import { largeLog } from '../content'
import * as counting from '../counting'
import { atLeastTimes, peakRssAtMost } from '../goals'
import type { Row } from '../row'

const MIB = 2 ** 20
const CORES = availableParallelism()

const OURS = 'smmap countLines, a thread a core'
const ONE = 'smmap countLines, one thread'

export const scanCores: Row = {
  id: 'scan-cores',
  work: `count the newlines of a large log on ${CORES} cores`,
  unit: 'GB/s',
  setup: largeLog,
  ours: [counting.countLines(OURS, CORES), counting.countLines(ONE)],
  rivals: [
    counting.rustMmap('Rust memchr over mmap, a thread a core', CORES),
    counting.rustMmap('Rust memchr over mmap, one thread'),
  ],
  goals: [atLeastTimes(1.6, OURS, ONE), peakRssAtMost(counting.LIMIT + 64 * MIB, OURS)],
}
