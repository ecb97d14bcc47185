/**
 * @file Gets the tools the rows need: Python with its packages, what cargo builds, what the system has. Knows
 * no row.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { folderUnderTest } from '../package-under-test'
import type { CommandTool, Tool } from '../row'
import { benchmarkFolder, cargoToolsFolder, mmapIoFolder, projectFolder } from './folders'

/** How to start a tool. */
export interface Command {
  readonly command: string
  readonly leading: readonly string[]
}

/** The same, or why it is not to be had. */
export type Tooling = Command | { readonly missing: string }

const makers: Record<Exclude<Tool | CommandTool, 'smmap'>, () => Tooling> = {
  python: makePython,
  limit: makeLimit,
  'mmap-io': makeMmapIo,
  bun: () => ofSystem('bun'),
  grep: () => ofSystem('grep'),
  wc: () => ofSystem('wc'),
  sha256sum: () => ofSystem('sha256sum'),
  rg: () => installCrate('ripgrep', '15.2.0', 'rg'),
  b3sum: () => installCrate('b3sum', '1.8.7', 'b3sum'),
}
const made = new Map<Tool | CommandTool, Tooling>()

/** Makes `tool` ready, once a run. */
export function toolFor(tool: Tool | CommandTool): Tooling {
  if (tool === 'smmap') {
    // Checkouts from before the tool had a package of its own have it in the library's.
    const places = ['cli/dist/main.js', 'dist/cli/main.js'].map((at) => join(folderUnderTest(), at))
    return { command: process.execPath, leading: [places.find(existsSync) ?? ''] }
  }
  const tooling = made.get(tool) ?? attempt(makers[tool])
  made.set(tool, tooling)
  return tooling
}

function attempt(make: () => Tooling): Tooling {
  try {
    return make()
  } catch (error) {
    return { missing: reasonOf(error) }
  }
}

function makePython(): Tooling {
  const windows = process.platform === 'win32'
  const environment = join(benchmarkFolder, '.venv')
  const python = windows ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python')
  const wanted = join(benchmarkFolder, 'requirements.txt')
  const installed = join(environment, 'requirements.txt')
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== readFileSync(wanted, 'utf8')) {
    run(windows ? 'python' : 'python3', '-m', 'venv', '--clear', environment)
    run(python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', wanted)
    writeFileSync(installed, readFileSync(wanted))
  }
  return { command: python, leading: [] }
}

function makeLimit(): Tooling {
  const build = 'build --release --quiet --package smmap-core --example limit'
  const messages = run('cargo', ...build.split(' '), '--message-format', 'json-render-diagnostics')
  const executable = messages
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { executable?: string | null }).executable)
    .findLast((path) => typeof path === 'string')
  return typeof executable === 'string'
    ? { command: executable, leading: [] }
    : { missing: 'cargo named no executable for the example "limit"' }
}

/**
 * In a folder of its own, so that only who runs the benchmark installs and compiles it; anew for another
 * Node.
 */
function makeMmapIo(): Tooling {
  const packages = join(mmapIoFolder, 'node_modules')
  const installed = join(packages, '.compiled-for')
  if (!existsSync(installed) || readFileSync(installed, 'utf8') !== process.versions.modules) {
    const prefix = dirname(dirname(process.execPath))
    const headers = existsSync(join(prefix, 'include', 'node', 'node.h'))
      ? { npm_config_nodedir: prefix }
      : {}
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: mmapIoFolder,
      // The package asks for C++11, in which the headers of today's Node do not compile; the last -std
      // counts.
      env: { ...process.env, ...headers, CXXFLAGS: '-std=c++20', npm_config_ignore_scripts: 'false' },
      shell: process.platform === 'win32',
      encoding: 'utf8',
      stdio: 'pipe',
    })
    writeFileSync(installed, process.versions.modules)
  }
  return { command: process.execPath, leading: [join(packages, 'mmap-io')] }
}

/** By its version, which every one of them tells: what is not GNU's is told apart in the results. */
function ofSystem(command: string): Tooling {
  try {
    run(command, '--version')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return { missing: `${command} is not installed` }
  }
  return { command, leading: [] }
}

/** In a folder of the benchmark's own; anew for another version. */
function installCrate(crate: string, version: string, program: string): Tooling {
  const root = join(cargoToolsFolder, `${crate}-${version}`)
  const command = join(root, 'bin', process.platform === 'win32' ? `${program}.exe` : program)
  if (!existsSync(command)) {
    run('cargo', 'install', '--quiet', '--locked', '--version', version, '--root', root, crate)
  }
  return { command, leading: [] }
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { cwd: projectFolder, encoding: 'utf8', stdio: 'pipe' })
}

/** The last line that says something: where Python, cargo, npm and Node all put the cause. */
export function reasonOf(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string }
  const lines = `${message}\n${stderr ?? ''}`
    .split('\n')
    .map((line) => line.replace(OF_NO_MEANING, '').trim())
  return lines.findLast((line) => /^(?!at ).*(error|cannot|no such|not found)/i.test(line)) ?? message
}

/** npm and node-gyp begin every line so, also the ones after the cause. */
const OF_NO_MEANING = /^(npm error|gyp ERR!|stack|\s)+/
