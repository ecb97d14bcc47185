/** @file Other systems' files and build tools, by registries' own clients, in `.cache`. Knows no target. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { install, unpack } from './apt.mjs'
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

const only = (folder, pattern) => readdirSync(folder).find((name) => pattern.test(name))

/** An npm package as it is published, whatever platform it is for; the folder has `package/` in it. */
export const fromNpm = (name, version) =>
  once(`${name}@${version}`, (folder) => {
    run(folder, 'npm', 'pack', '--silent', `${name}@${version}`)
    run(folder, 'tar', '-xzf', only(folder, /\.tgz$/))
  })

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

/** A wheel for one platform, unpacked. */
export const fromPyPI = (name, version, platform) =>
  once(`${name}-${version}-${platform}`, (folder) => {
    const wheels = ['--no-deps', '--only-binary', ':all:', '--platform', platform]
    const pip = withPython('pip')
    const options = { cwd: folder, env: pip, stdio: ['ignore', 2, 2] }
    execFileSync('pip', ['download', '--quiet', ...wheels, `${name}==${version}`], options)
    execFileSync('python', ['-m', 'zipfile', '-e', only(folder, /\.whl$/), '.'], options)
  })

/** The root of a system of Debian 13, unless told otherwise, with the packages in it and what they need. */
export const fromDebian = (architecture, packages, release = 'trixie') =>
  once(`${packages[0]}-${architecture}`, (folder) => unpack(folder, { release, architecture, packages }))
