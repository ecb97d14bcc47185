/**
 * @file `node __test__/differential/run.mjs --calls 1e7 --seed 1 [--node PATH]`: random calls beside a
 * Buffer, in a child.
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const here = dirname(fileURLToPath(import.meta.url))
/** Nothing is told for so long: it hangs. */
const PATIENCE = 120_000

/**
 * Runs so many calls in a process of its own.
 *
 * @returns What it told: its counts, and a difference, or the signal that ended it in which session.
 */
export async function runChild({ node = process.execPath, ...job }) {
  const command = [
    ...process.execArgv.filter((flag) => flag.includes('max')),
    '--expose-gc',
    join(here, 'program.mjs'),
  ]
  const child = spawn(node, [...command, JSON.stringify(job)], { stdio: ['ignore', 'pipe', 'pipe'] })
  const told = { begins: undefined, difference: undefined, counts: undefined, traces: [], stderr: '' }
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
  child.stderr.setEncoding('utf8').on('data', (text) => (told.stderr = (told.stderr + text).slice(-2000)))
  createInterface({ input: child.stdout }).on('line', (line) => {
    timer.refresh()
    const { trace, ...rest } = JSON.parse(line)
    if (trace === undefined) Object.assign(told, rest)
    else told.traces = [...told.traces.slice(-15), trace]
  })
  const [status, signal] = await once(child, 'close')
  clearTimeout(timer)
  return { ...told, status, signal }
}

/**
 * What went wrong, in words; `''`: nothing. A session in which the process died is run again, with a trace.
 */
export async function faultOf(job, told) {
  const { difference, signal, status, begins, stderr } = told
  if (difference !== undefined) return describe(job, difference)
  if (signal === null && status === 0) return ''
  const again = await runChild({ ...job, session: begins?.session, trace: true })
  const how = signal ?? `exit code ${status}`
  const then = again.signal ?? (again.difference ? again.difference.message : `exit code ${again.status}`)
  return describe(job, {
    session: begins?.session,
    message: `${how} in a session of ${begins?.mix}; run again: ${then}\n${stderr}`,
    lastNotes: again.traces,
  })
}

function describe({ seed, mixes }, { session, message, options, sizes, lastNotes }) {
  return [
    `seed ${seed}, session ${session}, mix ${mixes[session % mixes.length]}: ${message}`,
    `options ${JSON.stringify(options)}, sizes ${JSON.stringify(sizes)}`,
    ...lastNotes.map((note) => `  ${note}`),
    `again: --seed ${seed} --session ${session} --mixes ${mixes.join()}`,
  ].join('\n')
}

async function main() {
  const { MIXES } = await import('./session.mjs')
  const { values } = parseArgs({
    options: {
      calls: { type: 'string', default: '1e6' },
      seed: { type: 'string', default: String(Date.now() % 1e6) },
      session: { type: 'string' },
      mixes: { type: 'string', default: Object.keys(MIXES).join() },
      node: { type: 'string' },
      package: { type: 'string', default: dirname(dirname(here)) },
      trace: { type: 'boolean', default: false },
    },
  })
  const job = {
    root: values.package,
    node: values.node,
    calls: Number(values.calls),
    seed: Number(values.seed),
    session: values.session === undefined ? undefined : Number(values.session),
    mixes: values.mixes.split(','),
    trace: values.trace,
  }
  const told = await runChild(job)
  const fault = await faultOf(job, told)
  console.log(told.counts ?? 'no counts: it ended before')
  console.log(fault === '' ? `no difference (seed ${job.seed})` : fault)
  process.exitCode = fault === '' ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main()
