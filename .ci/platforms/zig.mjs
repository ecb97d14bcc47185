/** @file zig as the linker of Linux targets, in `.cache/zig`: PyPI's packages, pinned. Knows no target. */

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { must, root, step } from '../steps.mjs'

const PINS = ['ziglang==0.15.2', 'cargo-zigbuild==0.24.0']
const folder = join(root, '.cache', 'zig')

/** The environment of a process that finds `cargo-zigbuild`; installed first where it is not there yet. */
export function withZig() {
  const bin = join(folder, 'bin')
  if (!existsSync(join(bin, 'cargo-zigbuild'))) {
    step(`installing ${PINS.join(', ')}`)
    must('python3', '-m', 'venv', folder)
    must(join(bin, 'pip'), 'install', '--quiet', ...PINS)
  }
  return { ...process.env, PATH: bin + delimiter + process.env.PATH }
}
