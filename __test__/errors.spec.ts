/** @file The errors' classes, codes and looks; Node's own errors are the oracle for theirs. */
import { openSync, fstatSync } from 'node:fs'
import { constants } from 'node:os'
import { inspect } from 'node:util'
import test from 'ava'
import * as smmap from 'smmap'
import {
  fromNative,
  invalidArgType,
  invalidArgValue,
  outOfRange,
  systemError,
} from '../dist/errors/smmap-errors.js'
import { shapeOf, thrownBy } from './helpers/errors.js'

const { SmmapError, ClosedError, ReleasedError, OffsetBeyondEndError, BinaryMissingError } = smmap

const CLASSES = {
  ERR_SMMAP_CLOSED: smmap.ClosedError,
  ERR_SMMAP_RELEASED: smmap.ReleasedError,
  ERR_SMMAP_NOT_MAPPED: smmap.NotMappedError,
  ERR_SMMAP_NOT_ASSOCIATED: smmap.NotAssociatedError,
  ERR_SMMAP_OFFSET_BEYOND_END: smmap.OffsetBeyondEndError,
  ERR_SMMAP_WINDOW_TOO_LARGE: smmap.WindowTooLargeError,
  ERR_SMMAP_MEMORY_LIMIT: smmap.MemoryLimitError,
  ERR_SMMAP_HANDLE_LIMIT: smmap.HandleLimitError,
  ERR_SMMAP_NOT_REGULAR_FILE: smmap.NotRegularFileError,
  ERR_SMMAP_FILE_TRUNCATED: smmap.FileTruncatedError,
  ERR_SMMAP_FILE_CHANGED: smmap.FileChangedError,
  ERR_SMMAP_UNSUPPORTED: smmap.UnsupportedError,
  ERR_SMMAP_BINARY_MISSING: smmap.BinaryMissingError,
}

/** As the native side throws: a code, and JSON as the message. */
function nativeError(code: string, report: object): Error {
  return Object.assign(new Error(JSON.stringify(report)), { code })
}

/** The public message of the native side's `message` about `target`. */
function publicMessage(message: string, target?: string | number): string {
  return fromNative(nativeError('ERR_SMMAP_OFFSET_BEYOND_END', { message }), target).message
}

for (const [code, ErrorClass] of Object.entries(CLASSES)) {
  test(`${code} is an SmmapError that prints as Node's errors do`, (t) => {
    const error = new ErrorClass('21 of 20 bytes')
    const name = ErrorClass === OffsetBeyondEndError ? 'RangeError' : 'SmmapError'
    t.true(error instanceof SmmapError)
    t.true(error instanceof Error)
    t.is<string, string>(error.code, code)
    t.is(error.name, name)
    t.is(String(error), `${name} [${code}]: 21 of 20 bytes`)
    t.is(error.stack?.split('\n')[0], `${name} [${code}]: 21 of 20 bytes`)
    t.true(inspect(error).startsWith(`${name} [${code}]: 21 of 20 bytes\n`))
    t.deepEqual(Object.keys(error), ['code'])
  })

  test(`${code} from the native side arrives as its class`, (t) => {
    const error = fromNative(nativeError(code, { message: '21 of 20 bytes' }))
    t.is(error.constructor, ErrorClass)
    t.is(error.message, '21 of 20 bytes')
  })
}

test('an error is an instance of its own class only, of SmmapError and of what that extends', (t) => {
  const closed = new ClosedError('closed')
  t.true(closed instanceof ClosedError)
  t.false(closed instanceof ReleasedError)
  t.false(closed instanceof RangeError)
  const beyond = new OffsetBeyondEndError('beyond')
  t.true(beyond instanceof RangeError)
  t.true(beyond instanceof OffsetBeyondEndError)
  t.false((beyond as Error) instanceof ClosedError)
})

test('nothing else passes for an SmmapError', (t) => {
  const lookalike = Object.assign(new RangeError('no'), { code: 'ERR_SMMAP_CLOSED' })
  for (const value of [lookalike, new Error('no'), null, undefined, 5, 'ERR_SMMAP_CLOSED', {}]) {
    t.false((value as unknown) instanceof SmmapError, inspect(value))
  }
})

test('the cause is kept, and is absent where none was given', (t) => {
  const cause = new Error('cannot open shared object file')
  t.is(new BinaryMissingError('no binary', { cause }).cause, cause)
  t.is(new OffsetBeyondEndError('beyond', { cause }).cause, cause)
  t.false('cause' in new ClosedError('closed'))
})

test('an operating system error is what fs throws, with a path and without', (t) => {
  const path = '/no/such/file'
  const missing = thrownBy(() => openSync(path, 'r'))
  t.deepEqual(shapeOf(systemError(constants.errno.ENOENT, 'open', path)), shapeOf(missing))
  const badDescriptor = thrownBy(() => fstatSync(2 ** 31 - 1))
  t.deepEqual(shapeOf(systemError(constants.errno.EBADF, 'fstat')), shapeOf(badDescriptor))
})

test('an empty path is shown, as fs shows it', (t) => {
  const missing = thrownBy(() => openSync('', 'r'))
  t.deepEqual(shapeOf(systemError(constants.errno.ENOENT, 'open', '')), shapeOf(missing))
})

