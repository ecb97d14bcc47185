/**
 * @file Measures work inside a contender's process. rivals/measure.py does the same for Python, step by step.
 */
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import type { Sample } from './row'

/** Set in a smoke run, for rivals in every language: it only shows that all contenders do the same work. */
export const BRIEF = 'SMMAP_BENCHMARK_BRIEF'
const isBrief = process.env[BRIEF] !== undefined

/** Steps whose sum is the answer; untimed, so that the code is compiled when the clock starts. */
export const WARM_UP: number = isBrief ? 5_000 : 100_000
/** How long a good figure takes. */
export const MIN_NANOSECONDS: number = isBrief ? 5e6 : 300e6
const MILLISECOND = 1e6
const STEPS_A_TURN = 64

/**
 * Times `run(count)`, which does `count` small steps and returns their sum, for as long as makes a good
 * figure. A row of slow steps gives a smaller `warmUp`, the same to all its contenders: it is the answer's.
 */
export async function nanosecondsPerStep(
  run: (count: number) => number | Promise<number>,
  warmUp: number = WARM_UP,
): Promise<Sample> {
  await run(warmUp)
  const warmedUp = process.hrtime.bigint()
  const answer = await run(warmUp)
  const aStep = Number(process.hrtime.bigint() - warmedUp) / warmUp
  const count = Math.ceil(MIN_NANOSECONDS / aStep)
  const start = process.hrtime.bigint()
  await run(count)
  const value = Number(process.hrtime.bigint() - start) / count
  return { value, answer, peakRss: peakRss() }
}

/**
 * Times `step(i)`, summed. The event loop has its turn now and then, as in any program: only then can memory
 * that views held be let go.
 */
export function nanosecondsPerStepInTurns(step: (i: number) => number, warmUp: number): Promise<Sample> {
  return nanosecondsPerStep(async (count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += step(i)
      if (i % STEPS_A_TURN === 0) await setImmediate()
    }
    return sum
  }, warmUp)
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

/** Does `work`, and adds to its sample how late the event loop was meanwhile. */
export async function watchingLoop(work: () => Promise<Sample>): Promise<Sample> {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const sample = await work()
  delay.disable()
  return {
    ...sample,
    loopDelay: delay.percentile(99) / MILLISECOND,
    loopStall: delay.max / MILLISECOND,
  }
}

/**
 * The most memory this process ever held, in bytes.
 *
 * Linux hands the parent's `ru_maxrss` down through fork and exec (getrusage(2) speaks of the process, VmHWM
 * in proc_pid_status(5) of the memory it has now), so there VmHWM is the honest one.
 */
export function peakRss(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))
  if (found === null) throw new Error('/proc/self/status has no line VmHWM')
  return Number(found[1]) * 1024
}
