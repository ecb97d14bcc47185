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
const YARN = 'yarn@1.22.22'
/** Puts no `node_modules` in a project: packages stay in archives. */
const YARN_PNP = '@yarnpkg/cli-dist@4.18.1'

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
    const yarn = {
      YARN_REGISTRY: registry,
      YARN_CACHE_FOLDER: join(this.home, 'yarn'),
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_GLOBAL_FOLDER: join(this.home, 'berry'),
      YARN_ENABLE_TELEMETRY: '0',
      // In CI it would take no new package, and nowhere one that was published today.
      YARN_ENABLE_IMMUTABLE_INSTALLS: '0',
      YARN_ENABLE_HARDENED_MODE: '0',
      YARN_NPM_MINIMAL_AGE_GATE: '0',
      // For `import`, which is not `require` to it.
      YARN_PNP_ENABLE_ESM_LOADER: '1',
    }
    this.env = { ...process.env, ...own, ...npm, ...yarn, ...(path && { PATH: path }) }
    delete this.env.NAPI_RS_NATIVE_LIBRARY_PATH
  }

  /** Its output, and what it said beside; rejects with both. */
  runWhole(command, ...args) {
    const { app: cwd, env } = this
    return run(command, args, { cwd, env, shell: needsShell(command) })
  }

  /** Its output; rejects with it. */
  async run(command, ...args) {
    const { stdout } = await this.runWhole(command, ...args)
    return stdout
  }

  node(...args) {
    return this.run(process.execPath, ...args)
  }

  npm(...packages) {
    return this.run('npm', 'install', '--silent', '--no-fund', ...packages)
  }

  /** Installs an installer beside the project, and has it add the packages. */
  async #by(installer, program, ...packages) {
    await this.run('npm', 'install', '--silent', '--no-fund', '--prefix', this.home, installer)
    await this.node(join(this.home, 'node_modules', program), 'add', ...packages)
  }

  pnpm(...packages) {
    return this.#by(PNPM, 'pnpm/bin/pnpm.cjs', ...packages)
  }

  yarn(...packages) {
    return this.#by(YARN, 'yarn/bin/yarn.js', '--no-progress', ...packages)
  }

  async yarnPnp(...packages) {
    // Or it takes the project for a part of one above.
    writeFileSync(join(this.app, 'yarn.lock'), '')
    const program = '@yarnpkg/cli-dist/bin/yarn.js'
    await this.#by(YARN_PNP, program, ...packages)
    const start = this.node.bind(this)
    this.node = (...args) => start(join(this.home, 'node_modules', program), 'node', ...args)
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
