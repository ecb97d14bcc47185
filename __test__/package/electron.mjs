/**
 * @file `npm run test:electron`: runs examples/electron in a real Electron, as a folder and as a packed app with an asar. Needs
 * a display, and Electron's own download. `npm test` tries the same report without Electron.
 */

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll } from '../../.ci/pack.mjs'
import { serve } from './registry.mjs'
import { Stranger } from './stranger.mjs'
import { setUp } from '../../.ci/setup.mjs'
import { root, step } from '../../.ci/steps.mjs'

const SIZE = 3_000_000

/** Throws unless Electron refused views, and the bytes are right all the same. */
function expectCopies(printed, where) {
  const { length, last, zeroCopy, memory, runtime } = JSON.parse(printed.trim().split('\n').at(-1))
  const isRight = length === SIZE && last === '2a'.repeat(16) && !zeroCopy && memory === 16
  if (!isRight || !runtime.startsWith('Electron ')) throw new Error(`${where} printed ${printed}`)
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

setUp()
const folder = mkdtempSync(join(tmpdir(), 'smmap-electron-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
const registry = await serve(packAll(folder))
const stranger = new Stranger(folder, { registry: registry.url })
cpSync(join(root, 'examples', 'electron'), stranger.app, { recursive: true })
const file = join(folder, 'file.bin')
writeFileSync(file, Buffer.alloc(SIZE, 0x2a))
step('installing Electron')
await stranger.npm()
// Containers and runners have no setuid sandbox.
const flags = process.platform === 'linux' ? ['--no-sandbox'] : []
const electron = join('node_modules', 'electron', 'cli.js')
expectCopies(await stranger.node(electron, ...flags, '.', file), 'electron .')
step('packing')
await stranger.run('npm', 'run', 'pack')
registry.close()
const { program, resources } = packedApp(stranger.app)
if (!existsSync(join(resources, 'app.asar.unpacked', 'node_modules')))
  throw new Error('no addon beside app.asar')
expectCopies(await stranger.run(program, ...flags, file), 'the packed app')
