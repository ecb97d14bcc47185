/** @file Makes a clone ready: tools checked, packages installed, all built. Does only what is out of date. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { install } from './apt.mjs'
import { at, fail, isMain, must, newest, root, step } from './steps.mjs'

function checkTools() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  // The tools that build smmap need 20.19; what they build runs on any 20.
  if (major < 20 || (major === 20 && minor < 19)) {
    fail(`building smmap needs Node.js 20.19 or newer, this is ${process.version}: see https://nodejs.org`)
  }
  if (spawnSync('cargo', ['--version']).status !== 0) {
    fail('smmap is built with Rust, and cargo was not found: install it from https://rustup.rs')
  }
  // cargo links with it.
  if (install({ gcc: 'command -v cc', 'libc6-dev': 'command -v cc' }).length > 0)
    fail('a C compiler, cc, was not found')
}

function installPackages() {
  // npm writes this copy of the lock file at the end of an install that worked.
  const installed = newest(at('node_modules', '.package-lock.json'))
  if (installed >= newest(at('package-lock.json')) && existsSync(at('node_modules'))) return
  step('installing npm packages (npm ci)')
  must('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
}

function buildAddon() {
  const addons = readdirSync(root).filter((name) => /^smmap\..*\.node$/.test(name))
  const built =
    addons.length === 0 ? 0 : Math.min(...addons.map((name) => newest(at(name))), newest(at('binding.js')))
  if (built > newest(at('src'), at('crates'), at('build.rs'), at('Cargo.toml'), at('Cargo.lock'))) return
  step('building the addon (cargo; about a minute the first time)')
  // A broken build must not leave the last one behind to be tested in its place.
  for (const name of addons) rmSync(at(name))
  must('npm', 'run', '--silent', 'build:native')
}

function buildTypeScript() {
  const files = [at('dist', 'index.js'), at('dist', 'index.mjs'), at('cli', 'dist', 'smmap.1')]
  const built = Math.min(...files.map((file) => newest(file)))
  const tsc = [at('tsconfig.json'), at('tsconfig.build.json'), at('cli', 'tsconfig.json')]
  const settings = [...tsc, at('.ci', 'bundle.mjs')]
  if (built > newest(at('lib'), at('cli', 'src'), at('binding.d.ts'), ...settings)) return
  step('compiling TypeScript')
  for (const dist of [at('dist'), at('cli', 'dist')]) rmSync(dist, { recursive: true, force: true })
  must('npm', 'run', '--silent', 'build:ts')
}

/** Everything `npm test` and `npm start` need, from nothing but Node.js, npm and cargo. */
export function setUp() {
  checkTools()
  installPackages()
  buildAddon()
  buildTypeScript()
}

if (isMain(import.meta.url)) {
  if (process.argv[2] === 'packages') installPackages()
  else setUp()
}
