/** @file Compiles the benchmark and starts one of its programs. Knows no row. */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(import.meta.url)

/**
 * @param {'main' | 'compare'} program
 * @param {string[]} args
 */
export function start(program, args) {
  node(require.resolve('typescript/bin/tsc'), '-p', here)
  node(join(here, 'dist', `${program}.js`), ...args)
}

/** @param {string[]} args */
function node(...args) {
  const { status, error } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