test('an error number that nobody knows still makes an error, with the number', (t) => {
  const error = systemError(987_654, 'mmap', '/x')
  t.is(error.message, "UNKNOWN: unknown error, mmap '/x'")
  t.is(error.errno, -987_654)
})

test("an argument of the wrong type is answered in Node's words, whatever it is", (t) => {
  const odd = [undefined, null, 'x', 'x'.repeat(40), "it's", '', true, Symbol('s'), 5n, {}, [], new Date(0)]
  for (const value of [
    ...odd,
    Math.max,
    (
      () => () =>
        1
    )(),
    Object.create(null),
  ]) {
    const nodes = thrownBy(() => Buffer.alloc(value as number))
    t.deepEqual(shapeOf(invalidArgType('size', 'of type number', value)), shapeOf(nodes))
  }
  const option = invalidArgType('options.strict', 'of type boolean', 1)
  t.is(option.message, 'The "options.strict" property must be of type boolean. Received type number (1)')
})

test('a number out of range is shown as Node shows it', (t) => {
  const bytes = Buffer.alloc(3)
  for (const value of [-1, 3, 2 ** 32, 2 ** 32 + 1, 1e15, -1e15, 2 ** 53, Infinity, -Infinity]) {
    const nodes = thrownBy(() => bytes.readUInt8(value))
    t.deepEqual(shapeOf(outOfRange('offset', '>= 0 and <= 2', value)), shapeOf(nodes))
  }
  for (const value of [NaN, 1.5, -0.5, 2 ** 32 + 0.5]) {
    const nodes = thrownBy(() => bytes.readUInt8(value))
    t.deepEqual(shapeOf(outOfRange('offset', 'an integer', value)), shapeOf(nodes))
  }
  for (const value of [256n, -1n, 2n ** 32n, 2n ** 70n, -(2n ** 70n)]) {
    const nodes = thrownBy(() => Buffer.alloc(8).writeBigUInt64LE(value < 0 ? value : value + 2n ** 64n))
    t.is(
      outOfRange('value', '>= 0n and < 2n ** 64n', value < 0 ? value : value + 2n ** 64n).message,
      nodes.message,
    )
  }
})

test("a value that is no good is answered in Node's words, cut when it is long", (t) => {
  const reason = 'must be a string, Uint8Array, or URL without null bytes'
  for (const path of ['a\0b', `${'long'.repeat(50)}\0`]) {
    const nodes = thrownBy(() => openSync(path, 'r'))
    t.deepEqual(shapeOf(invalidArgValue('path', path, reason)), shapeOf(nodes))
  }
  t.true(
    invalidArgValue('options.zeroCopy', 'x', 'must be').message.startsWith(
      "The property 'options.zeroCopy' must",
    ),
  )
})

test("Node's argument errors print the code after the name", (t) => {
  const error = outOfRange('offset', '>= 0 and <= 9', -1)
  t.is(String(error), `RangeError [ERR_OUT_OF_RANGE]: ${error.message}`)
  t.is(error.stack?.split('\n')[0], String(error))
})

test("a native operating system error becomes fs's own, with the report's path or else the call's", (t) => {
  const missing = shapeOf(thrownBy(() => openSync('/no/such/file', 'r')))
  const report = { message: 'not there', errno: constants.errno.ENOENT, syscall: 'open' }
  t.deepEqual(shapeOf(fromNative(nativeError('OS', { ...report, path: '/no/such/file' }), '/other')), missing)
  t.deepEqual(shapeOf(fromNative(nativeError('OS', report), '/no/such/file')), missing)
  t.false('path' in fromNative(nativeError('OS', report), 5))
})

test("a native argument error becomes Node's class", (t) => {
  const range = fromNative(nativeError('ERR_OUT_OF_RANGE', { message: 'offset 1 is not aligned' }))
  t.true(range instanceof RangeError)
  t.is(String(range), 'RangeError [ERR_OUT_OF_RANGE]: offset 1 is not aligned')
  const value = fromNative(nativeError('ERR_INVALID_ARG_VALUE', { message: 'a NUL in the path' }))
  t.true(value instanceof TypeError)
  t.is((value as NodeJS.ErrnoException).code, 'ERR_INVALID_ARG_VALUE')
})

test('the file is named once: by the native side, or else after its message', (t) => {
  const bare = 'offset 21 is beyond the end of the file (20 bytes)'
  t.is(publicMessage(bare), bare)
  t.is(publicMessage(bare, '/x'), `${bare}: /x`)
  t.is(publicMessage(`${bare}: /x`, '/x'), `${bare}: /x`)
  t.is(publicMessage(bare, 2), `${bare}: fd 2`)
})

test('what is not in the native form comes back untouched', (t) => {
  const strangers = [
    new TypeError('x is not a function'),
    nativeError('GenericFailure', { message: 'a panic' }),
    nativeError('ERR_SMMAP_NO_SUCH_CODE', { message: '?' }),
    nativeError('toString', { message: '?' }),
    Object.assign(new Error('no JSON'), { code: 'ERR_SMMAP_CLOSED' }),
    Object.assign(new Error('{ half'), { code: 'ERR_SMMAP_CLOSED' }),
    new ClosedError('ours already'),
    'a string',
    undefined,
  ]
  for (const stranger of strangers) t.is(fromNative(stranger) as unknown, stranger)
})
