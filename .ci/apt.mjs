/** @file Debian's packages, installed here or unpacked into a folder: all that runs apt. Knows no package. */

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { step } from './steps.mjs'

const holds = (test) => spawnSync('sh', ['-c', test], { stdio: 'ignore' }).status === 0

/**
 * Installs packages, each given with the shell command that succeeds where it is there:
 * `{ gcc: 'command -v cc' }`. Only as root or in CI. Returns the names of those that are still missing.
 */
export function install(packages) {
  const lacking = () => Object.keys(packages).filter((name) => !holds(packages[name]))
  const missing = process.platform === 'linux' ? lacking() : []
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo', '-n']
  const mayInstall = holds('command -v apt-get') && (asRoot.length === 0 || process.env.CI)
  if (missing.length === 0 || !mayInstall) return missing
  step(`installing ${missing.join(', ')} (apt-get)`)
  const [command, ...given] = [...asRoot, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qqy']
  for (const args of [['update'], ['install', '--no-install-recommends', ...missing]])
    spawnSync(command, [...given, ...args], { stdio: ['ignore', 2, 2] })
  return lacking()
}

/** Where this system gets its own release of Debian: a mirror has the other releases too. */
function mirror() {
  const release = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1]
  const format = ['--format', '$(RELEASE) $(REPO_URI)', 'Created-By: Packages']
  const lines = execFileSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).split('\n')
  const found = lines.map((line) => line.split(' ')).find(([name]) => name === release)
  if (found === undefined) throw new Error(`no source of ${release} in the system's apt configuration`)
  return found[1]
}

/** What a root needs to be one: today's Debian has everything under /usr. */
function makeRoot(folder) {
  for (const name of ['usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'tmp', 'proc', 'dev'])
    mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) symlinkSync(`usr/${name}`, join(folder, name))
}

/**
 * Makes of `folder` the root of a system of another release (`trixie`) or processor (`armhf`), with the
 * packages and all that they depend on. They are neither installed nor known to this system.
 */
export function unpack(folder, { release, architecture, packages }) {
  const own = join(folder, 'apt')
  for (const part of ['lists/partial', 'cache/archives/partial'])
    mkdirSync(join(own, part), { recursive: true })
  const list = join(own, 'sources.list')
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
  writeFileSync(list, `deb [signed-by=${keyring}] ${mirror()} ${release} main\n`)
  const options = {
    'Dir::State': own,
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(own, 'cache'),
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Debug::NoLocking': 'true',
  }
  const given = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  const aptGet = (...args) =>
    execFileSync('apt-get', [...given, '-qqy', ...args], { stdio: ['ignore', 2, 2] })
  aptGet('update')
  aptGet('install', '--download-only', ...packages)
  makeRoot(folder)
  const archives = join(own, 'cache', 'archives')
  const unneeded = ['doc', 'locale', 'man', 'fonts'].map((name) => `--exclude=./usr/share/${name}`).join(' ')
  for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb'))) {
    const command = `dpkg-deb --fsys-tarfile "$0" | tar -x --keep-directory-symlink -C "$1" ${unneeded}`
    execFileSync('bash', ['-o', 'pipefail', '-c', command, join(archives, file), folder])
  }
  rmSync(own, { recursive: true })
}
