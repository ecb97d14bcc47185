/** @file Runs the built command-line tool, and others, as child processes in a folder. Knows no command. */
import { execFile, execFileSync } from 'node:child_process'
import path from 'node:path'

export const MAIN: string = path.resolve('cli/dist/main.js')

export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

const MOST = 64 * 1024 ** 2

/** Runs a command to its end. */
export function launch(
  folder: string,
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...cleanEnvironment(), ...env }, maxBuffer: MOST }
    const child = execFile(command, args, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr })
    })
  })
}

/** Runs the tool. */
export function runTool(folder: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return launch(folder, process.execPath, [MAIN, ...args], env)
}

/** A line of bash, in which `smmap` is the tool. */
export function runShell(folder: string, line: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const functions = `smmap() { '${process.execPath}' '${MAIN}' "$@"; }`
  return launch(folder, 'bash', ['-c', `${functions}\n${line}`], env)
}

/** What another tool prints, whatever its exit code. */
export function classic(folder: string, command: string, ...args: string[]): string {
  const options = { cwd: folder, encoding: 'utf8', env: cleanEnvironment(), maxBuffer: MOST } as const
  try {
    return execFileSync(command, args, { ...options, stdio: ['ignore', 'pipe', 'ignore'] })
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

/** The runner's own wishes for colour, and its being a CI, must not reach the tool. */
export function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NO_COLOR: _no, FORCE_COLOR: _force, CI: _ci, ...rest } = process.env
  return { ...rest, LC_ALL: 'C.UTF-8', TERM: 'xterm-256color' }
}
