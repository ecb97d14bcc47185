/**
 * @file A stranger's project: installs the package from a registry, uses it, and loses its binary. Knows no
 * tarballs.
 */

import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { needsShell, root } from '../../.ci/steps.mjs'

const run = promisify(execFile)
const PNPM = 'pnpm@10.34.8'

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
const complain = `
  try { require('smmap') } catch ({ code, message }) { console.log(code, message); process.exit(0) }
  process.exit(1)`

/** A folder with a `package.json` and settings of its own: nothing is read from, or left in, the user's. */
export class Stranger {
  constructor(folder, { registry, path }) {
    this.app = join(folder, 'app')
    this.home = join(folder, 'home')
    for (const each of [this.app, this.home]) mkdirSync(each, { recursive: true })
    writeFileSync(join(this.app, 'package.json'), '{ "private": true }\n')
    const own = {
      HOME: this.home,
      XDG_DATA_HOME: this.home,
      XDG_CACHE_HOME: this.home,
      XDG_STATE_HOME: this.home,
    }
    const npm = {
      npm_config_registry: registry,
      npm_config_cache: join(this.home, 'cache'),
      npm_config_audit: 'false',
    }
    this.env = { ...process.env, ...own, ...npm, ...(path && { PATH: path }) }
    delete this.env.NAPI_RS_NATIVE_LIBRARY_PATH
  }

  /** Its output; rejects with it. */
  async run(command, ...args) {
    const { app: cwd, env } = this
    const { stdout } = await run(command, args, { cwd, env, shell: needsShell(command) })
    return stdout
  }

  node(...args) {
    return this.run(process.execPath, ...args)
  }

  npm(...packages) {
    return this.run('npm', 'install', '--silent', '--no-fund', ...packages)
  }

  async pnpm(...packages) {
    await this.run('npm', 'install', '--silent', '--no-fund', '--prefix', this.home, PNPM)
    await this.node(join(this.home, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs'), 'add', ...packages)
  }

  /** Required and imported. */
  async useIt() {
    await this.node('-e', asCommonJs)
    await this.node('--input-type=module', '-e', asModule)
  }

  /** The tool, never installed before: by the name of its package. */
  async useTool() {
    const printed = await this.run('npx', '--yes', 'smmap-cli', 'grep', '-c', 'private', 'package.json')
    if (printed !== '1\n') throw new Error(`expected npx smmap-cli to count 1 line, got ${printed}`)
  }

  /**
   * Compiles a file that uses it, with the strictest settings, as modules are found in each of three ways.
   */
  async compile() {
    copyFileSync(fileURLToPath(new URL('consumer.ts', import.meta.url)), join(this.app, 'consumer.mts'))
    copyFileSync(fileURLToPath(new URL('consumer.ts', import.meta.url)), join(this.app, 'consumer.cts'))
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules', '@types')]
    const strict = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--target',
      'es2022',
      '--lib',
      'es2023,esnext.disposable',
    ]
    for (const [module, resolution] of [
      ['node16', 'node16'],
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ]) {
      const files = resolution === 'bundler' ? ['consumer.mts'] : ['consumer.mts', 'consumer.cts']
      const how = ['--module', module, '--moduleResolution', resolution]
      await this.node(
        join(root, 'node_modules', 'typescript', 'bin', 'tsc'),
        ...types,
        ...strict,
        ...how,
        ...files,
      )
    }
  }

  /** The platform's package, as npm has put it. */
  get binary() {
    const name = readdirSync(join(this.app, 'node_modules')).find((each) => each.startsWith('smmap-'))
    return { name, folder: join(this.app, 'node_modules', name) }
  }

  /** Without its binary, and with that of another version, it says what to type; typed, that helps. */
  async loseTheBinary() {
    const { name, folder } = this.binary
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    rmSync(folder, { recursive: true })
    const command = `npm install ${name}@${version}`
    await this.expectComplaint(command)
    await this.npm(`${name}@${version}`)
    await this.useIt()
    const manifest = join(this.app, 'node_modules', 'smmap', 'package.json')
    const text = readFileSync(manifest, 'utf8')
    writeFileSync(manifest, text.replace(`"version": "${version}"`, '"version": "99.0.0"'))
    await this.expectComplaint(`is that of ${version}. Install it: npm install ${name}@99.0.0`)
    writeFileSync(manifest, text)
  }

  async expectComplaint(words) {
    const said = await this.node('-e', complain)
    if (!said.startsWith('ERR_SMMAP_BINARY_MISSING ') || !said.includes(words)) {
      throw new Error(`expected ERR_SMMAP_BINARY_MISSING with "${words}", got: ${said}`)
    }
  }
}
