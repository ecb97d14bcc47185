/**
 * @file Checks arguments, and throws Node's own errors for wrong ones. Does nothing with them.
 */
import { constants as fsConstants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { constants as osConstants } from 'node:os'
import { fileURLToPath, type URL } from 'node:url'
import { types } from 'node:util'
import { invalidArgType, invalidArgValue, outOfRange, systemError } from '../errors/smmap-errors.js'
import { type Names, toOptions } from './options.js'
import { is64Bit } from './word-size.js'

// Arguments are checked here before any native call, for two reasons. The errors are Node's own in class,
// code and words, so that a program treats them as it treats those of `fs`. And the checks run code of the
// caller's (`valueOf`, getters of options) here and nowhere else, before anything is mapped or changed: what
// they do cannot pull memory away from a call that is under way.

const INT32_MAX = 2 ** 31 - 1
const GIB = 2 ** 30
/** A page on most systems: the system maps no less. */
const SMALLEST_WINDOW = 2 ** 12

/** The flags of `open(2)` that write or create; `O_WRONLY | O_RDWR` is the whole mask of the access mode. */
const WRITING =
  fsConstants.O_WRONLY |
  fsConstants.O_RDWR |
  fsConstants.O_CREAT |
  fsConstants.O_EXCL |
  fsConstants.O_TRUNC |
  fsConstants.O_APPEND

/**
 * A file, in any way that `fs` takes one: a path as `string`, as `Buffer` (for names that are not UTF-8) or
 * as a `file:` URL; or an open file, as descriptor number or `FileHandle`. An open file is duplicated, so you
 * may close yours afterwards.
 */
export type PathOrFd = string | Uint8Array | URL | number | FileHandle

/** A {@link PathOrFd} that was checked and taken apart: either `path` is set, or `fd` is. */
export interface Target {
  /** The path as the caller gave it, or as bytes; `null` for an open file. */
  readonly path: string | Buffer | null
  /** The descriptor; −1 for a path. */
  readonly fd: number
  /** For messages: the path, with U+FFFD where it is not UTF-8, or `fd 5`. */
  readonly name: string
  /** What the caller gave. */
  readonly original: PathOrFd
}

/** The options of a manager. Sizes are bytes, given as `number` or `bigint`. */
export interface ManagerOptions {
  /**
   * How many bytes a window spans. −1: the largest power of two that fits four times into `maxMemorySize`, at
   * most 1 GiB (64 MiB in a 32-bit process). 0 or `Infinity`: the whole file. Default: −1, or 0 where the
   * manager always maps whole files.
   */
  windowSize?: number | bigint | undefined
  /**
   * How many bytes may be mapped at once. 0: 8 GiB (1 GiB in a 32-bit process). `Infinity`: no limit.
   * Default: 0. A soft limit, exceeded only when everything mapped is in use; with `strict` a hard one.
   */
  maxMemorySize?: number | bigint | undefined
  /**
   * How many mappings may exist at once, and how many files may be open at once: 1 or more. A hard limit
   * (`ERR_SMMAP_HANDLE_LIMIT`). Default: `Infinity`. A file whose cursors are all off any region may lose its
   * descriptor to another file; it is opened again by its path when it is used.
   */
  maxOpenHandles?: number | bigint | undefined
  /** Whether `maxMemorySize` is a hard limit (`ERR_SMMAP_MEMORY_LIMIT`). Default: `false`. */
  strict?: boolean | undefined
  /**
   * Whether the process survives when a mapped file is truncated, and gets an error instead: on Linux and
   * macOS by a `SIGBUS` handler. Default: `true`. `SMMAP_NO_GUARD=1` in the environment turns it off for the
   * whole process.
   */
  guard?: boolean | undefined
  /**
   * `'auto'` (the default): Buffers are views of the mapped file wherever the runtime allows it. `'never'`:
   * they are always copies, as in Electron. `SMMAP_ZERO_COPY=never` in the environment does the same for
   * every manager made while it is set.
   */
  zeroCopy?: 'auto' | 'never' | undefined
  /**
   * How reads (`at`, `read…`, `slice`, `copy`, `toString`) reach bytes that are not mapped. `'auto'` (the
   * default): a plain read (`pread`), until the window was read 16 times; then it is mapped. If another
   * region would have to be evicted for it, only the reads since that one's last use count. Where one block
   * of 64 KiB after the other is asked for eight numbers and more, each is read once, and its numbers come
   * from there until the end of the running synchronous code: what others write to the file by then may
   * not show. `'map'`: always map the window. `'read'`: always read.
   *
   * Scans and searches of text, bytes and lines off the main thread find the faster way by themselves with
   * `'auto'`. `buffer()`, `subarray()` and regular expressions always map.
   */
  access?: 'auto' | 'map' | 'read' | undefined
  /**
   * A hint to the system on how windows will be read (`madvise(2)`). `'normal'` (the default): no hint.
   * `'sequential'`: read far ahead. `'random'`: do not read ahead. `'willneed'`: read a window from the disk
   * as soon as it is mapped. `'hugepage'`: use huge pages where the file system has them (Linux). It changes
   * no result, gains nothing on a file that is in the page cache, and does nothing on a system without it,
   * such as Windows.
   */
  advice?: Advice | undefined
}

/** Its names, to be spread into those of options that have more. */
export const MANAGER: Names<ManagerOptions> = {
  windowSize: true,
  maxMemorySize: true,
  maxOpenHandles: true,
  strict: true,
  guard: true,
  zeroCopy: true,
  access: true,
  advice: true,
}

/** The values of the option `advice`: see {@link ManagerOptions}. */
export type Advice = 'normal' | 'sequential' | 'random' | 'willneed' | 'hugepage'

/** {@link ManagerOptions} checked, with nothing left open. */
export interface ResolvedOptions {
  /** Bytes; 0: the whole file. */
  readonly windowSize: number
  /** Bytes, never 0. */
  readonly maxMemorySize: number
  /** At least 1; `Infinity`: no limit. */
  readonly maxOpenHandles: number
  readonly strict: boolean
  readonly guard: boolean
  readonly zeroCopy: 'auto' | 'never'
  readonly access: 'auto' | 'map' | 'read'
  readonly advice: Advice
}

/**
 * An integer from `min` to `max` (both safe integers), given as `number` or `bigint`.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it is neither.
 * @throws `RangeError` `ERR_OUT_OF_RANGE` when it is fractional, `NaN`, infinite or out of range.
 */
export function toInteger(value: unknown, name: string, min: number, max: number): number {
  if (typeof value !== 'number' && typeof value !== 'bigint') {
    throw invalidArgType(name, 'one of type number or bigint', value)
  }
  if (typeof value === 'number' && !Number.isInteger(value)) throw outOfRange(name, 'an integer', value)
  if (value < min || value > max) throw outOfRange(name, `>= ${min} and <= ${max}`, value)
  // Adding 0 makes 0 of −0, which would show in what is returned to the caller.
  return Number(value) + 0
}

/** An offset in a file, in bytes: a safe integer ≥ 0. Throws as {@link toInteger} does. */
export function toOffset(value: unknown, name: string = 'offset'): number {
  return toInteger(value, name, 0, Number.MAX_SAFE_INTEGER)
}

/**
 * A size in bytes: a safe integer ≥ 0. Throws as {@link toInteger} does.
 *
 * @param offset - Where the size is counted from: `offset + size` must be a safe integer too.
 */
export function toSize(value: unknown, name: string = 'size', offset: number = 0): number {
  return toInteger(value, name, 0, Number.MAX_SAFE_INTEGER - offset)
}

/**
 * Flags to add to those the file is opened with, as in `fs.constants`: `O_NOATIME`, `O_NOFOLLOW` …
 *
 * Flags that write or create are refused. So is `O_RDWR`, although mapping would work with it: nothing is
 * ever written to the file, and asking for the right to write would only make opening fail where reading is
 * all that is allowed.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it is no number, `ERR_INVALID_ARG_VALUE` when a flag is
 * refused.
 * @throws `RangeError` `ERR_OUT_OF_RANGE` when it is no integer from 0 to 2³¹ − 1.
 */
export function toFlags(flags: unknown, name: string = 'flags'): number {
  const value = toInteger(flags, name, 0, INT32_MAX)
  if ((value & WRITING) !== 0) {
    const reason =
      'must not write or create, since files are mapped for reading ' +
      '(add none of O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND)'
    throw invalidArgValue(name, flags, reason)
  }
  return value
}

/**
 * The file meant by a path or an open file, without touching it. What only the file system can know (an empty
 * path, a descriptor that is closed) is for the file system to say.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE`: a NUL in the path ·
 * `ERR_INVALID_URL_SCHEME`: a URL that is not `file:`.
 * @throws `RangeError` `ERR_OUT_OF_RANGE` when a descriptor is no integer from 0 to 2³¹ − 1.
 * @throws `EBADF` when a `FileHandle` is closed.
 */
export function toTarget(pathOrFd: PathOrFd): Target {
  // The commonest first.
  if (typeof pathOrFd === 'string') return stringTarget(pathOrFd, pathOrFd)
  if (typeof pathOrFd === 'number') return fdTarget(pathOrFd, pathOrFd)
  if (types.isUint8Array(pathOrFd)) return bytesTarget(Buffer.from(pathOrFd), pathOrFd)
  if (isUrl(pathOrFd)) return stringTarget(fileURLToPath(pathOrFd), pathOrFd)
  if (isFileHandle(pathOrFd)) {
    // Node sets the number to −1 when the handle is closed.
    // Otherwise −1 would be reported as out of range, which says nothing about the handle.
    if (pathOrFd.fd === -1) throw systemError(osConstants.errno.EBADF, 'fstat')
    return fdTarget(pathOrFd.fd, pathOrFd)
  }
  const expected = 'one of type string or number or an instance of Buffer, URL, or FileHandle'
  throw invalidArgType('pathOrFd', expected, pathOrFd)
}

/**
 * The path a cursor was made from, decoded as UTF-8.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was made from a descriptor.
 */
export function pathOf({ path, name, original }: Target): string {
  if (path !== null) return name
  throw invalidArgType('pathOrFd', 'a path, but the cursor was made from a descriptor (use fd)', original)
}

/**
 * The descriptor a cursor was made from.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` when it was made from a path.
 */
export function fdOf({ path, fd, original }: Target): number {
  if (path === null) return fd
  throw invalidArgType('pathOrFd', 'a descriptor, but the cursor was made from a path (use path)', original)
}

/** The path of a target as bytes; `null` for an open file. */
export function pathBytes({ path }: Target): Buffer | null {
  return typeof path === 'string' ? Buffer.from(path) : path
}

/**
 * A path as bytes.
 *
 * @throws `TypeError` as {@link toTarget}, and for anything that is no path.
 */
export function toPath(path: string | Uint8Array | URL, name: string = 'path'): Buffer {
  const isPath = typeof path === 'string' || types.isUint8Array(path) || isUrl(path)
  const bytes = isPath ? pathBytes(toTarget(path)) : null
  if (bytes === null) throw invalidArgType(name, 'of type string or an instance of Buffer or URL', path)
  return bytes
}

/**
 * A manager's options, checked and filled up.
 *
 * @param options - What the caller gave.
 * @param defaults - What the kind of manager takes when `windowSize` is not given: −1 or 0.
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE`, or `ERR_INVALID_ARG_VALUE` for a word that `zeroCopy`, `access`
 * or `advice` does not know.
 * @throws `RangeError` `ERR_OUT_OF_RANGE`
 */
export function toManagerOptions(
  options: ManagerOptions | undefined,
  defaults: { readonly windowSize: -1 | 0 },
): ResolvedOptions {
  const {
    windowSize = defaults.windowSize,
    maxMemorySize,
    maxOpenHandles,
    strict,
    guard,
    zeroCopy,
    access,
    advice,
  } = toOptions(options, MANAGER)
  const limit = toMemoryLimit(maxMemorySize)
  return {
    windowSize: toWindowSize(windowSize, limit),
    maxMemorySize: limit,
    maxOpenHandles: toHandleLimit(maxOpenHandles),
    strict: toBoolean(strict, 'options.strict', false),
    guard: toBoolean(guard, 'options.guard', true),
    zeroCopy: toZeroCopy(zeroCopy),
    access: toOneOf(access, 'options.access', ['auto', 'map', 'read'], 'auto'),
    advice: toOneOf(advice, 'options.advice', ADVICE, 'normal'),
  }
}

function toMemoryLimit(value: unknown = 0): number {
  if (value === Infinity) return Number.MAX_SAFE_INTEGER
  return toSize(value, 'options.maxMemorySize') || (is64Bit() ? 8 * GIB : GIB)
}

/** By default a window is so large that four of them fit into the limit. */
function toWindowSize(value: unknown, limit: number): number {
  if (value === Infinity) return 0
  const window = toInteger(value, 'options.windowSize', -1, Number.MAX_SAFE_INTEGER)
  if (window !== -1) return window
  // Four, so that a cursor can move on while views of earlier windows are still in use. A power of two, so
  // that windows divide into cells and pages evenly.
  const fitting = 2 ** Math.floor(Math.log2(Math.max(limit / 4, SMALLEST_WINDOW)))
  return Math.min(is64Bit() ? GIB : GIB / 16, fitting)
}

function toHandleLimit(value: unknown = Infinity): number {
  return value === Infinity
    ? Infinity
    : toInteger(value, 'options.maxOpenHandles', 1, Number.MAX_SAFE_INTEGER)
}

/**
 * `true` or `false`; `otherwise` where nothing is given. Throws `TypeError` `ERR_INVALID_ARG_TYPE` for
 * anything else.
 */
export function toBoolean(value: unknown, name: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  if (typeof value !== 'boolean') throw invalidArgType(name, 'of type boolean', value)
  return value
}

function toZeroCopy(value: unknown): 'auto' | 'never' {
  const word = toOneOf(value, 'options.zeroCopy', ['auto', 'never'], 'auto')
  // Read for each manager, so that a test or an operator can turn views off without a change to the program.
  return process.env['SMMAP_ZERO_COPY'] === 'never' ? 'never' : word
}

const ADVICE = ['normal', 'sequential', 'random', 'willneed', 'hugepage'] as const

function toOneOf<Word extends string>(
  value: unknown,
  name: string,
  words: readonly Word[],
  otherwise: Word,
): Word {
  if (value === undefined) return otherwise
  if (typeof value !== 'string') throw invalidArgType(name, 'of type string', value)
  const word = words.find((known) => known === value)
  if (word !== undefined) return word
  throw invalidArgValue(name, value, `must be one of: ${words.map((known) => `'${known}'`).join(', ')}`)
}

function stringTarget(path: string, original: PathOrFd): Target {
  // It stays a string, and the native side encodes it: making a Buffer here, and searching and decoding it,
  // took 290 of the 4,000 ns that opening a file takes.
  const name = path.toWellFormed()
  checkNul(path.includes('\0'), name)
  return { path, fd: -1, name, original }
}

function bytesTarget(path: Buffer, original: PathOrFd): Target {
  const name = path.toString()
  checkNul(path.includes(0), name)
  return { path, fd: -1, name, original }
}

function checkNul(hasNul: boolean, name: string): void {
  if (!hasNul) return
  throw invalidArgValue('path', name, 'must be a string, Uint8Array, or URL without null bytes')
}

function fdTarget(value: number, original: PathOrFd): Target {
  const fd = toInteger(value, 'fd', 0, INT32_MAX)
  return { path: null, fd, name: `fd ${fd}`, original }
}

/** By its members, as Node does it: a test runner's or a browser shim's URL is another class. */
function isUrl(value: unknown): value is URL {
  const url = value as Partial<URL> | null | undefined
  return typeof url === 'object' && typeof url?.href === 'string' && typeof url.protocol === 'string'
}

function isFileHandle(value: unknown): value is FileHandle {
  // By its member too: Node does not export the class.
  const handle = value as Partial<FileHandle> | null | undefined
  return typeof handle === 'object' && typeof handle?.fd === 'number'
}
