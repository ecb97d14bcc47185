/**
 * @file Packs what is published: the library, one package for each addon, and the tool. Publishes
 * nothing. `node .ci/pack.mjs FOLDER [ADDONS]` wants an addon for every target, in the root or in the folder
 * ADDONS, and leaves the tarballs in FOLDER.
 */

import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fail, isMain, root, run, step } from './steps.mjs'

/** The tarball that `npm pack` makes of a folder. */
function packFolder(folder, target, ...options) {
  mkdirSync(target, { recursive: true })
  run(folder, 'npm', 'pack', '--silent', '--pack-destination', target, ...options)
  return join(target, readdirSync(target)[0])
}

/** `napi` makes the other packages' folders within the main one's, which does not publish them. */
const platformsIn = (folder) => join(folder, 'package', 'npm')

/**
 * The loader that napi writes asks for a package of every platform it knows. Those that are not ours it must
 * not load: anybody may have registered the name.
 */
function askOnlyFor(names, loader) {
  const asked = /require\('(smmap-[\w-]+)(?:\/package\.json)?'\)/g
  const askFor = (call, name) => (names.includes(name) ? call : `refuse('${name}')`)
  const refuse = "function refuse(name) {\n  throw new Error(name + ' is not published')\n}\n"
  writeFileSync(loader, `${readFileSync(loader, 'utf8').replace(asked, askFor)}\n${refuse}`)
}

/** Names the others by exact version, by hand: `napi prepublish` does that only when it publishes. */
function packMain(folder) {
  const plain = packFolder(root, join(folder, 'plain'))
  // A name and no path: on Windows tar may be one that takes `C:` for another machine.
  run(join(folder, 'plain'), 'tar', '-xzf', basename(plain), '-C', '..')
  const path = join(folder, 'package', 'package.json')
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  run(root, 'npx', 'napi', 'create-npm-dirs', '--cwd', join(folder, 'package'))
  const names = readdirSync(platformsIn(folder)).map((platform) => `smmap-${platform}`)
  manifest.optionalDependencies = Object.fromEntries(names.map((name) => [name, manifest.version]))
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`)
  askOnlyFor(names, join(folder, 'package', 'binding.js'))
  return packFolder(join(folder, 'package'), join(folder, 'main'), '--ignore-scripts')
}

/** Into `folder`, with the addons of another; returns the tarballs, the library first, the tool last. */
export function packAll(folder, addonsIn = root) {
  step('npm pack')
  const main = packMain(folder)
  const addons = readdirSync(addonsIn).filter((name) => /^smmap\..*\.node$/.test(name))
  const known = readdirSync(platformsIn(folder))
  const platforms = addons.flatMap((addon) => {
    const platform = addon.split('.')[1]
    if (!known.includes(platform)) return []
    const source = join(platformsIn(folder), platform)
    copyFileSync(join(addonsIn, addon), join(source, addon))
    copyFileSync(join(root, 'LICENSE'), join(source, 'LICENSE'))
    return [packFolder(source, join(folder, 'packed', platform))]
  })
  return [main, ...platforms, packFolder(join(root, 'cli'), join(folder, 'tool'))]
}

if (isMain(import.meta.url)) {
  const [target, addons] = process.argv.slice(2)
  if (target === undefined) fail('usage: node .ci/pack.mjs FOLDER [ADDONS]', 2)
  const folder = mkdtempSync(join(tmpdir(), 'smmap-pack-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const tarballs = packAll(folder, addons)
  const wanted = readdirSync(platformsIn(folder))
  if (tarballs.length !== wanted.length + 2)
    fail(`an addon is missing: one is wanted for each of ${wanted.join(', ')}`)
  mkdirSync(target, { recursive: true })
  for (const tarball of tarballs) copyFileSync(tarball, join(target, basename(tarball)))
  step(`${tarballs.length} packages in ${target}`)
}
