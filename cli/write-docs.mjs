/**
 * @file Writes what the built tool prints of itself, for packagers and `npm install --global`: man page and
 * completions.
 */

import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const dist = new URL('dist/', import.meta.url)
const main = new URL('main.js', dist)

const write = (name, ...args) =>
  writeFileSync(new URL(name, dist), execFileSync(process.execPath, [fileURLToPath(main), ...args]))

chmodSync(main, 0o755)
mkdirSync(new URL('completions/', dist), { recursive: true })
for (const shell of ['bash', 'zsh', 'fish']) write(`completions/smmap.${shell}`, 'completion', shell)
write('smmap.1', 'man')
