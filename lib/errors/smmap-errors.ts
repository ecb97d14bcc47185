/** @file Knows the package's own errors; not when one is due. */
import { printLikeNode } from './node-errors.js'

export { invalidArgType, invalidArgValue, outOfRange, systemError } from './node-errors.js'
export type { NodeError } from './node-errors.js'

// An error is made in three places. Wrong arguments are found in TypeScript, and are Node's own errors. What
// the core refuses comes from the native side as a kind with numbers, and `fromNative` (`native-errors.ts`)
// says it in words. What the system refuses comes the same way, and gets the shape that `fs` gives it, so
// that a program can treat a mapped file like any other.

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

function isPrototypeOf(constructor: { prototype: object }, value: unknown): boolean {
  return Object.prototype.isPrototypeOf.call(constructor.prototype, value as object)
}
