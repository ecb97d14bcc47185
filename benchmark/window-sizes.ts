/**
 * @file The window sizes at which rows about reading in place run, so that none sits in the sweet spot of one
 * size; and the goal that the worst of them decides. Knows no row.
 */
import { asTimes, ratioOf } from './goals'
import type { Goal, Input, NodeContender, Sample } from './row'

const MIB = 2 ** 20

/** By the name that ends a contender's: a number of bytes, or −1 for the package's default. */
const sizes: ReadonlyMap<string, number> = new Map([
  ['default windows', -1],
  ['64 MiB windows', 64 * MIB],
  ['4 MiB windows', 4 * MIB],
  ['256 KiB windows', MIB / 4],
])

/** A contender for each size, called after it. */
export function atEachSize(
  name: string,
  run: (input: Input, windowSize: number) => Sample | Promise<Sample>,
  task?: string,
): readonly NodeContender[] {
  return [...sizes].map(([size, windowSize]): NodeContender => {
    const contender = { name: nameAt(name, size), run: (input: Input) => run(input, windowSize) }
    return task === undefined ? contender : Object.assign(contender, { task })
  })
}

/**
 * At whatever size, `ours` takes at most `limit` times what `rival` takes: at the same size where there is
 * such a contender, else the only one of that name.
 */
export function atMostTimesAtWorst(limit: number, ours: string, rival: string): Goal {
  return {
    text: `${ours}, worst window size: ≤ ${asTimes(limit)} ${rival}`,
    judge: (medians) => {
      const ratios = [...sizes.keys()].map((size) => {
        const sized = nameAt(rival, size)
        const ratio = ratioOf(medians, nameAt(ours, size), medians.has(sized) ? sized : rival)
        return { size, ratio }
      })
      if (ratios.some(({ ratio }) => ratio === undefined)) return undefined
      const worst = ratios.reduce((a, b) => (Number(b.ratio) > Number(a.ratio) ? b : a))
      const ratio = Number(worst.ratio)
      return { figure: `${asTimes(ratio)}, ${worst.size}`, reached: ratio <= limit }
    },
  }
}

function nameAt(name: string, size: string): string {
  return `${name}, ${size}`
}
