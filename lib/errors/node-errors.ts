/** @file Makes Node's own errors, with Node's words, codes and print. Knows nothing of mapping. */
import { constants } from 'node:os'
import { getSystemErrorMap, inspect } from 'node:util'

// Node does not export its error classes, so they are made here: the class, the code and the sentence as
// Node's `lib/internal/errors.js` has them. Specs compare each with what Node itself throws for the same
// mistake.

/** One of Node's own errors: an `Error` of Node's class, with Node's code. */
export type NodeError<Class extends Error, Code extends string> = Class & { readonly code: Code }

/**
 * Node's error for an argument of the wrong type.
 *
 * @param name - The argument, or an option as `options.windowSize`.
 * @param expected - As Node words it: `of type number`, `an instance of MapWindow`.
 */
export function invalidArgType(
  name: string,
  expected: string,
  value: unknown,
): NodeError<TypeError, 'ERR_INVALID_ARG_TYPE'> {
  const kind = name.includes('.') ? 'property' : 'argument'
  const message = `The "${name}" ${kind} must be ${expected}. Received ${describeType(value)}`
  return nodeError(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}

/** Node's error for a number outside its range. `range` as Node words it: `>= 0 and <= 9`, `an integer`. */
export function outOfRange(
  name: string,
  range: string,
  value: number | bigint,
): NodeError<RangeError, 'ERR_OUT_OF_RANGE'> {
  const received = describeNumber(value)
  const message = `The value of "${name}" is out of range. It must be ${range}. Received ${received}`
  return nodeError(new RangeError(message), 'ERR_OUT_OF_RANGE')
}

/** Node's error for a value of the right type that is no good. `reason` as Node words it: `must be …`. */
export function invalidArgValue(
  name: string,
  value: unknown,
  reason: string,
): NodeError<TypeError, 'ERR_INVALID_ARG_VALUE'> {
  const kind = name.includes('.') ? 'property' : 'argument'
  const shown = inspect(value)
  const received = shown.length > 128 ? `${shown.slice(0, 128)}...` : shown
  const message = `The ${kind} '${name}' ${reason}. Received ${received}`
  return nodeError(new TypeError(message), 'ERR_INVALID_ARG_VALUE')
}

/**
 * What the operating system refused, in the shape `fs` gives it:
 * `ENOENT: no such file or directory, open '/x'` with `errno` (negative), `code`, `syscall` and, where given,
 * `path`.
 *
 * @param errno - As the C library numbers it, positive: `os.constants.errno.ENOENT`.
 */
export function systemError(errno: number, syscall: string, path?: string): NodeJS.ErrnoException {
  const { number, code, message } = libuvError(errno)
  const where = path === undefined ? '' : ` '${path}'`
  const error: NodeJS.ErrnoException = new Error(`${code}: ${message}, ${syscall}${where}`)
  Object.assign(error, { errno: number, code, syscall }, path === undefined ? {} : { path })
  return error
}

/** libuv's error for a number of the C library's. */
function libuvError(errno: number): { number: number; code: string; message: string } {
  const known = getSystemErrorMap()
  // libuv's numbers are the negative ones of the C library, except on Windows, where they are its own and
  // only the names are the same (libuv, `uv/errno.h`).
  const byNumber = known.get(-errno)
  if (byNumber !== undefined) return { number: -errno, code: byNumber[0], message: byNumber[1] }
  const name = Object.entries(constants.errno).find(([, number]) => number === errno)?.[0]
  for (const [number, [code, message]] of known) if (code === name) return { number, code, message }
  return { number: -errno, code: 'UNKNOWN', message: 'unknown error' }
}

/** Gives one of Node's error classes one of Node's codes. */
export function nodeError<Class extends Error, Code extends string>(
  error: Class,
  code: Code,
): NodeError<Class, Code> {
  printLikeNode(error, error.name, code)
  return Object.assign(error, { code })
}

/** Node shows the code after the name in `stack` and `toString()`, and leaves `name` itself without it. */
export function printLikeNode(error: Error, name: string, code: string): void {
  const heading = `${name} [${code}]`
  const { name: builtin, stack } = error
  const hidden = { configurable: true, enumerable: false, writable: true }
  // `stack` is made with the error, when the code was not known yet, so its first line is rewritten.
  if (stack?.startsWith(builtin)) {
    Object.defineProperty(error, 'stack', { ...hidden, value: heading + stack.slice(builtin.length) })
  }
  // Not enumerable, or `inspect` would show it as a property after the stack.
  Object.defineProperty(error, 'name', { ...hidden, value: name })
  Object.defineProperty(error, 'toString', { ...hidden, value: () => `${heading}: ${error.message}` })
}

/** `type number (1.5)`, `an instance of Date`: as Node's ERR_INVALID_ARG_TYPE has it. */
function describeType(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'function') return `function ${value.name}`
  if (typeof value === 'object') {
    const name: unknown = value.constructor?.name
    return typeof name === 'string' && name !== '' ? `an instance of ${name}` : inspect(value, { depth: -1 })
  }
  const shown = typeof value === 'string' && value.length > 28 ? `${value.slice(0, 25)}...` : value
  return `type ${typeof value} (${inspect(shown)})`
}

/** Integers beyond 2³² with a `_` for each thousand, as Node's ERR_OUT_OF_RANGE has them. */
function describeNumber(value: number | bigint): string {
  const shown = inspect(value)
  const large =
    typeof value === 'bigint' || Number.isInteger(value) ? value > 2 ** 32 || value < -(2 ** 32) : false
  return large ? shown.replace(/\B(?=(\d{3})+n?$)/g, '_') : shown
}
