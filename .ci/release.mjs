/**
 * @file Publishes packed tarballs: `node .ci/release.mjs FOLDER [--dry-run]`. Can be run again: what is there
 * already is left alone. In CI npm trusts the workflow by its identity; by hand, logged in, it makes the
 * names' first versions.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { fail, needsShell, root, step } from './steps.mjs'
import { manifestOf } from './tarball.mjs'

const inCi = process.env.GITHUB_ACTIONS === 'true'
const npm = (...args) => spawnSync('npm', args, { encoding: 'utf8', shell: needsShell('npm') })

/** Each after what it asks for: the platforms' packages, then the library, then the tool. */
function inOrder(folder) {
  const files = readdirSync(folder).filter((name) => name.endsWith('.tgz'))
  const packages = files.map((name) => {
    const file = join(folder, name)
    const { name: own, version } = manifestOf(file)
    return { file, name: own, version, rank: ['smmap', 'smmap-cli'].indexOf(own) }
  })
  return packages.toSorted((one, other) => one.rank - other.rank)
}

/** `'there'`, `'new version'`, or `'new name'`; ends this process where the registry says neither. */
function stateOf({ name, version }) {
  const { status, stdout, stderr } = npm('view', `${name}@${version}`, 'version', '--json')
  if (status === 0) return stdout.trim() === '' ? 'new version' : 'there'
  if (!/E404/.test(stdout + stderr)) fail(`npm view ${name}@${version}: ${stderr}`)
  return npm('view', name, 'name').status === 0 ? 'new version' : 'new name'
}

function publish({ file, name, version }, isDry) {
  // `latest` is what `npm install smmap` gets: no candidate belongs there.
  const tag = version.includes('-') ? 'next' : 'latest'
  const args = ['publish', file, '--access=public', `--tag=${tag}`, `--provenance=${inCi}`]
  const { status, stderr } = npm(...args, ...(isDry ? ['--dry-run'] : []))
  if (status !== 0) fail(`${name}@${version} was not published; run this again to go on:\n${stderr}`)
  step(`${name}@${version}: ${isDry ? 'would be ' : ''}published as ${tag}`)
}

const { values, positionals } = parseArgs({
  options: { 'dry-run': { type: 'boolean', default: false }, tag: { type: 'string' } },
  allowPositionals: true,
})
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
if (values.tag !== undefined && values.tag !== `v${version}`)
  fail(`the tag is ${values.tag}, and package.json says ${version}`)
for (const folder of positionals) {
  const packages = inOrder(resolve(folder))
  const states = new Map(packages.map((each) => [each.name, stateOf(each)]))
  const odd = packages.filter((each) => each.version !== version)
  if (odd.length > 0) fail(`not of version ${version}: ${odd.map(({ name }) => name).join(', ')}`)
  const fresh = [...states].filter(([, state]) => state === 'new name').map(([name]) => name)
  if (inCi && !values['dry-run'] && fresh.length > 0)
    fail(
      `npm knows no workflow of a name that is new; once by hand, see CONTRIBUTING.md: ${fresh.join(', ')}`,
    )
  for (const each of packages) {
    if (states.get(each.name) === 'there') step(`${each.name}@${each.version} is there already`)
    else publish(each, values['dry-run'])
  }
}
