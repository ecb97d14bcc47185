/** @file Build tools that are downloaded once, in `.cache`. Knows no target. */

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { install } from './apt.mjs'
import { root, run, step } from './steps.mjs'

/** Where everything of other systems is kept. */
export const cache = join(root, '.cache', 'platforms')

/** A folder that `fill` filled, once: made beside its place, so that one cut short leaves nothing there. */
export function once(name, fill) {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  step(`getting ${name}`)
  mkdirSync(cache, { recursive: true })
  const building = mkdtempSync(`${folder}-`)
  try {
    fill(building)
    renameSync(building, folder)
  } finally {
    rmSync(building, { recursive: true, force: true })
  }
  return folder
}

/** Commands of Python packages, pinned, on the `PATH` of the environment that is returned. */
export function withPython(name, ...pins) {
  const needed = { 'python3-venv': "python3 -c 'import venv, ensurepip'" }
  if (install(needed).length > 0) throw new Error('python3 with venv is needed')
  const folder = join(cache, name)
  // A venv cannot be moved to its place when it is done: it names its own path.
  if (!existsSync(join(folder, 'done'))) {
    step(`making ${name}: ${pins.join(', ')}`)
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(cache, { recursive: true })
    run(cache, 'python3', '-m', 'venv', folder)
    if (pins.length > 0) run(folder, join(folder, 'bin', 'pip'), 'install', '--quiet', ...pins)
    mkdirSync(join(folder, 'done'))
  }
  return { ...process.env, PATH: join(folder, 'bin') + delimiter + process.env.PATH }
}
