/** @file What a Windows needs that is none: libraries to link with, and a Wine to run in. Knows no addon. */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cache, once } from './downloads.mjs'
import { needPackages } from './tools.mjs'

const WINE = '/usr/lib/wine/wine64'
const MINGW = 'x86_64-w64-mingw32'
const prefix = join(cache, 'wine')

/**
 * The environment of a `cargo` that builds for Windows and runs what it built. The addon finds Node's functions when it is
 * loaded; its build script wants a `libnode.dll` to link with all the same, so it gets an import library of nothing.
 */
export function windowsEnvironment() {
  needPackages({ 'gcc-mingw-w64-x86-64': `/usr/bin/${MINGW}-gcc`, wine64: WINE })
  const libnode = once('libnode', (folder) => {
    writeFileSync(join(folder, 'node.def'), 'LIBRARY node.exe\nEXPORTS\n')
    writeFileSync(join(folder, 'libnode.dll'), '')
    const args = ['-d', 'node.def', '-D', 'node.exe', '-l', 'libnode.dll.a']
    execFileSync(`${MINGW}-dlltool`, args, { cwd: folder })
  })
  return { ...wineEnvironment(), LIBNODE_PATH: libnode, CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER: WINE }
}

/** The command that runs a Windows program. */
export const wine = WINE

/** The environment of such a program: a Windows 10 of its own. */
export function wineEnvironment() {
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', NODE_SKIP_PLATFORM_CHECK: '1' }
  const missing = join(prefix, 'drive_c', 'windows', 'system32', 'bcryptprimitives.dll')
  if (existsSync(missing)) return env
  mkdirSync(prefix, { recursive: true })
  execFileSync(WINE, ['winecfg', '-v', 'win10'], { env, stdio: ['ignore', 2, 2] })
  const source = fileURLToPath(new URL('bcryptprimitives.c', import.meta.url))
  execFileSync(`${MINGW}-gcc`, ['-shared', '-o', missing, source, '-ladvapi32'])
  return env
}

/** A path of this machine's as Wine has it. */
export const toWindowsPath = (path) => `Z:${path.replaceAll('/', '\\')}`
