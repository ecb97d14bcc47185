/**
 * @file The child: every hostile object in every argument of every method, while each action is done. Prints
 * what is wrong.
 */

import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge } from './judge.mjs'
import { tables } from './methods.mjs'
import { handed, path } from './objects.mjs'
import { actions, World } from './world.mjs'

const { root, only, skip = [], access = 'map' } = JSON.parse(process.argv[2])
const smmap = createRequire(import.meta.url)(root)
const folder = mkdtempSync(join(tmpdir(), 'smmap-hostile-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('unhandledRejection', () => {})

const SMALL = 50
const wrong = []
let calls = 0

/** Calls one method with one hostile object, and looks at all that was read or handed out. */
async function tryOne(name, method, at, odd, action) {
  const [table, subjectOf] = tables[name]
  const world = new World(smmap, folder, access)
  const act = world.acting(action)
  const args = table[method].map(([, right]) => right)
  for (const [index, value] of args.entries()) {
    if (Array.isArray(value)) args[index] = world.target = Uint8Array.from(value)
  }
  const [kind, right] = table[method][at]
  const value = kind(right, act)[odd]
  args[at] = value
  if (ArrayBuffer.isView(value) && kind !== path) world.target = value
  calls += 1
  const fault = await judge(() => subjectOf(world)[method](...args), world)
  if (fault !== '') wrong.push(`${name}.${method}, argument ${at + 1}: ${odd}, ${action}: ${fault}`)
  world.close()
}

/** What was handed out must be readable now that its manager is closed, or gone. */
function readHanded() {
  globalThis.gc?.()
  for (const value of handed.splice(0)) {
    const memory = value.buffer ?? value
    if (memory instanceof ArrayBuffer && memory.byteLength > 0) Buffer.from(memory).some((byte) => byte > 8)
  }
}

async function tryAll() {
  for (const [name, [table]] of Object.entries(tables)) {
    for (const [method, args] of Object.entries(table)) {
      const whole = `${name}.${method}`
      if (skip.includes(whole) || (only !== undefined && only !== whole)) continue
      for (const [at, [kind, right]] of args.entries()) {
        for (const odd of Object.keys(kind(right, () => {}))) {
          for (const action of Object.keys(actions)) {
            writeSync(2, `${name}.${method}, argument ${at + 1}: ${odd}, ${action}\n`)
            await tryOne(name, method, at, odd, action)
            if (calls % SMALL === 0) readHanded()
          }
        }
      }
    }
  }
}

const started = performance.now()
await tryAll()
readHanded()
console.log(JSON.stringify({ calls, wrong, seconds: (performance.now() - started) / 1000 }))
