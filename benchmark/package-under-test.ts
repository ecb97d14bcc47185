/**
 * @file The package that is measured: this checkout's, or that of the built checkout `SMMAP_UNDER_TEST`
 * names.
 */
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Smmap from 'smmap'
import type * as Adapters from 'smmap/adapters'
import { projectFolder } from './harness/folders'

/** `compare.mjs` sets the variable, for one process after the other. */
export const UNDER_TEST = 'SMMAP_UNDER_TEST'

export function folderUnderTest(): string {
  return process.env[UNDER_TEST] ?? projectFolder
}

export function importSmmap(): Promise<typeof Smmap> {
  return load('index.mjs') as Promise<typeof Smmap>
}

export function importAdapters(): Promise<typeof Adapters> {
  return load('adapters', 'index.mjs') as Promise<typeof Adapters>
}

function load(...file: readonly string[]): Promise<unknown> {
  return import(pathToFileURL(join(folderUnderTest(), 'dist', ...file)).href)
}
