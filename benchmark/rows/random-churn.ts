/**
 * @file Row `random-churn`: 64 bytes anywhere in a file sixteen times the memory limit. What a lone read
 * costs.
 */
import { COPY, INTO_NEW, INTO_ONE, loneReads, ours, rivals, SLICE, SPAN } from '../lone-reads'
import type { Row } from '../row'
import { atMostTimesAtWorst } from '../window-sizes'

export const randomChurn: Row = {
  id: 'random-churn',
  work: '64 bytes at random in a file 16 times the limit',
  unit: 'ns per operation',
  setup: (scale) => loneReads(scale, 'random-churn', (size, random) => random(size - SPAN)),
  ours,
  rivals,
  goals: [atMostTimesAtWorst(0.85, COPY, INTO_ONE), atMostTimesAtWorst(0.85, SLICE, INTO_NEW)],
}
