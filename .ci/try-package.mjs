/** @file Installs packed tarballs in an empty folder and uses them as a stranger would: `try-package.mjs smmap.tgz [platform.tgz]`. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, needsShell, step } from './steps.mjs'

const use = `
  const manager = new SlidingWindowMapManager()
  const mapped = manager.makeCursor('package.json').useRegion().buffer()
  if (!mapped.equals(readFileSync('package.json'))) throw new Error('the mapped bytes are not the file')
  manager.close()`
const asCommonJs = `
  const { readFileSync } = require('node:fs')
  const { SlidingWindowMapManager } = require('smmap')${use}`
const asModule = `
  import { readFileSync } from 'node:fs'
  import { SlidingWindowMapManager } from 'smmap'${use}`

/** Without a platform tarball, the environment says where the addon is (`NAPI_RS_NATIVE_LIBRARY_PATH`). */
export function tryPackage(tarballs, env = {}) {
  const app = mkdtempSync(join(tmpdir(), 'smmap-try-'))
  const node = (...args) =>
    execFileSync(process.execPath, args, {
      cwd: app,
      env: { ...process.env, ...env },
      stdio: ['ignore', 2, 2],
    })
  try {
    writeFileSync(join(app, 'package.json'), '{ "private": true }\n')
    execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', '--omit=optional', ...tarballs], {
      cwd: app,
      shell: needsShell('npm'),
      stdio: ['ignore', 2, 2],
    })
    const strangers = readdirSync(join(app, 'node_modules')).filter((name) => !/^(\.|smmap)/.test(name))
    if (strangers.length > 0)
      fail(`the library must bring no other package, it brought ${strangers.join(', ')}`)
    node('-e', asCommonJs)
    node('--input-type=module', '-e', asModule)
    node(join('node_modules', 'smmap', 'dist', 'cli', 'main.js'), '--version')
  } finally {
    rmSync(app, { recursive: true, force: true })
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const tarballs = process.argv.slice(2)
  if (tarballs.length === 0) fail('usage: node .ci/try-package.mjs SMMAP.tgz [PLATFORM.tgz]', 2)
  tryPackage(tarballs.map((path) => resolve(path)))
  step('installed, required and imported')
}
