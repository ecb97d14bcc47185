/** @file Row `skewed`: as `random-churn`, but nine reads of ten lie in one stretch that fits the limit. */
import { COPY, INTO_NEW, INTO_ONE, loneReads, ours, rivals, SLICE, SPAN } from '../lone-reads'
import type { Random } from '../places'
import type { Row } from '../row'
import { atMostTimesAtWorst } from '../window-sizes'

export const skewed: Row = {
  id: 'skewed',
  work: '64 bytes at random, 90 % of them in 5 % of the file',
  unit: 'ns per operation',
  setup: (scale) => loneReads(scale, 'skewed', drawSkewed),
  ours,
  rivals,
  goals: [atMostTimesAtWorst(1 / 4, COPY, INTO_ONE), atMostTimesAtWorst(1 / 4, SLICE, INTO_NEW)],
}

/** The stretch begins where no window does. */
function drawSkewed(size: number, random: Random): number {
  const isHot = random(10) < 9
  return isHot ? Math.floor(size * 0.4) + random(Math.floor(size * 0.05) - SPAN) : random(size - SPAN)
}
