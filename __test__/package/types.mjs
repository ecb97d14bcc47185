/**
 * @file Whether the types compile with every TypeScript they are for, with and without skipLibCheck. The
 * compilers are installed in the cache folder, once.
 *
 * Usage: npm run check:types
 */
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail, needsShell, root, step } from '../../.ci/steps.mjs'

/**
 * The oldest that README promises, those that changed what iterators and arrays are, and the last before the
 * one we build with.
 */
const VERSIONS = ['5.0.4', '5.4.5', '5.6.3', '5.9.3']
const OPTIONS = '--noEmit --strict --target es2022 --types node'.split(' ')
/** How the package is found: as a module, as CommonJS, and by a bundler. */
const WAYS = [
  ['program.mts', '--module', 'node16', '--moduleResolution', 'node16'],
  ['program.cts', '--module', 'node16', '--moduleResolution', 'node16'],
  ['program.ts', '--module', 'esnext', '--moduleResolution', 'bundler'],
]

function install(version) {
  const folder = join(root, '.cache', 'typescript', version)
  const compiler = join(folder, 'node_modules', 'typescript', 'lib', 'tsc.js')
  if (existsSync(compiler)) return compiler
  step(`installing typescript@${version}`)
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "private": true }')
  const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `typescript@${version}`]
  const { status } = spawnSync('npm', args, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: needsShell('npm'),
  })
  if (status !== 0) fail(`typescript@${version} could not be installed`)
  return compiler
}

/** A project that has the package as users have it. */
function makeProject() {
  const folder = mkdtempSync(join(tmpdir(), 'smmap-types-'))
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
  symlinkSync(root, join(folder, 'node_modules', 'smmap'), 'junction')
  symlinkSync(
    join(root, 'node_modules', '@types', 'node'),
    join(folder, 'node_modules', '@types', 'node'),
    'junction',
  )
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  for (const [name] of WAYS)
    copyFileSync(join(root, '__test__', 'package', 'every-typescript.ts'), join(folder, name))
  return folder
}

const newest = join(root, 'node_modules', 'typescript', 'lib', 'tsc.js')
const own = JSON.parse(readFileSync(join(root, 'node_modules', 'typescript', 'package.json'), 'utf8')).version
const compilers = [...VERSIONS.map((version) => [version, install(version)]), [own, newest]]
const folder = makeProject()
let faults = 0
for (const [version, compiler] of compilers) {
  for (const [program, ...how] of WAYS) {
    for (const skipLibCheck of ['true', 'false']) {
      const args = [compiler, ...OPTIONS, ...how, '--skipLibCheck', skipLibCheck, program]
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
      if (status === 0) continue
      faults += 1
      process.stderr.write(`TypeScript ${version}, ${program}, skipLibCheck ${skipLibCheck}:\n${stdout}`)
    }
  }
}
rmSync(folder, { recursive: true })
if (faults > 0) fail(`${faults} ways to compile with the types fail`)
step(`the types compile with TypeScript ${compilers.map(([version]) => version).join(', ')}`)
