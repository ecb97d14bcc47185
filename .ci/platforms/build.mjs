/** @file Cross-builds an addon: `node .ci/platforms/build.mjs PLATFORM…`, as in `linux-arm64-musl`. Knows no runtime. */

import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { fail, root, step } from '../steps.mjs'
import { cache } from './downloads.mjs'
import { needRustTarget } from './tools.mjs'
import { windowsEnvironment } from './windows.mjs'
import { withZig } from './zig.mjs'

/** Rust's name of each platform; zig takes the glibc that the addon may ask for as a suffix. */
const linux = {
  'linux-x64-gnu': 'x86_64-unknown-linux-gnu.2.17',
  'linux-x64-musl': 'x86_64-unknown-linux-musl',
  'linux-arm64-gnu': 'aarch64-unknown-linux-gnu.2.17',
  'linux-arm64-musl': 'aarch64-unknown-linux-musl',
  'linux-arm-gnueabihf': 'armv7-unknown-linux-gnueabihf.2.17',
}
const windows = 'x86_64-pc-windows-gnu'

function run(env, command, ...args) {
  const { status, error } = spawnSync(command, args, { cwd: root, env, stdio: ['ignore', 2, 2] })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `exit code ${status}`}`)
}

/** Builds the addon of a platform, and returns its path. Throws where that cannot be done. */
export function build(platform) {
  const folder = join(cache, 'addons', platform)
  mkdirSync(folder, { recursive: true })
  if (platform === 'win32-x64-msvc') return buildForWindows(folder)
  const triple = linux[platform]
  if (triple === undefined)
    throw new Error(`no cross-build for ${platform}: ${Object.keys(linux).join(', ')}`)
  needRustTarget(triple.replace(/\.2\.\d+$/, ''))
  step(`building ${platform}`)
  const own = ['--js', 'binding.js', '--dts', 'binding.d.ts', '--output-dir', folder]
  run(withZig(), 'npx', 'napi', 'build', '--platform', '--release', '-x', '--target', triple, ...own)
  return join(folder, `smmap.${platform}.node`)
}

/** By mingw, which `napi build` does not know; what is published, a Windows machine builds with Microsoft's tools. */
function buildForWindows(folder) {
  needRustTarget(windows)
  const env = windowsEnvironment()
  step(`building ${windows}`)
  run(env, 'cargo', 'build', '--release', '--target', windows)
  const addon = join(folder, 'smmap.win32-x64-msvc.node')
  copyFileSync(join(root, 'target', windows, 'release', 'smmap_node.dll'), addon)
  return addon
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const platforms = process.argv.slice(2)
  if (platforms.length === 0) fail('usage: node .ci/platforms/build.mjs PLATFORM…', 2)
  for (const platform of platforms) console.log(build(platform))
}
