/**
 * @file `npm run test:platforms [-- NAME…]`: builds the addon for other platforms and checks its file, runs
 * it where this machine can, and runs the core's tests on others still: all on one x64 Debian. What cannot be
 * done is a failure. Builds go on in a thread while what was built before runs. Ends with a table.
 * `--addons=FOLDER` takes built ones from there.
 */

import { on } from 'node:events'
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkAddon } from './addon-file.mjs'
import { build, platforms } from '../../.ci/cross-build.mjs'
import { coreTargets, testCore } from './core-tests.mjs'
import { runtimes } from './runtimes.mjs'
import { runSpecs, versionOf } from './specs.mjs'
import { setUp } from '../../.ci/setup.mjs'
import { fail, step } from '../../.ci/steps.mjs'

/** What `work` gives, how long it took under `name`, and what went wrong. */
async function timed(name, work) {
  const started = performance.now()
  let row
  try {
    row = await work()
  } catch (error) {
    row = { note: error.message }
  }
  return { ...row, [name]: Math.round((performance.now() - started) / 1000) }
}

const { values: options, positionals: wanted } = parseArgs({
  options: { addons: { type: 'string' } },
  allowPositionals: true,
})

async function tryAddon(name, addon) {
  if (runtimes[name] === undefined) return { runtime: 'none here: checked, not run' }
  const runtime = runtimes[name]()
  const version = versionOf(runtime)
  step(`running the specs on ${name}, ${version}`)
  return { runtime: version, ...(await runSpecs(name, addon, runtime)) }
}

/** An addon of the platform, built or from the folder given; or the core's tests. */
function make(name, addons) {
  if (coreTargets.includes(name)) return testCore(name)
  if (addons === undefined) return build(name, { isQuick: true })
  const addon = join(addons, `smmap.${name}.node`)
  return { addon, asks: checkAddon(addon) }
}

/** In its thread: one after the other, since they share cargo's folder. The command line is not seen here. */
async function makeAll({ names, addons }) {
  for (const name of names) {
    const row = await timed('built', () => make(name, addons))
    parentPort.postMessage({ name, row }, [])
  }
  parentPort.close()
}

async function main() {
  const all = [...platforms, ...coreTargets]
  const unknown = wanted.filter((name) => !all.includes(name))
  if (unknown.length > 0) fail(`no platform ${unknown.join(', ')}: ${all.join(', ')}`, 2)
  setUp()
  const names = wanted.length > 0 ? wanted : all
  const started = performance.now()
  const maker = new Worker(fileURLToPath(import.meta.url), {
    workerData: { names, addons: options.addons },
  })
  const rows = {}
  for await (const [{ name, row }] of on(maker, 'message', { close: ['exit'] })) {
    const { addon, note } = row
    const ran = addon === undefined || note ? {} : await timed('ran', () => tryAddon(name, addon))
    rows[name] = { passed: 0, failed: 0, skipped: 0, note: '', ...row, ...ran }
  }
  console.table(rows, ['asks', 'runtime', 'passed', 'failed', 'skipped', 'built', 'ran', 'note'])
  const isRight = names.every((name) => rows[name]?.failed === 0 && rows[name].note === '')
  step(`${names.length} platforms in ${Math.round((performance.now() - started) / 60_000)} minutes`)
  process.exitCode = isRight ? 0 : 1
}

await (isMainThread ? main() : makeAll(workerData))
