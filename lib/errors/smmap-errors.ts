/**
 * @file Knows the package's own errors and how one from the native side becomes public; not when one is due.
 */
import { types } from 'node:util'
import { nodeError, printLikeNode, systemError } from './node-errors.js'

export { invalidArgType, invalidArgValue, outOfRange, systemError } from './node-errors.js'
export type { NodeError } from './node-errors.js'

// An error is made in three places. Wrong arguments are found in TypeScript, and are Node's own errors. What
// the core refuses comes from the native side as a code with JSON for a message, and `fromNative` makes the
// class of it. What the system refuses comes the same way, and gets the shape that `fs` gives it, so that a
// program can treat a mapped file like any other.

/** The codes of this package's own errors; each has a class. */
export type SmmapErrorCode =
  | 'ERR_SMMAP_CLOSED'
  | 'ERR_SMMAP_RELEASED'
  | 'ERR_SMMAP_NOT_MAPPED'
  | 'ERR_SMMAP_NOT_ASSOCIATED'
  | 'ERR_SMMAP_OFFSET_BEYOND_END'
  | 'ERR_SMMAP_WINDOW_TOO_LARGE'
  | 'ERR_SMMAP_MEMORY_LIMIT'
  | 'ERR_SMMAP_HANDLE_LIMIT'
  | 'ERR_SMMAP_NOT_REGULAR_FILE'
  | 'ERR_SMMAP_FILE_TRUNCATED'
  | 'ERR_SMMAP_FILE_CHANGED'
  | 'ERR_SMMAP_UNSUPPORTED'
  | 'ERR_SMMAP_BINARY_MISSING'

/**
 * The base of this package's own errors, with one subclass for each {@link SmmapErrorCode}. Match on `code`,
 * which never changes; messages may.
 *
 * Wrong arguments are Node's `TypeError` and `RangeError` with Node's codes. What the operating system
 * refuses looks as it does from `fs` (`code` `ENOENT`, `errno`, `syscall`, `path`). Neither is an
 * `SmmapError`.
 *
 * @example
 * ```ts
 * try {
 *   cursor.buffer()
 * } catch (error) {
 *   if (error instanceof SmmapError && error.code === 'ERR_SMMAP_NOT_MAPPED') cursor.useRegion(0)
 *   else throw error
 * }
 * ```
 */
export class SmmapError extends Error {
  /** Which error this is: match on it. */
  readonly code: SmmapErrorCode

  /**
   * Makes an error of this package; the library makes them for you.
   *
   * @param code - One of {@link SmmapErrorCode}.
   * @param message - What happened, with the numbers and, where there is one, the remedy.
   * @param options - `cause`: the error below this one.
   */
  constructor(code: SmmapErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    printLikeNode(this, 'SmmapError', code)
  }

  /**
   * Makes `instanceof SmmapError` true for an {@link OffsetBeyondEndError} too, which extends `RangeError`,
   * and a class extends only one other.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isPrototypeOf(this, value) || (this === SmmapError && isPrototypeOf(OffsetBeyondEndError, value))
  }
}

/** The manager, cursor or buffer was closed before this call. Make a new one. */
export class ClosedError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_CLOSED'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_CLOSED', message, options)
  }
}

/** A region or cursor was used or released again after it had been released or evicted. Map it again. */
export class ReleasedError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_RELEASED'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_RELEASED', message, options)
  }
}

/** The cursor is on no region. Call `useRegion` with an offset inside the file, and look at `isValid`. */
export class NotMappedError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_NOT_MAPPED'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_NOT_MAPPED', message, options)
  }
}

/**
 * The cursor has no file, because it came from `new WindowCursor()`, or the buffer has no cursor. Use a
 * manager's `makeCursor`.
 */
export class NotAssociatedError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_NOT_ASSOCIATED'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_NOT_ASSOCIATED', message, options)
  }
}

/**
 * An offset at or past the end of the file, where a cursor cannot be. It is a `RangeError`, as for wrong
 * offsets everywhere in Node, and also an `instanceof` {@link SmmapError}.
 */
export class OffsetBeyondEndError extends RangeError {
  /** Which error this is: match on it. */
  readonly code = 'ERR_SMMAP_OFFSET_BEYOND_END' as const

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    printLikeNode(this, 'RangeError', this.code)
  }
}

/**
 * More bytes were asked for in one piece than a window, or a Buffer, can hold. Ask for fewer, or give the
 * manager a larger `windowSize`.
 */
export class WindowTooLargeError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_WINDOW_TOO_LARGE'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_WINDOW_TOO_LARGE', message, options)
  }
}

/**
 * Every region within the `maxMemorySize` of a `strict` manager is in use. Close cursors, or raise the limit.
 */
export class MemoryLimitError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_MEMORY_LIMIT'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_MEMORY_LIMIT', message, options)
  }
}

