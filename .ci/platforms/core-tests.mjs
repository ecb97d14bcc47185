/** @file Runs the core's own tests where numbers and systems differ: on 32 bits, and on Windows in Wine. */

import { spawnSync } from 'node:child_process'
import { root, step } from '../steps.mjs'
import { needPackages, needRustTarget } from './tools.mjs'
import { windowsEnvironment } from './windows.mjs'

const targets = {
  'i686-unknown-linux-gnu': () => {
    needPackages({ 'gcc-multilib': '/usr/include/gnu/stubs-32.h' })
    return process.env
  },
  'x86_64-pc-windows-gnu': windowsEnvironment,
}

/** Rust's names of the platforms they can be run on here. */
export const coreTargets = Object.keys(targets)

/** Their counts, the documentation's examples among them. */
export function testCore(triple) {
  needRustTarget(triple)
  const env = targets[triple]()
  step(`testing the core on ${triple}`)
  const args = ['test', '--no-fail-fast', '-p', 'smmap-core', '--target', triple]
  const { status, stdout } = spawnSync('cargo', args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  })
  process.stderr.write(stdout)
  const [passed, failed, skipped] = ['passed', 'failed', 'ignored'].map((word) =>
    [...stdout.matchAll(new RegExp(`(\\d+) ${word};`, 'g'))].reduce(
      (sum, [, digits]) => sum + Number(digits),
      0,
    ),
  )
  return { passed, failed, skipped, note: status === 0 && passed > 0 ? '' : `exit code ${status}` }
}
