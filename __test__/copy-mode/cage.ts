/**
 * @file The environment of a process that refuses external buffers, as Electron does: its addon is linked to
 * functions that refuse.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { tempFolder } from '../helpers/files.js'
import { compile, rename } from '../injected/tools.js'

const SOURCE = join('__test__', 'copy-mode')

/** That environment, and the count of buffers it was refused. */
export function cage(t: ExecutionContext): { env: NodeJS.ProcessEnv; refusals: () => number } {
  const folder = tempFolder(t)
  const log = join(folder, 'refusals')
  writeFileSync(log, '')
  const library = compile(join(SOURCE, 'cage.c'), folder)
  const env = {
    NAPI_RS_NATIVE_LIBRARY_PATH: rename(join(SOURCE, 'cage.names'), library, folder),
    CAGE_LOG: log,
    SMMAP_ZERO_COPY: undefined,
  }
  return { env, refusals: () => readFileSync(log).length }
}
