/**
 * @file `npm run soak -- --minutes 30 [--seed 1] [--mixes cut,garbage]`: random programs beside a model in
 * plain Buffers, and threads that come and go, on Node.js 20 and 26 at the same time until the time is up.
 * Ends with a table; a wrong answer or a process that died is a failure, and is told with the command that
 * shows it again.
 */

import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { getRuntime } from '../crash/runtimes.mjs'
import { faultOf, runChild, type Job } from '../differential/run.mjs'
import { MIXES } from '../differential/session.mjs'
import { Tally } from './tally.js'

const here = dirname(fileURLToPath(import.meta.url))
const RUNTIMES = ['node20', 'node26']
/** Calls of one process: enough for its memory to grow, were something kept. */
const CALLS = 400_000
/** A program of threads for so many programs of calls. */
const EVERY = 4

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1e6) },
    mixes: { type: 'string', default: Object.keys(MIXES).join() },
  },
})

/**
 * Workers that read, are ended in the middle, and have their buffers moved: how many threads, and what went
 * wrong.
 */
function runThreads(node: string, seed: number): { threads: number; fault: string } {
  const args = ['--expose-gc', join(here, 'threads.cjs'), String(seed)]
  const { status, signal, stdout, stderr } = spawnSync(node, args, { encoding: 'utf8', timeout: 120_000 })
  const threads = Number(/^(\d+) threads$/m.exec(stdout)?.[1] ?? 0)
  const isRight = status === 0 && threads > 0
  return { threads, fault: isRight ? '' : `threads.cjs ${seed}: ${signal ?? status}\n${stderr.slice(-2000)}` }
}

/** One runtime's programs, one after the other, each with the next seed. */
async function soak(name: string, until: number): Promise<Tally> {
  const { version, command } = getRuntime(name)
  const tally = new Tally(`Node.js ${version}`)
  const mixes = values.mixes.split(',')
  for (
    let seed = Number(values.seed), round = 0;
    round === 0 || performance.now() < until;
    seed += 1, round += 1
  ) {
    const job: Job = { root: dirname(dirname(here)), node: command[0], calls: CALLS, seed, mixes }
    const told = await runChild(job)
    tally.add(told, await faultOf(job, told))
    if (round % EVERY === 0) tally.addThreads(runThreads(command[0], seed))
    process.stderr.write(`· ${tally.inShort()}\n`)
  }
  return tally
}

const started = performance.now()
const until = started + Number(values.minutes) * 60_000
const tallies = await Promise.all(RUNTIMES.map((name) => soak(name, until)))
for (const { faults } of tallies) for (const fault of faults) console.log(`\n${fault}`)
console.table(tallies.map((tally) => tally.row()))
console.log(`${Math.round((performance.now() - started) / 60_000)} minutes, from seed ${values.seed} on`)
process.exitCode = tallies.every(({ faults }) => faults.length === 0) ? 0 : 1
