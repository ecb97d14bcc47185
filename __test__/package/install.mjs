/**
 * @file Installs packed tarballs as a stranger would, by npm and pnpm, and uses them:
 * `install.mjs SMMAP.tgz PLATFORM.tgz… CLI.tgz`.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { makeBarePath } from './bare-path.mjs'
import { serve } from './registry.mjs'
import { Stranger } from './stranger.mjs'
import { fail, step } from '../../.ci/steps.mjs'

const INSTALLERS = ['npm', 'pnpm']

/** Throws where something is brought, fetched, compiled or said that should not be. */
async function tryWith(installer, folder, registry) {
  const bare = process.platform === 'win32' ? undefined : makeBarePath(folder)
  const stranger = new Stranger(folder, { registry: registry.url, path: bare?.path })
  const before = registry.asked.length
  step(`${installer} install smmap, without a compiler; require, import, types`)
  await stranger[installer]('smmap')
  const names = readdirSync(join(stranger.app, 'node_modules'))
  const strangers = names.filter((name) => !/^(\.|smmap)/.test(name))
  if (strangers.length > 0) throw new Error(`the library brought ${strangers.join(', ')}`)
  const fetched = registry.asked.slice(before)
  if (fetched.length !== 2) throw new Error(`expected the package and one binary, got ${fetched.join(', ')}`)
  await stranger.useIt()
  await stranger.compile()
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

/** The library's tarball, those of platforms, this one's among them, and the tool's. */
export async function tryPackage(tarballs) {
  const registry = await serve(tarballs)
  const folder = mkdtempSync(join(tmpdir(), 'smmap-try-'))
  try {
    for (const installer of INSTALLERS) await tryWith(installer, join(folder, installer), registry)
    await tryTool(join(folder, 'npx'), registry)
  } finally {
    registry.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const tarballs = process.argv.slice(2)
  if (tarballs.length < 3) fail('usage: node __test__/package/install.mjs SMMAP.tgz PLATFORM.tgz… CLI.tgz', 2)
  await tryPackage(tarballs.map((path) => resolve(path)))
  step('installed, required, imported, compiled, and run as a command')
}
