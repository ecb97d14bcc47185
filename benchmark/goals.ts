/** @file The kinds of goals a row can have: ratios within one run, and bounds of memory. Knows no row. */
import type { Goal, Medians } from './row'

/** `ours` takes at most `limit` times what `rival` takes. */
export function atMostTimes(limit: number, ours: string, rival: string): Goal {
  return {
    text: `${ours}: ≤ ${asTimes(limit)} ${rival}`,
    judge: (medians) => {
      const ratio = ratioOf(medians, ours, rival)
      return ratio === undefined ? undefined : { figure: asTimes(ratio), reached: ratio <= limit }
    },
  }
}

/**
 * `ours` does at least `limit` times as much a second as the best of `rivals`, all of which must have been
 * measured.
 */
export function atLeastTimes(limit: number, ours: string, ...rivals: readonly [string, ...string[]]): Goal {
  const whom = rivals.length === 1 ? rivals[0] : `the better of ${rivals.join(' and ')}`
  return {
    text: `${ours}: ≥ ${limit} × ${whom}`,
    judge: (medians) => {
      const ratios = rivals.map((rival) => ratioOf(medians, ours, rival))
      if (!ratios.every((ratio) => ratio !== undefined)) return undefined
      const ratio = Math.min(...ratios)
      return { figure: `${ratio.toFixed(2)} ×`, reached: ratio >= limit }
    },
  }
}

/** The process that ran `ours` never held more than `limit` bytes in memory. */
export function peakRssAtMost(limit: number, ours: string): Goal {
  return {
    text: `peak RSS ≤ ${asMebibytes(limit)}`,
    judge: (medians) => {
      const peakRss = medians.get(ours)?.peakRss
      return peakRss === undefined || peakRss === null
        ? undefined
        : { figure: asMebibytes(peakRss), reached: peakRss <= limit }
    },
  }
}

/**
 * While `ours` ran, the event loop was never late by more than `limit` milliseconds, but for one time in a
 * hundred.
 */
export function loopDelayAtMost(limit: number, ours: string): Goal {
  return {
    text: `event loop delay p99 ≤ ${limit} ms`,
    judge: (medians) => {
      const delay = medians.get(ours)?.loopDelay
      return delay === undefined ? undefined : { figure: `${delay.toFixed(1)} ms`, reached: delay <= limit }
    },
  }
}

/** While `ours` ran, the event loop was never once late by more than `limit` milliseconds. */
export function loopStallAtMost(limit: number, ours: string): Goal {
  return {
    text: `longest event loop stall ≤ ${limit} ms`,
    judge: (medians) => {
      const stall = medians.get(ours)?.loopStall
      return stall === undefined ? undefined : { figure: `${stall.toFixed(1)} ms`, reached: stall <= limit }
    },
  }
}

/** When `ours` was done, its managers had no more than `limit` bytes mapped or lingering. */
export function mappedAtMost(limit: number, ours: string): Goal {
  return {
    text: `${ours}: mapped and lingering ≤ ${asMebibytes(limit)}`,
    judge: (medians) => {
      const mapped = medians.get(ours)?.mapped
      return mapped === undefined ? undefined : { figure: asMebibytes(mapped), reached: mapped <= limit }
    },
  }
}

export function asMebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`
}

/** Undefined where one of the two was not measured. */
export function ratioOf(medians: Medians, ours: string, rival: string): number | undefined {
  const [mine, theirs] = [medians.get(ours), medians.get(rival)]
  return mine && theirs && mine.value / theirs.value
}

/** As goals are written: `1/20` of something, `0.85 ×` or `1.2 ×`. */
export function asTimes(ratio: number): string {
  return ratio <= 1 / 3 ? `1/${trimmed(1 / ratio)}` : `${trimmed(ratio)} ×`
}

function trimmed(n: number): string {
  return String(Number(n.toPrecision(3)))
}
