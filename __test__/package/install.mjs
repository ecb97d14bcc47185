/**
 * @file Installs packed tarballs as a stranger would, by npm, pnpm and yarn, and uses them:
 * `install.mjs SMMAP.tgz PLATFORM.tgz… CLI.tgz`; by yarn only with the packages of all platforms.
 */

import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeBarePath } from './bare-path.mjs'
import { serve } from './registry.mjs'
import { Stranger } from './stranger.mjs'
import { fail, step } from '../../.ci/steps.mjs'

/** Each with how many binaries it fetches at most. The first yarn fetches all, and keeps what fits. */
const INSTALLERS = { npm: 1, pnpm: 1, yarn: Infinity, yarnPnp: 1 }

/** Throws where something is brought, fetched, compiled or said that should not be. */
async function tryWith(installer, place, registry) {
  const bare = process.platform === 'win32' ? undefined : makeBarePath(place)
  const stranger = new Stranger(place, { registry: registry.url, path: bare?.path })
  const before = registry.asked.length
  step(`${installer} install smmap, without a compiler; require, import, types`)
  await stranger[installer]('smmap')
  const folder = join(stranger.app, 'node_modules')
  const hasFolder = existsSync(folder)
  const strangers = hasFolder ? readdirSync(folder).filter((name) => !/^(\.|smmap)/.test(name)) : []
  if (strangers.length > 0) throw new Error(`the library brought ${strangers.join(', ')}`)
  const fetched = registry.asked.slice(before)
  if (fetched.length < 2 || fetched.length > 1 + INSTALLERS[installer])
    throw new Error(`expected the package and its binary, got ${fetched.join(', ')}`)
  await stranger.useIt()
  // The compiler knows no archives.
  if (hasFolder) await stranger.compile()
  if (installer === 'npm') await stranger.loseTheBinary()
  const builders = bare?.builds() ?? []
  if (builders.length > 0) throw new Error(`${installer} wanted to build, with ${builders.join(', ')}`)
}

/** Without a compiler either, and without the library installed before. */
async function tryTool(folder, registry) {
  step('npx smmap-cli grep')
  const bare = process.platform === 'win32' ? undefined : makeBarePath(folder)
  await new Stranger(folder, { registry: registry.url, path: bare?.path }).useTool()
}

/** From a registry that has the library, the packages of platforms, this one's among them, and the tool. */
export async function tryRegistry(registry) {
  const { versions } = registry.describe('smmap')
  const [{ optionalDependencies }] = Object.values(versions)
  const isWhole = Object.keys(optionalDependencies).every((name) => registry.describe(name) !== undefined)
  // yarn stops at an optional package that does not exist.
  const installers = Object.keys(INSTALLERS).filter((name) => isWhole || !name.startsWith('yarn'))
  // macOS's is a link; yarn finds a project by its real path.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'smmap-try-')))
  try {
    for (const installer of installers) await tryWith(installer, join(folder, installer), registry)
    await tryTool(join(folder, 'npx'), registry)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The library's tarball, those of platforms, this one's among them, and the tool's. */
export async function tryPackage(tarballs) {
  const registry = await serve(tarballs)
  try {
    await tryRegistry(registry)
  } finally {
    registry.close()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const tarballs = process.argv.slice(2)
  if (tarballs.length < 3) fail('usage: node __test__/package/install.mjs SMMAP.tgz PLATFORM.tgz… CLI.tgz', 2)
  await tryPackage(tarballs.map((path) => resolve(path)))
  step('installed, required, imported, compiled, and run as a command')
}
