/**
 * @file Runs the core's and the guard's own tests where numbers and systems differ: 32 bits, Windows in Wine;
 * links them for macOS.
 */

import { spawnSync } from 'node:child_process'
import { root, step } from '../../.ci/steps.mjs'
import { cargo } from '../../.ci/cross-build.mjs'
import { wine } from './runtimes.mjs'

const both = ['-p', 'smmap-core', '-p', 'smmap-guard']

/** By Rust's names: which tests, and what runs them. Nothing here runs a program of macOS. */
const targets = {
  'i686-unknown-linux-gnu': { args: both },
  // Without the documentation's examples: they are compiled into a folder that Wine's root does not have.
  'x86_64-pc-windows-gnullvm': {
    args: ['-p', 'smmap-core', '--lib', '--tests'],
    runner: () => wine('amd64'),
  },
  'aarch64-apple-darwin': { args: [...both, '--no-run'] },
}

/** Rust's names of the platforms they are tried on here. */
export const coreTargets = Object.keys(targets)

const sum = (text, word) =>
  [...text.matchAll(new RegExp(`(\\d+) ${word};`, 'g'))].reduce(
    (total, [, digits]) => total + Number(digits),
    0,
  )

/** Their counts, the documentation's examples among them. */
export function testCore(triple) {
  const { args, runner } = targets[triple]
  const { command, env } = cargo('test', triple)
  const { command: words = [], env: more = {} } = runner?.() ?? {}
  const name = `CARGO_TARGET_${triple.toUpperCase().replaceAll('-', '_')}_RUNNER`
  step(`testing the core on ${triple}`)
  const [program, ...first] = command
  const { status, stdout } = spawnSync(program, [...first, '--no-fail-fast', ...args], {
    cwd: root,
    env: { ...more, ...env, ...(runner && { [name]: words.join(' ') }) },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 2],
  })
  process.stderr.write(stdout)
  const [passed, failed, skipped] = ['passed', 'failed', 'ignored'].map((word) => sum(stdout, word))
  const isRight = status === 0 && (passed > 0 || args.includes('--no-run'))
  return { passed, failed, skipped, note: isRight ? '' : `exit code ${status}` }
}
