/** @file Row `skewed`: as `random-churn`, but nine reads of ten lie in one stretch that fits the limit. */
import { atMostTimes } from '../goals'
import { loneReads, OURS, ours, READ_SYNC, rivals, SPAN } from '../lone-reads'
import type { Random } from '../places'
import type { Row } from '../row'

export const skewed: Row = {
  id: 'skewed',
  work: '64 bytes at random, 90 % of them in 5 % of the file',
  unit: 'ns per operation',
  setup: (scale) => loneReads(scale, 'skewed', drawSkewed),
  ours,
  rivals,
  goals: [atMostTimes(1 / 4, OURS, READ_SYNC)],
}

/** The stretch begins where no window does. */
function drawSkewed(size: number, random: Random): number {
  const isHot = random(10) < 9
  return isHot ? Math.floor(size * 0.4) + random(Math.floor(size * 0.05) - SPAN) : random(size - SPAN)
}
