/** @file Which methods of an object are public, by its prototypes and the package's type declarations. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What every object and every class has. */
const NOT_OURS = [Object.prototype, Function.prototype] as unknown[]

/** Internal methods are on the prototypes too, but the declarations, which are stripped of them, do not name them. */
const declarations = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.d.ts') && !/^(?:cli|follow[/\\])/.test(name))
  .map((name) => readFileSync(join('dist', name), 'utf8'))
  .join('\n')

function isDeclared(name: string, isStatic: boolean): boolean {
  return new RegExp(`^ +${isStatic ? 'static ' : ''}\\*?${name}(?:<|\\()`, 'm').test(declarations)
}

/** The names of an object's public methods, its own and its prototypes', with no accessor among them. */
export function publicMethodsOf(object: object): string[] {
  const names = new Set<string>()
  const isStatic = typeof object === 'function'
  for (let at = object; at !== null && !NOT_OURS.includes(at); at = Object.getPrototypeOf(at) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor' && isDeclared(name, isStatic)) names.add(name)
    }
  }
  return [...names]
}
