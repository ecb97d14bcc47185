/**
 * @file `npm run test:crash`: every row on every runtime, each in a process of its own. The last line is
 * `N passed, N failed`.
 */

import { parseArgs } from 'node:util'
import { fail, step } from '../../.ci/steps.mjs'
import { KNOWN_GAPS } from './known-gaps.mjs'
import { faultsOf, run } from './outcome.mjs'
import { rows } from './rows.mjs'
import { getRuntime, names } from './runtimes.mjs'
import { Stage, ownPackage } from './stage.mjs'

/** Rows at once: more would make the time limits depend on the machine. */
const PARALLEL = 2
const SECONDS = 60

const { values } = parseArgs({
  options: {
    runtimes: { type: 'string', default: names.join() },
    rows: { type: 'string', default: '' },
    package: { type: 'string', default: ownPackage },
    verbose: { type: 'boolean', default: false },
  },
})

/** The runtimes there are; one that cannot be had is a failure with its name. */
function getRuntimes(failures) {
  return values.runtimes.split(',').flatMap((name) => {
    try {
      return getRuntime(name)
    } catch (error) {
      failures.push({ name, faults: [error.message] })
      return []
    }
  })
}

async function runCell(stage, row, runtime) {
  const { seconds = SECONDS, env = {}, args = [], expect } = row
  const expected = { exit: 0, ...expect, ...expect.on?.[runtime.name] }
  const command = [...runtime.command, ...(row.flags ?? []), stage.row(row.file), ...args]
  const outcome = await run(command, { cwd: stage.makeFolder(), env, seconds })
  const program = [row.file, ...args].join(' ')
  const seen = faultsOf(outcome, expected, seconds)
  const faults = KNOWN_GAPS.has(program) ? faultsOfGap(seen) : seen
  const name = `${row.title} [${program}], ${runtime.name}`
  step(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${outcome.seconds.toFixed(1).padStart(4)} s  ${name}`)
  return { name, faults, outcome }
}

/** A known gap must still be wrong. */
function faultsOfGap(faults) {
  return faults.length > 0 ? [] : ['is right by now: take it out of known-gaps.mjs']
}

/** Every cell's result, in the order of `cells`. */
async function runAll(stage, cells) {
  const results = []
  const queue = cells.entries()
  const work = async () => {
    for (const [index, { row, runtime }] of queue) results[index] = await runCell(stage, row, runtime)
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  return results
}

function printTable(chosen, runtimes, cells, results) {
  const width = Math.max(...chosen.map(({ title }) => title.length))
  console.log(
    [''.padEnd(width), ...runtimes.map(({ version, name }) => `${name.replace(/\d+/, '')} ${version}`)].join(
      '  ',
    ),
  )
  for (const row of chosen) {
    const marks = runtimes.map((runtime) => {
      const result = results[cells.findIndex((cell) => cell.row === row && cell.runtime === runtime)]
      const mark = result === undefined ? '–' : result.faults.length === 0 ? 'ok' : 'FAIL'
      return mark.padEnd(`${runtime.name.replace(/\d+/, '')} ${runtime.version}`.length)
    })
    console.log([row.title.padEnd(width), ...marks].join('  ').trimEnd())
  }
}

function printFailures(failures) {
  for (const { name, faults, outcome } of failures) {
    console.log(`\n✖ ${name}`)
    for (const fault of faults) console.log(`    ${fault}`)
    const said = outcome?.stderr.trimEnd().split('\n') ?? []
    for (const line of values.verbose ? said : said.slice(-8)) console.log(`    | ${line.slice(0, 160)}`)
  }
}

const chosen = rows.filter(({ title, file, args = [] }) =>
  `${title} [${[file, ...args].join(' ')}]`.includes(values.rows),
)
if (chosen.length === 0) fail(`no row has ${values.rows} in its title or file`)
const failures = []
const runtimes = getRuntimes(failures)
const cells = chosen.flatMap((row) =>
  runtimes.filter(({ name }) => row.runtimes.includes(name)).map((runtime) => ({ row, runtime })),
)
const stage = new Stage(values.package)
const results = await runAll(stage, cells).finally(() => stage.remove())
failures.push(...results.filter(({ faults }) => faults.length > 0))
printTable(chosen, runtimes, cells, results)
printFailures(failures)
const passed = results.filter(({ faults }) => faults.length === 0).length
console.log(`\n${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1
