/** @file Running commands and saying so. Knows nothing of what is run. */

import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** The repository's folder; every command runs there unless told otherwise. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The path of a file there. */
export const at = (...names) => join(root, ...names)

/** Whether a module, by its `import.meta.url`, is what Node was started with. */
export const isMain = (url) => url === pathToFileURL(process.argv[1] ?? '').href

/** npm and npx are batch files on Windows, and Node starts those only through a shell. */
export const needsShell = (command) => process.platform === 'win32' && /^(npm|npx)$/.test(command)

/** Says on stderr what comes next, so that stdout stays the program's own. */
export function step(text) {
  process.stderr.write(`· ${text}\n`)
}

/** Ends with one line that says what is wrong and what to do. */
export function fail(text, exitCode = 1) {
  process.stderr.write(`${text}\n`)
  process.exit(exitCode)
}

/** Runs a command in a folder with its output on stderr; throws when it fails. */
export const run = (cwd, command, ...args) =>
  execFileSync(command, args, { cwd, shell: needsShell(command), stdio: ['ignore', 2, 2] })

/** The same in the repository's folder; ends this process when it fails. */
export const must = (command, ...args) => mustWith(process.env, command, ...args)

/** The same with an environment of its own. */
export function mustWith(env, command, ...args) {
  const options = { cwd: root, env, stdio: ['ignore', 2, 2], shell: needsShell(command) }
  const { status, signal, error } = spawnSync(command, args, options)
  if (error) fail(`cannot run ${command}: ${error.message}`)
  if (status !== 0) fail(`${[command, ...args].join(' ')} failed (${signal ?? `exit code ${status}`})`)
}

/** The newest change at or below the paths, in milliseconds; a folder's own time tells of removed files. */
export function newest(...paths) {
  let time = 0
  for (const path of paths) {
    const entry = statSync(path, { throwIfNoEntry: false })
    if (!entry) continue
    time = Math.max(time, entry.mtimeMs)
    if (entry.isDirectory())
      time = Math.max(time, newest(...readdirSync(path).map((name) => join(path, name))))
  }
  return time
}
