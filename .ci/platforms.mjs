/**
 * @file `npm run test:platforms [-- NAME…]`: builds the addon for other platforms, runs it there, and runs the core's tests
 * on others still, all on one x64 Debian. What cannot be built or run is a failure. Ends with a table.
 */

import { statSync } from 'node:fs'
import { build } from './platforms/build.mjs'
import { coreTargets, testCore } from './platforms/core-tests.mjs'
import { runtimes } from './platforms/runtimes.mjs'
import { runSpecs, versionOf } from './platforms/specs.mjs'
import { checkGlibc } from './check-glibc.mjs'
import { setUp } from './setup.mjs'
import { fail, step } from './steps.mjs'

const inKib = (path) => `${Math.round(statSync(path).size / 1024)} KiB`

async function tryPlatform(name) {
  const addon = build(name)
  const glibc = name.endsWith('-gnu') ? `, ${checkGlibc(addon)}` : ''
  const runtime = runtimes[name]()
  const version = versionOf(runtime)
  step(`running the specs on ${name}, ${version}`)
  return { addon: inKib(addon) + glibc, runtime: version, ...(await runSpecs(name, addon, runtime)) }
}

const tryCore = (triple) => ({ addon: '', runtime: "core's own tests", ...testCore(triple) })

const steps = new Map([
  ...Object.keys(runtimes).map((name) => [name, tryPlatform]),
  ...coreTargets.map((triple) => [triple, tryCore]),
])
const wanted = process.argv.slice(2)
const names = wanted.length > 0 ? wanted : [...steps.keys()]
for (const name of names)
  if (!steps.has(name)) fail(`no platform ${name}: ${[...steps.keys()].join(', ')}`, 2)

setUp()
const rows = {}
for (const name of names) {
  const started = performance.now()
  let row
  try {
    row = await steps.get(name)(name)
  } catch (error) {
    row = { passed: 0, failed: 0, skipped: 0, note: error.message }
  }
  rows[name] = { ...row, seconds: Math.round((performance.now() - started) / 1000) }
}
console.table(rows, ['addon', 'runtime', 'passed', 'failed', 'skipped', 'seconds', 'note'])
process.exitCode = Object.values(rows).some(({ failed, note }) => failed > 0 || note !== '') ? 1 : 0
