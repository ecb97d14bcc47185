/** @file What is in a tarball: names and sizes, and nothing that nobody needs. */

import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { filesOf, manifestOf } from '../../.ci/tarball.mjs'

const inKib = (bytes) => Math.ceil(bytes / 1024)

/**
 * Only what is needed: compiled code with its types, the loader, one addon, and what npm shows of a package.
 */
const NEEDED = new RegExp(
  [
    String.raw`^package/(dist/[\w/-]+\.(js|mjs|d\.ts|d\.mts)`,
    String.raw`dist/(smmap\.1|completions/smmap\.\w+)`,
    String.raw`index\.d\.m?ts|binding\.(js|d\.ts)|smmap\.[\w-]+\.node`,
    String.raw`package\.json|README\.md|LICENSE|CHANGELOG\.md)$`,
  ].join('|'),
)

/** What every package shows of itself, the platforms' too. */
const SHOWN = ['package.json', 'README.md', 'LICENSE']

/** Throws unless the loader asks for the packages that the manifest names, and for no others. */
function checkLoader(loader, { optionalDependencies }) {
  const asked = new Set([...loader.matchAll(/require\('(smmap-[\w-]+)/g)].map(([, name]) => name))
  const [found, wanted] = [[...asked], Object.keys(optionalDependencies)].map((each) =>
    each.toSorted().join(', '),
  )
  if (found !== wanted) throw new Error(`the loader asks for ${found}; published are ${wanted}`)
}

/**
 * Name, packed and unpacked size and number of files of a tarball. Throws for a file that nobody needs, and
 * where one is missing that every package has.
 */
export function describe(tarball) {
  const contents = filesOf(tarball)
  const files = contents.map(([name, { length }]) => ({ size: length, name }))
  const odd = files.filter(({ name }) => !NEEDED.test(name))
  if (odd.length > 0)
    throw new Error(`${basename(tarball)} has ${odd.map(({ name }) => name).join(', ')} in it`)
  const missing = SHOWN.filter((shown) => !files.some(({ name }) => name === `package/${shown}`))
  if (missing.length > 0) throw new Error(`${basename(tarball)} has no ${missing.join(', ')} in it`)
  const loader = contents.find(([name]) => name === 'package/binding.js')
  if (loader !== undefined) checkLoader(String(loader[1]), manifestOf(tarball))
  return {
    tarball: basename(tarball),
    'packed KiB': inKib(statSync(tarball).size),
    'unpacked KiB': inKib(files.reduce((sum, { size }) => sum + size, 0)),
    files: files.length,
  }
}
