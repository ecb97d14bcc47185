/** @file What a contender's rounds come to: medians, the least and the most. Pure. */
import type { Median, Sample } from '../row'

/** @throws RangeError when there is no sample */
export function summaryOf(samples: readonly Sample[]): Median {
  if (samples.length === 0) throw new RangeError('no sample to sum up')
  const values = samples.map(({ value }) => value)
  const [loopDelay, loopStall, mapped] = (['loopDelay', 'loopStall', 'mapped'] as const).map((name) =>
    middleOfAll(samples.map((sample) => sample[name])),
  )
  return {
    value: middle(values),
    least: Math.min(...values),
    most: Math.max(...values),
    peakRss: middleOfAll(samples.map(({ peakRss }) => peakRss ?? undefined)) ?? null,
    ...(loopDelay !== undefined && { loopDelay }),
    ...(loopStall !== undefined && { loopStall }),
    ...(mapped !== undefined && { mapped }),
  }
}

/** The median. */
export function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]]
  return ((low as number) + (high as number)) / 2
}

/** The median, where every sample has the figure. */
function middleOfAll(values: readonly (number | undefined)[]): number | undefined {
  const found = values.filter((value) => value !== undefined)
  return found.length === values.length ? middle(found) : undefined
}
