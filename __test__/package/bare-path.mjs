/**
 * @file A `PATH` with Node.js and npm and no compiler: whoever looks for one is caught. Knows nothing of
 * packages.
 */

import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const BUILDERS =
  'cargo rustc rustup node-gyp cc gcc g++ c++ clang zig ld make cmake ninja python python3'.split(' ')

/** Made in `folder`; `builds()` has the commands that somebody tried to build with. Not for Windows. */
export function makeBarePath(folder) {
  const path = join(folder, 'bin')
  const log = join(folder, 'builds')
  mkdirSync(path, { recursive: true })
  const node = dirname(process.execPath)
  for (const name of ['node', 'npm', 'npx']) symlinkSync(join(node, name), join(path, name))
  symlinkSync('/bin/sh', join(path, 'sh'))
  for (const name of BUILDERS) {
    writeFileSync(join(path, name), `#!/bin/sh\necho ${name} >> '${log}'\nexit 1\n`)
    chmodSync(join(path, name), 0o755)
  }
  return { path, builds: () => (existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : []) }
}
