/** @file Which methods of an object are public, by its prototypes and the package's type declarations. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What every object and every class has. */
const NOT_OURS = [Object.prototype, Function.prototype] as unknown[]

/**
 * Internal methods are on the prototypes too, but the declarations, which are stripped of them, do not name
 * them.
 */
const declarations = readdirSync('dist', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.d.ts') && !/^(?:cli|follow[/\\])/.test(name))
  .map((name) => readFileSync(join('dist', name), 'utf8'))
  .join('\n')

function isDeclared(name: string): boolean {
  return new RegExp(`^ +\\*?${name}(?:<|\\()`, 'm').test(declarations)
}

/** Of a static method, only its own class's declaration tells. */
function isDeclaredStatic(name: string, className: string): boolean {
  const body =
    new RegExp(`^export declare (?:abstract )?class ${className}\\b[^]*?^}`, 'm').exec(declarations)?.[0] ??
    ''
  return new RegExp(`^ +static ${name}(?:<|\\()`, 'm').test(body)
}

/** The names of an object's public methods, its own and its prototypes', with no accessor among them. */
export function publicMethodsOf(object: object): string[] {
  const names = new Set<string>()
  const isPublic =
    typeof object === 'function' ? (name: string) => isDeclaredStatic(name, object.name) : isDeclared
  for (let at = object; at !== null && !NOT_OURS.includes(at); at = Object.getPrototypeOf(at) as object) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (typeof value === 'function' && name !== 'constructor' && isPublic(name)) names.add(name)
    }
  }
  return [...names]
}
