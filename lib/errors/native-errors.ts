/**
 * @file Turns errors of the native side into the public ones: they come as a kind with numbers, and get their
 * class and message here. Knows no caller.
 */
import { types } from 'node:util'
import { nodeError, systemError } from './node-errors.js'
import {
  ClosedError,
  FileChangedError,
  FileTruncatedError,
  HandleLimitError,
  MemoryLimitError,
  NotRegularFileError,
  OffsetBeyondEndError,
  ReleasedError,
  UnsupportedError,
} from './smmap-errors.js'

/** The details of each kind. */
interface Reports {
  readonly os: { errno: number; syscall: string }
  readonly 'not-regular-file': { name: string }
  readonly 'file-too-large': { name: string; size: string }
  readonly 'handle-limit': { limit: number; of: 'mappings' | 'files' }
  readonly 'memory-limit': { limit: number; used: number; wanted: number }
  readonly 'file-truncated': { name: string; opened: number; now?: number }
  readonly 'file-changed': { name: string; what: keyof typeof CHANGES }
  readonly 'empty-file': { name: string }
  readonly 'beyond-end': { offset: number; size: number; name: string }
  readonly unaligned: { offset: number; unit: number }
  readonly 'count-below-zero': { count: number; by: number }
  readonly 'invalid-pattern': Fault
  readonly released: object
  readonly closed: { what?: string }
  readonly stopped: object
  readonly refused: { call: string; status: number }
  readonly panicked: object
}

/** Why a pattern cannot be searched for. */
type Fault =
  { fault: 'empty' | 'newline' } | { fault: 'too-large'; most: number } | { fault: 'syntax'; parser: string }

const CHANGES = {
  removed: 'was removed',
  replaced: 'was replaced by another one',
  grown: 'has grown',
  truncated: 'was truncated',
  written: 'was written to',
  touched: 'had its attributes or content changed',
}

/** The error of each kind. `target`: the path or descriptor worked on, for those that name no file. */
const errors: {
  readonly [Kind in keyof Reports]: (report: Reports[Kind], target?: string | number) => Error
} = {
  // In the shape of `fs`, which adds the path only where it was given one.
  os: ({ errno, syscall }, target) =>
    systemError(errno, syscall, typeof target === 'string' ? target : undefined),
  'not-regular-file': ({ name }, target) =>
    new NotRegularFileError(
      named(`only a regular file can be mapped, this is a pipe, a socket or a device: ${name}`, target),
    ),
  'file-too-large': ({ name, size }, target) =>
    new UnsupportedError(
      named(`a file of ${size} bytes is more than offsets can count (2^53 - 1): ${name}`, target),
    ),
  'handle-limit': ({ limit, of }, target) => {
    const remedy = 'close a cursor, or raise the limit'
    return new HandleLimitError(
      named(`${limit} ${of} are in use and maxOpenHandles is ${limit}: ${remedy}`, target),
    )
  },
  'memory-limit': ({ limit, used, wanted }, target) =>
    new MemoryLimitError(
      named(
        `${wanted} more bytes do not fit the strict memory limit of ${limit} bytes, ${used} of them in ` +
          'use: close a cursor, make windows smaller, or raise maxMemorySize',
        target,
      ),
    ),
  'file-truncated': ({ name, opened, now }, target) => {
    const what =
      now === undefined ? `of ${opened} bytes was truncated` : `was truncated from ${opened} to ${now} bytes`
    return new FileTruncatedError(
      named(`the file ${what} while it was mapped: ${name}; make a new cursor`, target),
    )
  },
  'file-changed': ({ name, what }, target) =>
    new FileChangedError(
      named(
        `the file ${CHANGES[what]} since it was opened: ${name}; make a new cursor to see it as it is now`,
        target,
      ),
    ),
  'empty-file': ({ name }, target) =>
    new OffsetBeyondEndError(named(`offset 0 is beyond the end of the file (0 bytes): ${name}`, target)),
  'beyond-end': ({ offset, size, name }, target) =>
    new OffsetBeyondEndError(
      named(`offset ${offset} is beyond the end of the file (${size} bytes): ${name}`, target),
    ),
  // In Node's words, since it is an argument that is wrong: only the native side knows the granularity's
  // rule.
  unaligned: ({ offset, unit }, target) => {
    const rule = `It must be a multiple of ${unit} (ALLOCATIONGRANULARITY)`
    return outOfRange(named(`The value of "ofs" is out of range. ${rule}. Received ${offset}`, target))
  },
  'count-below-zero': ({ count, by }, target) => {
    const rule = `It must be >= -${count}, the client count that may be given back`
    return outOfRange(named(`The value of "by" is out of range. ${rule}. Received ${by}`, target))
  },
  'invalid-pattern': (report, target) =>
    nodeError(new TypeError(named(faultOf(report), target)), 'ERR_INVALID_ARG_VALUE'),
  released: (_, target) => new ReleasedError(named('the region has been released or evicted', target)),
  closed: ({ what = 'manager' }, target) => new ClosedError(named(`the ${what} is closed`, target)),
  stopped: () => nodeError(new Error('the work was stopped'), 'ABORT_ERR'),
  refused: ({ call, status }, target) =>
    new UnsupportedError(named(`${call} failed with status ${status}`, target)),
  panicked: () =>
    nodeError(new Error('the native side panicked, which is a bug of smmap'), 'ERR_INTERNAL_ASSERTION'),
}

function faultOf(report: Fault): string {
  switch (report.fault) {
    case 'empty':
      return 'there is nothing to look for: it is empty'
    case 'newline':
      return 'a line has no newline in it, so one cannot be looked for there: search with find() instead'
    case 'too-large':
      return `the compiled expression takes more than ${report.most} bytes`
    case 'syntax':
      return report.parser
  }
}

/**
 * The public error for one of the native side. An error that is not in the native side's form (JSON with a
 * kind, as its message) is returned as it is.
 *
 * @param error - Whatever was caught.
 * @param target - The path or descriptor worked on: added if the native side's report names no file.
 */
export function fromNative(error: unknown, target?: string | number): Error {
  // A JavaScript error of the program's (a getter that throws) passes through unchanged.
  if (!types.isNativeError(error) || !error.message.startsWith('{')) return error as Error
  const report = parse(error.message)
  return report === undefined ? error : toPublic(report, target)
}

function parse(text: string): { kind: keyof Reports } | undefined {
  try {
    const report = JSON.parse(text) as { kind: keyof Reports }
    // A program's own error may have JSON for its message, too.
    return Object.hasOwn(errors, report.kind) ? report : undefined
  } catch {
    return undefined
  }
}

function toPublic(report: { kind: keyof Reports }, target: string | number | undefined): Error {
  const make = errors[report.kind] as (report: object, target?: string | number) => Error
  return make(report, target)
}

function outOfRange(message: string): Error {
  return nodeError(new RangeError(message), 'ERR_OUT_OF_RANGE')
}

/** Adds the file's name, unless the message has it: some native calls know only regions and slots. */
function named(message: string, target: string | number | undefined): string {
  if (target === undefined) return message
  const name = typeof target === 'number' ? `fd ${target}` : target
  return message.includes(name) ? message : `${message}: ${name}`
}
