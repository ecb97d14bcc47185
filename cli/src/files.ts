/** @file Knows which files are meant by what stands on the command line. Opens none. */
import { existsSync } from 'node:fs'
import { globSync, isDynamicPattern } from 'tinyglobby'

/**
 * Shells that do not expand patterns themselves hand them on, and so does quoting: `logs/**\/*.log` is every
 * file there is of that form, in order. A name that exists is that file, whatever its characters; a pattern
 * that matches nothing stays, to be named as missing.
 */
export function expandFiles(names: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (existsSync(name) || !isDynamicPattern(name)) return [name]
    const pattern = process.platform === 'win32' ? name.replaceAll('\\', '/') : name
    const found = globSync(pattern, { dot: false, expandDirectories: false, onlyFiles: true })
    return found.length > 0 ? found.toSorted() : [name]
  })
}
