/** @file What a call throws, in a form that a test can compare whole. */

/** The error that `call` throws; fails when it throws nothing, or something that is no Error. */
export function thrownBy(call: () => unknown): NodeJS.ErrnoException {
  try {
    call()
  } catch (error) {
    if (error instanceof Error) return error
    throw new Error(`threw ${String(error)}, which is no Error`, { cause: error })
  }
  throw new Error(`${call} threw nothing`)
}

/**
 * All that makes an error what it is to a caller: class, name, message, and the members it shows (`code`,
 * `errno` …).
 */
export function shapeOf(error: Error): Record<string, unknown> {
  const { constructor, name, message } = error
  return { constructor, name, message, ...Object.fromEntries(Object.entries(error)) }
}

/** The code of the error that `call` throws. */
export function codeOf(call: () => unknown): string | undefined {
  return thrownBy(call).code
}
