/** @file Debian's packages that only tests need: a Redis for an example, a browser for reports, unzip to compare with. Knows when it may install them. */

import { spawnSync } from 'node:child_process'
import { step } from './steps.mjs'

/** Package, and the programs of which one is enough. */
const packages = [
  ['redis-server', ['redis-server']],
  ['unzip', ['unzip']],
  ['chromium', ['chromium', 'chromium-browser', 'google-chrome']],
]

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

/** Installs what is missing, as root or in CI; anywhere else, or where that fails, the tests say what they lack. */
export function installSystemPackages() {
  if (process.platform !== 'linux' || !has('apt-get')) return
  const missing = packages.filter(([, programs]) => !programs.some(has)).map(([name]) => name)
  const isRoot = process.getuid() === 0
  if (missing.length === 0 || !(isRoot || (process.env.CI && has('sudo')))) return
  step(`installing ${missing.join(', ')} (apt-get)`)
  const aptGet = (...args) => {
    const command = [...(isRoot ? [] : ['sudo', '-n']), 'apt-get', '-qy', ...args]
    return (
      spawnSync('env', ['DEBIAN_FRONTEND=noninteractive', ...command], { stdio: ['ignore', 2, 2] }).status ===
      0
    )
  }
  if (!aptGet('update') || !aptGet('install', '--no-install-recommends', ...missing)) {
    step(`could not install ${missing.join(', ')}; going on without`)
  }
}
