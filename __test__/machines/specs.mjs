/**
 * @file Runs specs on another platform's Node.js, with the package laid out as npm would. Knows no way to
 * build it.
 */

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
import { root } from '../../.ci/steps.mjs'
import { cache } from '../../.ci/downloads.mjs'
import { numbers, portable } from './portable.mjs'

/** Emulated, the slowest of them takes two minutes of a processor, and others may want that processor too. */
const settings = { files: ['*.mjs', '!ava.config.mjs'], timeout: '15m' }

/** Compiled here: the compiler is a binary of this platform's. */
async function stage(platform, addon, names) {
  const folder = join(cache, 'stages', platform)
  rmSync(folder, { recursive: true, force: true })
  const main = join(folder, 'node_modules', 'smmap')
  mkdirSync(main, { recursive: true })
  for (const part of ['dist', 'package.json', 'binding.js'])
    cpSync(join(root, part), join(main, part), { recursive: true })
  copyFileSync(addon, join(main, basename(addon)))
  // ava finds its settings and the specs from here; itself it is found in the folders above.
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  writeFileSync(join(folder, 'ava.config.mjs'), `export default ${JSON.stringify(settings)}\n`)
  // Not before the packages are installed.
  const { build } = await import('esbuild')
  await build({
    entryPoints: names.map((name) => join(root, '__test__', `${name}.spec.ts`)),
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

/** Runs a command of the runtime; its output by way of a file, since Wine does not write to pipes. */
function run({ command: [program, ...first], env }, args, { folder, more = {}, minutes = 1 }) {
  const output = join(folder, 'output.txt')
  const fd = openSync(output, 'w')
  const { status, error } = spawnSync(program, [...first, ...args], {
    cwd: folder,
    env: { ...env, ...more },
    stdio: ['ignore', fd, fd],
    timeout: minutes * 60_000,
  })
  closeSync(fd)
  return { status, error, output, text: readFileSync(output, 'utf8').replaceAll('\r\n', '\n') }
}

const count = (text, word) => Number(new RegExp(`^ {2}(\\d+) (?:tests? )?${word}`, 'm').exec(text)?.[1] ?? 0)

/**
 * Their counts, by the names of specs. In worker threads: emulated, a process of its own for each takes long.
 */
export async function runSpecs(platform, addon, runtime) {
  const names = platform.startsWith('linux') ? [...portable, ...numbers] : portable
  const { folder, addon: staged } = await stage(platform, addon, names)
  const ava = join(root, 'node_modules', 'ava', 'entrypoints', 'cli.mjs')
  const args = [runtime.toPath(ava), '--worker-threads', '--concurrency=1']
  const more = { NAPI_RS_NATIVE_LIBRARY_PATH: runtime.toPath(staged), FORCE_COLOR: '0', CI: '1' }
  const { status, error, output, text } = run(runtime, args, { folder, more, minutes: 40 })
  const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map((word) => count(text, word))
  const note = error?.message ?? (status === 0 && passed > 0 ? '' : `exit code ${status}: ${output}`)
  return { passed, failed, skipped, note }
}

/** What the runtime calls itself. */
export function versionOf(runtime) {
  const folder = join(cache, 'stages')
  mkdirSync(folder, { recursive: true })
  const { status, error, text } = run(runtime, ['--version'], { folder })
  const version = /^v\d+\.\d+\.\d+$/m.exec(text)?.[0]
  if (status !== 0 || version === undefined)
    throw new Error(`${runtime.command.join(' ')} does not run: ${error?.message ?? text}`)
  return `Node.js ${version}`
}
