/**
 * @file Knows which files are searched: those named, and with -r those in folders, as --include and --exclude
 * let them.
 */
import { lstatSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'

export interface WalkOptions {
  readonly recursive?: boolean
  readonly dereferenceRecursive?: boolean
  readonly include?: readonly string[]
  readonly exclude?: readonly string[]
  readonly excludeDir?: readonly string[]
}

/**
 * The files, those of a folder by name. Links are followed where they are named, in folders only with -R;
 * devices and pipes in folders are left out. What cannot be listed is reported, and the rest goes on.
 */
export async function* walk(
  names: readonly string[],
  options: WalkOptions,
  report: (error: unknown, folder: string) => void,
): AsyncGenerator<string> {
  const isRecursive = options.recursive || options.dereferenceRecursive
  const isWanted = wanted(options)
  for (const name of names) {
    if (isRecursive && isFolder(name)) yield* inFolder(name, options, isWanted, report, new Set())
    else if (isWanted(name)) yield name
  }
}

async function* inFolder(
  folder: string,
  options: WalkOptions,
  isWanted: (name: string) => boolean,
  report: (error: unknown, folder: string) => void,
  above: ReadonlySet<string>,
): AsyncGenerator<string> {
  let names: string[] = []
  try {
    names = (await readdir(folder === '' ? '.' : folder)).toSorted()
  } catch (error) {
    report(error, folder)
  }
  for (const name of names) {
    const at = folder === '' || folder.endsWith('/') ? folder + name : `${folder}/${name}`
    const stats = look(at, options.dereferenceRecursive === true)
    if (stats?.isDirectory()) {
      const key = `${stats.dev} ${stats.ino}`
      if (above.has(key) || (options.excludeDir ?? []).some((glob) => fits(glob, name))) continue
      yield* inFolder(at, options, isWanted, report, new Set([...above, key]))
    } else if (stats?.isFile() && isWanted(at)) {
      yield at
    }
  }
}

function look(name: string, follows: boolean) {
  return (follows ? statSync : lstatSync)(name, { throwIfNoEntry: false })
}

function isFolder(name: string): boolean {
  // As no name, the folder at hand.
  return name === '' || statSync(name, { throwIfNoEntry: false })?.isDirectory() === true
}

function wanted({ include = [], exclude = [] }: WalkOptions): (name: string) => boolean {
  return (name) => {
    const base = path.basename(name)
    if (exclude.some((glob) => fits(glob, base) || fits(glob, name))) return false
    return include.length === 0 || include.some((glob) => fits(glob, base) || fits(glob, name))
  }
}

/** A shell's pattern as fnmatch(3) reads it: `*`, `?` and `[…]`. */
function fits(glob: string, name: string): boolean {
  const source = glob.replace(/\\(.)|\[(!|\^)?(\]?[^\]]*)\]|[*?]|[^]/gu, (whole, escaped, not, set) => {
    if (escaped !== undefined) return literal(escaped)
    if (set !== undefined) return `[${not ? '^' : ''}${set.replace(/[\\\]]/g, '\\$&')}]`
    return whole === '*' ? '.*' : whole === '?' ? '.' : literal(whole)
  })
  return new RegExp(`^${source}$`, 'su').test(name)
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
}