/** The manager's `maxOpenHandles` are all in use. Close cursors, or raise the limit. */
export class HandleLimitError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_HANDLE_LIMIT'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_HANDLE_LIMIT', message, options)
  }
}

/** The file is a pipe, socket or device; only regular files can be mapped. (A folder is `EISDIR`.) */
export class NotRegularFileError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_NOT_REGULAR_FILE'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_NOT_REGULAR_FILE', message, options)
  }
}

/** The file was cut short, and the bytes asked for are gone. Open it again to read what is left. */
export class FileTruncatedError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_FILE_TRUNCATED'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_FILE_TRUNCATED', message, options)
  }
}

/** The file was replaced, has grown or was written to since it was opened. A new cursor sees the new file. */
export class FileChangedError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_FILE_CHANGED'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_FILE_CHANGED', message, options)
  }
}

/** What was asked for is not available on this platform, in this runtime, or from this kind of manager. */
export class UnsupportedError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_UNSUPPORTED'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_UNSUPPORTED', message, options)
  }
}

/**
 * No native binary could be loaded. The message has the command that installs it, or says that the platform
 * is not supported.
 */
export class BinaryMissingError extends SmmapError {
  declare readonly code: 'ERR_SMMAP_BINARY_MISSING'

  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SMMAP_BINARY_MISSING', message, options)
  }
}

type ErrorClass<Code> = new (message: string, options?: ErrorOptions) => Error & { readonly code: Code }

const classes: { readonly [Code in SmmapErrorCode]: ErrorClass<Code> } = {
  ERR_SMMAP_CLOSED: ClosedError,
  ERR_SMMAP_RELEASED: ReleasedError,
  ERR_SMMAP_NOT_MAPPED: NotMappedError,
  ERR_SMMAP_NOT_ASSOCIATED: NotAssociatedError,
  ERR_SMMAP_OFFSET_BEYOND_END: OffsetBeyondEndError,
  ERR_SMMAP_WINDOW_TOO_LARGE: WindowTooLargeError,
  ERR_SMMAP_MEMORY_LIMIT: MemoryLimitError,
  ERR_SMMAP_HANDLE_LIMIT: HandleLimitError,
  ERR_SMMAP_NOT_REGULAR_FILE: NotRegularFileError,
  ERR_SMMAP_FILE_TRUNCATED: FileTruncatedError,
  ERR_SMMAP_FILE_CHANGED: FileChangedError,
  ERR_SMMAP_UNSUPPORTED: UnsupportedError,
  ERR_SMMAP_BINARY_MISSING: BinaryMissingError,
}

/**
 * The one place where an error of the native side becomes the public one. An error that is not in the native
 * side's form (a code it uses, and JSON as its message) is returned as it is.
 *
 * @param error - Whatever was caught.
 * @param target - The path or descriptor worked on: named where the native side did not.
 */
export function fromNative(error: unknown, target?: string | number): Error {
  const report = readReport(error)
  if (report === undefined) return error as Error
  const { code, message, errno, syscall = 'mmap', path } = report
  if (code === 'OS')
    return systemError(errno ?? 0, syscall, path ?? (typeof target === 'string' ? target : undefined))
  // The native side knows regions and slots; which file was meant is known here.
  const text = withTarget(message, target)
  if (code === 'ERR_OUT_OF_RANGE') return nodeError(new RangeError(text), code)
  if (code === 'ERR_INVALID_ARG_VALUE') return nodeError(new TypeError(text), code)
  return new classes[code](text)
}

interface NativeReport {
  readonly code: SmmapErrorCode | 'ERR_OUT_OF_RANGE' | 'ERR_INVALID_ARG_VALUE' | 'OS'
  readonly message: string
  readonly errno?: number
  readonly syscall?: string
  readonly path?: string
}

function readReport(error: unknown): NativeReport | undefined {
  // A JavaScript error of the program's (a getter that throws) passes through unchanged.
  if (!types.isNativeError(error) || !error.message.startsWith('{')) return undefined
  try {
    // What a task of the thread pool reports has its code in the JSON alone.
    const { code = (error as NodeJS.ErrnoException).code, ...rest } = JSON.parse(
      error.message,
    ) as NativeReport
    return isNativeCode(code) ? { ...rest, code } : undefined
  } catch {
    return undefined
  }
}

function isNativeCode(code: unknown): code is NativeReport['code'] {
  if (typeof code !== 'string') return false
  return Object.hasOwn(classes, code) || ['ERR_OUT_OF_RANGE', 'ERR_INVALID_ARG_VALUE', 'OS'].includes(code)
}

function withTarget(message: string, target: string | number | undefined): string {
  if (target === undefined) return message
  const named = typeof target === 'number' ? `fd ${target}` : target
  return message.includes(named) ? message : `${message}: ${named}`
}

function isPrototypeOf(constructor: { prototype: object }, value: unknown): boolean {
  return Object.prototype.isPrototypeOf.call(constructor.prototype, value as object)
}
