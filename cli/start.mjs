/**
 * @file `npm start [-- FILE] [options]`: sets up, then runs `smmap scan` on FILE or on a 1 GiB log made for
 * it.
 */

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeLog, sampleLog } from '../benchmark/make-log.mjs'
import { setUp } from '../.ci/setup.mjs'
import { fail, root, step } from '../.ci/steps.mjs'

// npm runs scripts in the package's folder; a FILE is meant from where the user stands.
const from = process.env.INIT_CWD ?? process.cwd()
const args = process.argv.slice(2)

const isFile = (arg) => !arg.startsWith('-') && existsSync(resolve(from, arg))
const namesFile = args.some(isFile) || (args.length > 0 && !args[0].startsWith('-'))
const asksHelp = args.some((arg) => arg === '--help' || arg === '-h')

setUp()
if (!namesFile && !asksHelp) {
  try {
    args.unshift(makeLog(sampleLog))
  } catch (error) {
    fail(error.message)
  }
}
step(`smmap scan ${args.join(' ')}`)
const { status, signal } = spawnSync(
  process.execPath,
  [join(root, 'cli', 'dist', 'main.js'), 'scan', ...args],
  {
    cwd: from,
    stdio: 'inherit',
  },
)
if (signal) process.kill(process.pid, signal)
process.exitCode = status ?? 1
