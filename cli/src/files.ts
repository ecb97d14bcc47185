/** @file Knows which files are meant by what stands on the command line. Opens none. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import type * as Globs from 'tinyglobby'

/** Names of these characters are no patterns. */
const PLAIN = /^[\w./ -]*$/

/**
 * Shells that do not expand patterns themselves hand them on, and so does quoting: `logs/**\/*.log` is every
 * file there is of that form, in order. A name that exists is that file, whatever its characters; a pattern
 * that matches nothing stays, to be named as missing.
 */
export function expandFiles(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (PLAIN.test(name) || existsSync(name)) return [name]
    // Most runs are given plain names, and start without it.
    const { globSync, isDynamicPattern } = createRequire(import.meta.url)('tinyglobby') as typeof Globs
    if (!isDynamicPattern(name)) return [name]
    const pattern = process.platform === 'win32' ? name.replaceAll('\\', '/') : name
    const found = globSync(pattern, { dot: false, expandDirectories: false, onlyFiles: true })
    return found.length > 0 ? found.toSorted() : [name]
  })
}
