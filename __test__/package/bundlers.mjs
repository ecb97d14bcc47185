/**
 * @file `npm run test:bundlers`: installs each project of examples/bundlers from packed tarballs, builds it,
 * and runs what came out.
 */

import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll } from '../../.ci/pack.mjs'
import { serve } from './registry.mjs'
import { Stranger } from './stranger.mjs'
import { setUp } from '../../.ci/setup.mjs'
import { root, step } from '../../.ci/steps.mjs'

const examples = join(root, 'examples', 'bundlers')
/** These say in their settings that what they build needs no `node_modules`. */
const WHOLE = new Set(['esbuild'])

/** Throws where the project cannot be installed, built or run, or prints something else. */
async function tryBundler(name, folder, registry) {
  step(`building with ${name}`)
  const stranger = new Stranger(folder, { registry })
  cpSync(join(examples, name), stranger.app, { recursive: true })
  await stranger.npm()
  await stranger.run('npm', 'run', 'build')
  if (WHOLE.has(name)) rmSync(join(stranger.app, 'node_modules'), { recursive: true })
  writeFileSync(join(stranger.app, 'a.log'), 'first\nlast line\n')
  const main = readdirSync(join(stranger.app, 'dist')).find((each) => /^main\.c?m?js$/.test(each))
  const printed = await stranger.node(join('dist', main), 'a.log')
  if (printed !== 'last line\n') throw new Error(`${name}: expected "last line", it printed ${printed}`)
}

setUp()
const folder = mkdtempSync(join(tmpdir(), 'smmap-bundlers-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const registry = await serve(packAll(folder))
let failed = 0
for (const name of readdirSync(examples)) {
  try {
    await tryBundler(name, join(folder, name), registry.url)
  } catch (error) {
    failed += 1
    process.stderr.write(`${name} failed: ${error.stack}\n${error.stdout ?? ''}${error.stderr ?? ''}\n`)
  }
}
registry.close()
console.log(`${readdirSync(examples).length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
