/** @file The machine's own tools that other platforms need: Debian's packages and Rust's targets. Knows no target. */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { must, step } from '../steps.mjs'

/** Installs the Debian packages whose files are missing: `{ package: file }`. */
export function needPackages(packages) {
  const missing = Object.keys(packages).filter((name) => !existsSync(packages[name]))
  if (missing.length === 0) return
  step(`installing ${missing.join(', ')}`)
  const apt = process.getuid() === 0 ? ['apt-get'] : ['sudo', 'apt-get']
  must(...apt, 'update', '-qq')
  must(...apt, 'install', '-qqy', '--no-install-recommends', ...missing)
}

/** Makes sure that Rust's std is there for a target. */
export function needRustTarget(triple) {
  const { stdout } = spawnSync('rustup', ['target', 'list', '--installed'], { encoding: 'utf8' })
  if (!stdout?.split('\n').includes(triple)) must('rustup', 'target', 'add', triple)
}
