/**
 * @file Checks the names of options, and suggests the nearest one for an unknown name. Does not look at their
 * values.
 */
import { invalidArgType, invalidArgValue } from '../errors/smmap-errors.js'

// Why unknown names are refused: `{ maxMemory: 2 ** 28 }` looks right, and would mean no limit at all.
// TypeScript finds that, JavaScript does not, and it would show only when the machine runs out of memory.

/** The name of every option in `T`: the compiler refuses a list with one too few or too many. */
export type Names<T> = Readonly<Record<keyof T, true>>

/**
 * The options that were given; none for `undefined`.
 *
 * @param names - The only ones there are.
 * @param name - What the argument is called.
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when they are no object, `null` included ·
 * `ERR_INVALID_ARG_VALUE` for a name that is not known, even if its value is `undefined`: if it were ignored,
 * a misspelt limit would be no limit.
 */
export function toOptions<T extends object>(
  options: T | undefined,
  names: Names<T>,
  name: string = 'options',
): Partial<T> {
  if (options === undefined) return {}
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalidArgType(name, 'of type object', options)
  }
  // Own names only: what an application adds to `Object.prototype` is not an option.
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(names, key))
      throw unknown(`${name}.${key}`, options[key as keyof T], nearest(key, names))
  }
  return options
}

function unknown(name: string, value: unknown, known: string): Error {
  return invalidArgValue(name, value, `is unknown; the nearest known one is '${known}'`)
}

/** Of those that take the fewest edits, the first. */
function nearest(key: string, names: Readonly<Record<string, true>>): string {
  let best = ''
  let fewest = Infinity
  for (const name of Object.keys(names)) {
    const edits = countEdits(key.toLowerCase(), name.toLowerCase())
    if (edits < fewest) [best, fewest] = [name, edits]
  }
  return best
}

/**
 * How many characters must be inserted, removed or replaced to turn one text into the other (Levenshtein's
 * distance).
 */
function countEdits(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [at, character] of [...one].entries()) {
    const next = [at + 1]
    for (const [index, wanted] of [...other].entries()) {
      const replaced = (row[index] as number) + (character === wanted ? 0 : 1)
      next.push(Math.min(replaced, (row[index + 1] as number) + 1, (next[index] as number) + 1))
    }
    row = next
  }
  return row.at(-1) as number
}
