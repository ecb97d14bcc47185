/** @file Row `random-churn`: 64 bytes anywhere in a file sixteen times the memory limit. What a lone read costs. */
import { atMostTimes } from '../goals'
import { loneReads, MAPPING, OURS, ours, READ_SYNC, rivals, SPAN } from '../lone-reads'
import type { Row } from '../row'

export const randomChurn: Row = {
  id: 'random-churn',
  work: '64 bytes at random in a file 16 times the limit',
  unit: 'ns per operation',
  setup: (scale) => loneReads(scale, 'random-churn', (size, random) => random(size - SPAN)),
  ours,
  rivals,
  goals: [atMostTimes(0.8, OURS, READ_SYNC), atMostTimes(1 / 5, OURS, MAPPING)],
}
