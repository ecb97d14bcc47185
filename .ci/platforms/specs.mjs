/** @file Runs specs on another platform's Node.js, with the package laid out as npm would. Knows no way to build it. */

import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { root } from '../steps.mjs'
import { cache } from './downloads.mjs'
import { portable } from './portable.mjs'

/** Emulated, the slowest of them takes a minute. */
const settings = { files: ['*.mjs', '!ava.config.mjs'], timeout: '5m' }

/** Compiled here: the compiler is a binary of this platform's. */
async function stage(platform, addon) {
  const folder = join(cache, 'stages', platform)
  rmSync(folder, { recursive: true, force: true })
  const main = join(folder, 'node_modules', 'smmap')
  mkdirSync(main, { recursive: true })
  for (const part of ['dist', 'package.json', 'binding.js']) {
    cpSync(join(root, part), join(main, part), { recursive: true })
  }
  copyFileSync(addon, join(main, basename(addon)))
  // ava finds its settings and the specs from here; itself it is found in the folders above.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  writeFileSync(join(folder, 'ava.config.mjs'), `export default ${JSON.stringify(settings)}\n`)
  await build({
    entryPoints: portable.map((name) => join(root, '__test__', `${name}.spec.ts`)),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
  return { folder, addon: join(main, basename(addon)) }
}

const count = (text, pattern) => Number(pattern.exec(text)?.[1] ?? 0)

/**
 * Their counts. In worker threads: an emulated Node.js cannot start itself once more. Output goes to a file, since Wine
 * does not write to pipes reliably.
 */
export async function runSpecs(platform, addon, { command, env, toPath }) {
  const { folder, addon: staged } = await stage(platform, addon)
  const output = join(folder, 'output.txt')
  const fd = openSync(output, 'w')
  const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs')
  const [binary, ...args] = [...command, toPath(ava), '--worker-threads', '--concurrency=1']
  const { status, error } = spawnSync(binary, args, {
    cwd: folder,
    env: { ...env, NAPI_RS_NATIVE_LIBRARY_PATH: toPath(staged), FORCE_COLOR: '0', CI: '1' },
    stdio: ['ignore', fd, fd],
    timeout: 20 * 60_000,
  })
  closeSync(fd)
  const text = readFileSync(output, 'utf8').replaceAll('\r\n', '\n')
  const [passed, failed, skipped] = [
    /^ {2}(\d+) tests? passed$/m,
    /^ {2}(\d+) tests? failed$/m,
    /^ {2}(\d+) tests? skipped$/m,
  ].map((pattern) => count(text, pattern))
  const note = error?.message ?? (status === 0 && passed > 0 ? '' : `exit code ${status}: ${output}`)
  return { passed, failed, skipped, note }
}

/** What the runtime calls itself. */
export function versionOf({ command, env }) {
  const [binary, ...args] = [...command, '--version']
  const { status, stdout, stderr, error } = spawnSync(binary, args, { env, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command.join(' ')} does not run: ${error?.message ?? stderr}`)
  return `Node.js ${stdout.trim()}`
}
