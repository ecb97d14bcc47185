/** @file The errors' classes, codes and looks; Node's own errors are the oracle for theirs. */
import { openSync, fstatSync } from 'node:fs'
import { constants } from 'node:os'
import { inspect } from 'node:util'
import test from 'ava'
import * as smmap from 'smmap'
import { fromNative } from '../lib/errors/native-errors.js'
import { invalidArgType, invalidArgValue, outOfRange, systemError } from '../lib/errors/smmap-errors.js'
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

/** As the native side throws: JSON as the message. */
function nativeError(report: object): Error {
  return new Error(JSON.stringify(report))
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
}

const FILE = { name: '/x' }

/** What the native side reports, and how the error made of it prints. */
const KINDS: readonly (readonly [object, RegExp])[] = [
  [{ kind: 'closed' }, /^SmmapError \[ERR_SMMAP_CLOSED\]: the manager is closed$/],
  [{ kind: 'closed', what: 'cursor' }, /^SmmapError \[ERR_SMMAP_CLOSED\]: the cursor is closed$/],
  [{ kind: 'released' }, /^SmmapError \[ERR_SMMAP_RELEASED\]: the region has been released/],
  [
    { kind: 'beyond-end', offset: 21, size: 20, ...FILE },
    /^RangeError \[ERR_SMMAP_OFFSET_BEYOND_END\]: offset 21 is beyond the end of the file \(20 bytes\): \/x$/,
  ],
  [
    { kind: 'empty-file', ...FILE },
    /^RangeError \[ERR_SMMAP_OFFSET_BEYOND_END\]: offset 0 .* \(0 bytes\): \/x$/,
  ],
  [
    { kind: 'memory-limit', limit: 30, used: 20, wanted: 11 },
    /^SmmapError \[ERR_SMMAP_MEMORY_LIMIT\]: 11 more .* limit of 30 bytes, 20 of them .* maxMemorySize$/,
  ],
  [
    { kind: 'handle-limit', limit: 2, of: 'files' },
    /^SmmapError \[ERR_SMMAP_HANDLE_LIMIT\]: 2 files are in use and maxOpenHandles is 2: close a cursor/,
  ],
  [{ kind: 'not-regular-file', ...FILE }, /^SmmapError \[ERR_SMMAP_NOT_REGULAR_FILE\]: .*: \/x$/],
  [
    { kind: 'file-truncated', opened: 20, now: 10, ...FILE },
    /^SmmapError \[ERR_SMMAP_FILE_TRUNCATED\]: the file .* from 20 to 10 bytes .*: \/x; make a new cursor$/,
  ],
  [
    { kind: 'file-truncated', opened: 20, ...FILE },
    /the file of 20 bytes was truncated .*: \/x; make a new cursor$/,
  ],
  [
    { kind: 'file-changed', what: 'grown', ...FILE },
    /^SmmapError \[ERR_SMMAP_FILE_CHANGED\]: the file has grown since it was opened: \/x; make a new cursor/,
  ],
  [
    { kind: 'file-too-large', size: '9007199254740993', ...FILE },
    /^SmmapError \[ERR_SMMAP_UNSUPPORTED\]: a file of 9007199254740993 bytes is more than/,
  ],
  [
    { kind: 'refused', call: 'napi_wrap', status: 9 },
    /^SmmapError \[ERR_SMMAP_UNSUPPORTED\]: napi_wrap failed .* 9$/,
  ],
  [
    { kind: 'unaligned', offset: 1, unit: 4096 },
    /^RangeError \[ERR_OUT_OF_RANGE\]: The value of "ofs" is .* multiple of 4096 .* Received 1$/,
  ],
  [
    { kind: 'count-below-zero', count: 1, by: -2 },
    /^RangeError \[ERR_OUT_OF_RANGE\]: The value of "by" is out of range. It must be >= -1, .* Received -2$/,
  ],
  [{ kind: 'invalid-pattern', fault: 'empty' }, /^TypeError \[ERR_INVALID_ARG_VALUE\]: .* it is empty$/],
  [
    { kind: 'invalid-pattern', fault: 'newline' },
    /^TypeError \[ERR_INVALID_ARG_VALUE\]: .* find\(\) instead$/,
  ],
  [{ kind: 'invalid-pattern', fault: 'too-large', most: 10 }, /^TypeError .* more than 10 bytes$/],
  [{ kind: 'invalid-pattern', fault: 'syntax', parser: 'unclosed group' }, /^TypeError .*: unclosed group$/],
  [{ kind: 'stopped' }, /^Error \[ABORT_ERR\]: the work was stopped$/],
  [{ kind: 'panicked' }, /^Error \[ERR_INTERNAL_ASSERTION\]: the native side panicked/],
]

for (const [report, printed] of KINDS) {
  test(`the native side's ${JSON.stringify(report)} arrives in words`, (t) => {
    t.regex(String(fromNative(nativeError(report))), printed)
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

test("a native operating system error becomes fs's own, with the path worked on", (t) => {
  const missing = shapeOf(thrownBy(() => openSync('/no/such/file', 'r')))
  const report = { kind: 'os', errno: constants.errno.ENOENT, syscall: 'open' }
  t.deepEqual(shapeOf(fromNative(nativeError(report), '/no/such/file')), missing)
  t.false('path' in fromNative(nativeError(report), 5))
})

test('the file is named once: by the native side, or else after the message', (t) => {
  const message = (target?: string | number): string =>
    fromNative(nativeError({ kind: 'closed' }), target).message
  t.is(message(), 'the manager is closed')
  t.is(message('/x'), 'the manager is closed: /x')
  t.is(message(2), 'the manager is closed: fd 2')
  t.regex(fromNative(nativeError({ kind: 'empty-file', ...FILE }), '/x').message, /bytes\): \/x$/)
})

test('what is not in the native form comes back untouched', (t) => {
  const strangers = [
    new TypeError('x is not a function'),
    nativeError({ message: 'a panic' }),
    nativeError({ kind: 'no-such-kind' }),
    nativeError({ kind: 'toString' }),
    Object.assign(new Error('no JSON'), { code: 'closed' }),
    new Error('{ half'),
    new ClosedError('ours already'),
    'a string',
    undefined,
  ]
  for (const stranger of strangers) t.is(fromNative(stranger) as unknown, stranger)
})
