/** @file Measures work inside a contender's process. rivals/measure.py does the same for Python, step by step. */
import { readFileSync } from 'node:fs'
import type { Sample } from './row'

/** Steps whose sum is the answer; untimed, so that the code is compiled when the clock starts. */
export const WARM_UP = 100_000
const MIN_NANOSECONDS = 300e6

/** Times `run(count)`, which does `count` small steps and returns their sum, for as long as makes a good figure. */
export function nanosecondsPerStep(run: (count: number) => number): Sample {
  run(WARM_UP)
  const warmedUp = process.hrtime.bigint()
  const answer = run(WARM_UP)
  const aStep = Number(process.hrtime.bigint() - warmedUp) / WARM_UP
  const count = Math.ceil(MIN_NANOSECONDS / aStep)
  const start = process.hrtime.bigint()
  run(count)
  const value = Number(process.hrtime.bigint() - start) / count
  return { value, answer, peakRss: peakRss() }
}

/** Times one pass of `work` over `bytes` bytes. */
export async function gigabytesPerSecond(
  bytes: number,
  work: () => number | Promise<number>,
): Promise<Sample> {
  const start = process.hrtime.bigint()
  const answer = await work()
  const nanoseconds = Number(process.hrtime.bigint() - start)
  return { value: bytes / nanoseconds, answer, peakRss: peakRss() }
}

/**
 * The most memory this process ever held, in bytes.
 *
 * Linux hands the parent's `ru_maxrss` down through fork and exec (getrusage(2) speaks of the process, VmHWM in
 * proc_pid_status(5) of the memory it has now), so there VmHWM is the honest one.
 */
function peakRss(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))
  if (found === null) throw new Error('/proc/self/status has no line VmHWM')
  return Number(found[1]) * 1024
}
