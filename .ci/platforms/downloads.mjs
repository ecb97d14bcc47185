/** @file Files of other platforms, got from registries by their own clients into `.cache/platforms`. Knows no target. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, step } from '../steps.mjs'

/** Where everything of other platforms is kept. */
export const cache = join(root, '.cache', 'platforms')

const run = (cwd, command, ...args) => execFileSync(command, args, { cwd, stdio: ['ignore', 2, 2] })

/** A folder that `fill` filled, once: beside its place first, so that one cut short leaves nothing half done. */
export function once(name, fill) {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  step(`getting ${name}`)
  mkdirSync(cache, { recursive: true })
  const building = mkdtempSync(`${folder}-`)
  fill(building)
  renameSync(building, folder)
  return folder
}

const only = (folder, pattern) => readdirSync(folder).filter((name) => pattern.test(name))

/** An npm package as it is published, whatever platform it says it is for; the folder has `package/` in it. */
export const fromNpm = (name, version) =>
  once(`${name}@${version}`, (folder) => {
    run(folder, 'npm', 'pack', '--silent', `${name}@${version}`)
    run(folder, 'tar', '-xzf', only(folder, /\.tgz$/)[0])
  })

/** A wheel for one platform, unpacked. */
export const fromPyPI = (name, version, platform) =>
  once(`${name}-${version}-${platform}`, (folder) => {
    const wheels = ['--no-deps', '--only-binary', ':all:', '--platform', platform]
    run(folder, 'python3', '-m', 'pip', 'download', '--quiet', ...wheels, `${name}==${version}`)
    run(folder, 'python3', '-m', 'zipfile', '-e', only(folder, /\.whl$/)[0], '.')
  })

/** Packages of Debian 13, unpacked into one folder; neither installed nor known to this system. */
export const fromDebian = (name, ...packages) =>
  once(name, (folder) => {
    const apt = ['state/lists/partial', 'cache/archives/partial'].map((part) => join(folder, 'apt', part))
    for (const path of apt) mkdirSync(path, { recursive: true })
    const list = join(folder, 'apt', 'sources.list')
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
    writeFileSync(list, `deb [signed-by=${keyring}] http://deb.debian.org/debian trixie main\n`)
    const options = {
      'Dir::State': join(folder, 'apt', 'state'),
      'Dir::State::status': '/dev/null',
      'Dir::Cache': join(folder, 'apt', 'cache'),
      'Dir::Etc::sourcelist': list,
      'Dir::Etc::sourceparts': '-',
      'APT::Architectures': 'amd64,arm64',
      'Acquire::Languages': 'none',
      'APT::Sandbox::User': 'root',
    }
    const given = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])
    run(folder, 'apt-get', ...given, '-qq', 'update')
    run(folder, 'apt-get', ...given, '-qq', 'download', ...packages)
    for (const file of only(folder, /\.deb$/)) run(folder, 'dpkg-deb', '-x', file, '.')
  })
