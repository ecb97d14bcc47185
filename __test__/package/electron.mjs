/**
 * @file `npm run test:electron [-- --electron=45]`: runs examples/electron in a real Electron, as a folder
 * and as a packed app with an asar, over a file of 1 GiB. Needs a display, and Electron's own download.
 * `npm test` tries the same scripts without.
 */

import { createHash } from 'node:crypto'
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makeLog } from '../../benchmark/make-log.mjs'
import { packAll } from '../../.ci/pack.mjs'
import { serve } from './registry.mjs'
import { Stranger } from './stranger.mjs'
import { setUp } from '../../.ci/setup.mjs'
import { fail, root, step } from '../../.ci/steps.mjs'

const SIZE = 2 ** 30
/** The two newest majors. */
const VERSIONS = { 44: '44.11.5', 45: '45.5.0' }

async function hashOf(path) {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}

/** Throws unless each process was refused views, and the bytes are right all the same. */
function expectCopies(printed, where, expected) {
  const reports = JSON.parse(printed.trim().split('\n').at(-1))
  for (const name of ['main', 'utility', 'renderer']) {
    const { length, sha256, zeroCopy, memory, runtime } = reports[name] ?? {}
    const isRight = length === SIZE && sha256 === expected.sha256 && zeroCopy === false && memory === 16
    if (!isRight || runtime !== `Electron ${expected.version}`)
      throw new Error(`${where}, ${name} process: ${printed}`)
  }
  step(`${where}: ${printed.trim()}`)
}

/** Where electron-builder puts the app on each system. */
function packedApp(app) {
  const dist = join(app, 'dist')
  const folder = join(
    dist,
    readdirSync(dist).find((name) => /^(linux|win|mac)/.test(name)),
  )
  if (process.platform === 'win32')
    return { program: join(folder, 'smmap-in-electron.exe'), resources: join(folder, 'resources') }
  if (process.platform === 'linux')
    return { program: join(folder, 'smmap-in-electron'), resources: join(folder, 'resources') }
  const contents = join(folder, 'smmap-in-electron.app', 'Contents')
  return { program: join(contents, 'MacOS', 'smmap-in-electron'), resources: join(contents, 'Resources') }
}

const { values } = parseArgs({ options: { electron: { type: 'string', default: '45' } } })
const version = VERSIONS[values.electron] ?? fail(`which Electron: ${Object.keys(VERSIONS).join(', ')}?`, 2)
setUp()
const folder = mkdtempSync(join(tmpdir(), 'smmap-electron-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const registry = await serve(packAll(folder))
const stranger = new Stranger(folder, { registry: registry.url })
cpSync(join(root, 'examples', 'electron'), stranger.app, { recursive: true })
const manifest = join(stranger.app, 'package.json')
const text = readFileSync(manifest, 'utf8')
writeFileSync(manifest, text.replace(/("electron": ")[\d.]+"/, `$1${version}"`))
const file = makeLog({ size: SIZE, path: join(folder, 'file.ndjson') })
const expected = { version, sha256: await hashOf(file) }
step('installing Electron')
await stranger.npm()
// Containers and runners have no setuid sandbox.
const flags = process.platform === 'linux' ? ['--no-sandbox'] : []
const electron = join('node_modules', 'electron', 'cli.js')
expectCopies(await stranger.node(electron, ...flags, '.', file), 'electron .', expected)
step('packing')
await stranger.run('npm', 'run', 'pack')
registry.close()
const { program, resources } = packedApp(stranger.app)
if (!existsSync(join(resources, 'app.asar.unpacked', 'node_modules')))
  throw new Error('no addon beside app.asar')
expectCopies(await stranger.run(program, ...flags, file), 'the packed app', expected)
