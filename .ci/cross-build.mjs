/** @file Cross-builds addons by zig: `node .ci/cross-build.mjs linux-arm64-musl…`. Knows no runtime. */

import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install } from './apt.mjs'
import { fail, isMain, must, root, step } from './steps.mjs'
import { checkAddon } from '../__test__/machines/addon-file.mjs'
import { cache, once, withPython } from './downloads.mjs'

/** Rust's name of each platform; zig takes the glibc that the addon may ask for as a suffix. */
const triples = {
  'linux-x64-gnu': 'x86_64-unknown-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-unknown-linux-musl',
  'linux-arm64-gnu': 'aarch64-unknown-linux-gnu.2.17',
  'linux-arm64-musl': 'aarch64-unknown-linux-musl',
  'linux-arm-gnueabihf': 'armv7-unknown-linux-gnueabihf.2.17',
  'linux-ia32-gnu': 'i686-unknown-linux-gnu',
  'linux-s390x-gnu': 's390x-unknown-linux-gnu.2.17',
  // The oldest glibc that ever ran there.
  'linux-riscv64-gnu': 'riscv64gc-unknown-linux-gnu.2.27',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  // With LLVM's own C library for Windows; what is released is built by Microsoft's tools, on Windows.
  'win32-x64-msvc': 'x86_64-pc-windows-gnullvm',
  'win32-arm64-msvc': 'aarch64-pc-windows-gnullvm',
}

/** All that can be built here. */
export const platforms = Object.keys(triples)

const withoutGlibc = (triple) => triple.replace(/\.2\.\d+$/, '')

/** Those that have a package: what is built by Microsoft's tools there is built by LLVM's here. */
export function publishedPlatforms() {
  const { napi } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const isPublished = (triple) => napi.targets.includes(withoutGlibc(triple).replace('gnullvm', 'msvc'))
  return platforms.filter((platform) => isPublished(triples[platform]))
}

const zig = () => withPython('zig', 'ziglang==0.15.2', 'cargo-zigbuild==0.24.0')

/**
 * What Node's functions are linked from: an import library of nothing, since the addon finds them when it is
 * loaded. Its build script asks for one all the same.
 */
const libnode = (triple) =>
  once(`libnode-${triple}`, (folder) => {
    writeFileSync(join(folder, 'node.def'), 'LIBRARY node.exe\nEXPORTS\n')
    writeFileSync(join(folder, 'libnode.dll'), '')
    const machine = triple.startsWith('x86_64') ? 'i386:x86-64' : 'arm64'
    const args = ['dlltool', '-m', machine, '-d', 'node.def', '-D', 'node.exe', '-l', 'libnode.dll.a']
    execFileSync('python', ['-m', 'ziglang', ...args], { cwd: folder, env: zig() })
    copyFileSync(join(folder, 'libnode.dll.a'), join(folder, 'libnode.a'))
  })

/** `build` or `test` for a target, as `{ command, env }`: cargo by zig, or cargo alone for 32 bits here. */
export function cargo(word, triple) {
  const target = withoutGlibc(triple)
  const { stdout } = spawnSync('rustup', ['target', 'list', '--installed'], { encoding: 'utf8' })
  if (!stdout?.split('\n').includes(target)) must('rustup', 'target', 'add', target)
  const command = [word, '--target', triple]
  if (target.startsWith('i686')) {
    install({ 'gcc-multilib': 'test -e /usr/include/gnu/stubs-32.h' })
    return { command: ['cargo', ...command], env: process.env }
  }
  return {
    command: ['cargo-zigbuild', word === 'build' ? 'zigbuild' : word, ...command.slice(1)],
    env: { ...zig(), ...settings(target) },
  }
}

/** What the environment says of a target. */
function settings(target) {
  if (target.includes('windows')) return { LIBNODE_PATH: libnode(target) }
  if (!target.includes('darwin')) return {}
  // The oldest of Node.js 20; zig's default is newer.
  return { MACOSX_DEPLOYMENT_TARGET: target.startsWith('x86_64') ? '10.15' : '11.0' }
}

/** The library that cargo makes, by the target's name. */
const libraryOf = (triple) =>
  triple.includes('windows')
    ? 'smmap_node.dll'
    : `libsmmap_node.${triple.includes('darwin') ? 'dylib' : 'so'}`

/** Not what is released, but compiled in half the time. */
const QUICK = {
  CARGO_PROFILE_RELEASE_LTO: 'off',
  CARGO_PROFILE_RELEASE_OPT_LEVEL: '1',
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: '16',
}

/** Builds the addon of a platform, or throws; returns its file's path and what that asks for. */
export function build(platform, { isQuick = false } = {}) {
  const triple = triples[platform]
  if (triple === undefined) throw new Error(`no cross-build for ${platform}: ${platforms.join(', ')}`)
  const { command, env: own } = cargo('build', triple)
  const env = isQuick ? { ...own, ...QUICK } : own
  step(`building ${platform}`)
  const [program, ...args] = [...command, '--release']
  const { status, error } = spawnSync(program, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`)
  const folder = join(cache, 'addons')
  mkdirSync(folder, { recursive: true })
  const addon = join(folder, `smmap.${platform}.node`)
  copyFileSync(join(root, 'target', withoutGlibc(triple), 'release', libraryOf(triple)), addon)
  return { addon, asks: checkAddon(addon) }
}

if (isMain(import.meta.url)) {
  const wanted = process.argv.slice(2)
  if (wanted.length === 0) fail('usage: node .ci/cross-build.mjs PLATFORM…', 2)
  for (const platform of wanted) console.log(build(platform).addon)
}
