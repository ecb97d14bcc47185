/** @file Makes the clone ready, compiles the benchmark and starts it with the arguments given. Knows no row. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setUp } from '../.ci/setup.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

/** @param {string[]} args */
function node(...args) {
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}

setUp()
node(require.resolve('typescript/bin/tsc'), '-p', here)
node(join(here, 'dist', 'main.js'), ...process.argv.slice(2))
