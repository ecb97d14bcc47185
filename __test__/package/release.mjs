/**
 * @file `npm run test:release [-- --addons=FOLDER]`: a release of every package to a registry on this
 * machine: dry, in CI before the names exist, cut short and resumed, as a candidate. Then installs what is
 * there. Builds the addons of all platforms, or takes them from FOLDER.
 */

import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { build, publishedPlatforms } from '../../.ci/cross-build.mjs'
import { packAll } from '../../.ci/pack.mjs'
import { setUp } from '../../.ci/setup.mjs'
import { fail, root, step } from '../../.ci/steps.mjs'
import { manifestOf } from '../../.ci/tarball.mjs'
import { describe } from './contents.mjs'
import { tryRegistry } from './install.mjs'
import { serve } from './registry.mjs'
import { Stranger } from './stranger.mjs'

function check(isRight, text) {
  if (!isRight) fail(`the release is wrong: ${text}`)
}

/** Addons as they were given, or built here one after the other. */
function findAddons(given) {
  if (given !== undefined) return given
  return dirname(publishedPlatforms().map((platform) => build(platform, { isQuick: true }).addon)[0])
}

/** Who has a project with the scripts of a release, and may publish. */
class Releaser {
  #stranger
  constructor(folder, registry) {
    this.#stranger = new Stranger(folder, { registry: registry.url })
    const settings = join(folder, 'npmrc')
    writeFileSync(settings, `${registry.url.replace('http:', '')}/:_authToken=ours\n`)
    Object.assign(this.#stranger.env, { npm_config_userconfig: settings, npm_config_fetch_retries: '0' })
  }

  /** What `release.mjs` says, and whether it went well; `inCi` as in a workflow. */
  async release(args, { inCi = false, script = join(root, '.ci', 'release.mjs') } = {}) {
    this.#stranger.env.GITHUB_ACTIONS = String(inCi)
    try {
      const { stderr } = await this.#stranger.runWhole(process.execPath, script, ...args)
      return { isRight: true, said: stderr }
    } catch ({ stderr }) {
      return { isRight: false, said: stderr }
    }
  }
}

/** The scripts beside a manifest of another version, and a tarball of that. */
async function makeCandidate(folder, registry) {
  const version = '99.0.0-rc.1'
  cpSync(join(root, '.ci'), join(folder, '.ci'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'smmap', version }))
  const packed = join(folder, 'packed')
  mkdirSync(packed)
  const stranger = new Stranger(join(folder, 'stranger'), { registry: registry.url })
  await stranger.run('npm', 'pack', folder, '--silent', '--pack-destination', packed)
  return { version, packed, script: join(folder, '.ci', 'release.mjs') }
}

async function tryTags(releaser, version) {
  step('a tag that is the version, and one that is not')
  check((await releaser.release([`--tag=v${version}`])).isRight, `the tag v${version} is refused`)
  for (const tag of ['v99.0.0', version, ''])
    check(!(await releaser.release([`--tag=${tag}`])).isRight, `the tag "${tag}" is taken`)
}

async function tryDry(releaser, { packed, names, registry }) {
  step('a dry run')
  const { isRight, said } = await releaser.release([packed, '--dry-run'], { inCi: true })
  check(isRight, said)
  for (const name of names)
    check(new RegExp(`^· ${name}@\\S+: would be published as latest$`, 'm').test(said), said)
  check(registry.published.length === 0, `it was not dry: ${registry.published.join(', ')}`)
  step('in CI, where names are new')
  const first = await releaser.release([packed], { inCi: true })
  check(!first.isRight && names.every((name) => first.said.includes(name)), first.said)
  check(registry.published.length === 0, `published: ${registry.published.join(', ')}`)
}

async function tryToPublish(releaser, { packed, names, registry, broken }) {
  step('by hand; it breaks half-way, and goes on')
  broken.add('smmap-linux-x64-gnu')
  const first = await releaser.release([packed])
  check(!first.isRight && /smmap-linux-x64-gnu@\S+ was not published/.test(first.said), first.said)
  const half = registry.published.length
  check(half > 0 && half < names.length - 2, `${half} packages before it broke`)
  broken.clear()
  const second = await releaser.release([packed])
  check(second.isRight, second.said)
  const { published } = registry
  // Once each, and the library when all that it asks for is there: yarn stops otherwise.
  check(published.toSorted().join() === names.toSorted().join(), `published: ${published.join(', ')}`)
  check(published.slice(-2).join() === 'smmap,smmap-cli', `published in this order: ${published.join(', ')}`)
  const third = await releaser.release([packed], { inCi: true })
  check(third.isRight && published.length === names.length, third.said)
}

async function tryCandidate(releaser, { folder, packed, registry, version }) {
  step('a candidate, and tarballs of another version')
  const { packed: own, script, ...candidate } = await makeCandidate(folder, registry)
  check(!(await releaser.release([packed], { script })).isRight, 'tarballs of another version are taken')
  const { isRight, said } = await releaser.release([own], { script })
  const tags = registry.describe('smmap')['dist-tags']
  check(isRight && tags.next === candidate.version && tags.latest === version, said)
}

const { values } = parseArgs({ options: { addons: { type: 'string' } } })
setUp()
const folder = mkdtempSync(join(tmpdir(), 'smmap-release-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const tarballs = packAll(join(folder, 'pack'), findAddons(values.addons))
console.table(tarballs.map(describe))
const packed = join(folder, 'packed')
for (const tarball of tarballs) cpSync(tarball, join(packed, tarball.split(/[\\/]/).at(-1)))
const { version, optionalDependencies } = manifestOf(tarballs[0])
const names = [...Object.keys(optionalDependencies), 'smmap', 'smmap-cli']
check(tarballs.length === names.length, `${tarballs.length} tarballs for ${names.join(', ')}`)
const broken = new Set()
const registry = await serve([], { refuses: (name) => broken.has(name) })
const releaser = new Releaser(join(folder, 'releaser'), registry)
const release = { packed, names, registry, broken, version, folder: join(folder, 'candidate') }
await tryTags(releaser, version)
await tryDry(releaser, release)
await tryToPublish(releaser, release)
await tryRegistry(registry)
await tryCandidate(releaser, release)
registry.close()
step(`${names.length} packages can be released and installed`)
