/** @file Row `scan-cores`: the scan of row `scan` by one thread and by one a core, within the same limit. */
import { availableParallelism } from 'node:os'
import { largeLog } from '../content'
import * as counting from '../counting'
import { atLeastTimes, peakRssAtMost } from '../goals'
import type { Row } from '../row'

const MIB = 2 ** 20
const CORES = availableParallelism()

const OURS = 'smmap countLines, a thread a core'
const RUST = 'Rust memchr over mmap, a thread a core'

export const scanCores: Row = {
  id: 'scan-cores',
  work: `count the newlines of a large log on ${CORES} cores`,
  unit: 'GB/s',
  setup: largeLog,
  ours: [counting.countLines(OURS, CORES), counting.countLines('smmap countLines, one thread')],
  rivals: [counting.rustMmap(RUST, CORES), counting.rustMmap('Rust memchr over mmap, one thread')],
  goals: [atLeastTimes(0.9, OURS, RUST), peakRssAtMost(counting.LIMIT + 64 * MIB, OURS)],
}
