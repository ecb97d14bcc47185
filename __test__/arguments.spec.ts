/** @file Right and wrong arguments, and what each is turned into or answered with. */
import { closeSync, constants, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import test from 'ava'
import {
  toFlags,
  toInteger,
  toManagerOptions,
  toOffset,
  toPath,
  toSize,
  toTarget,
} from '../lib/arguments/arguments.js'
import type { ManagerOptions, PathOrFd } from '../lib/arguments/arguments.js'
import { shapeOf, thrownBy } from './helpers/errors.js'
import { tempFile } from './helpers/files.js'

const MAX = Number.MAX_SAFE_INTEGER
const GIB = 2 ** 30

const WRONG_TYPES = ['5', '', {}, [], null, undefined, true, Symbol('5'), () => 5, new Date(5)]
const WRONG_NUMBERS = [NaN, 1.5, -1, Infinity, -Infinity, 2 ** 53, -1n, 2n ** 53n, 2n ** 64n, 1e300]

test('an offset or size is an integer from 0 to 2⁵³ − 1, as number or bigint', (t) => {
  for (const convert of [toOffset, toSize]) {
    for (const value of [0, 1, 2 ** 31, 2 ** 32 + 1, 2 ** 40, MAX]) {
      t.is(convert(value), value)
      t.is(convert(BigInt(value)), value)
    }
  }
})

test('minus zero comes out as zero', (t) => {
  t.true(Object.is(toOffset(-0), 0))
  t.true(Object.is(toInteger(-0, 'num', -5, 5), 0))
})

test('an offset or size that is no number is a TypeError', (t) => {
  for (const convert of [toOffset, toSize, toFlags]) {
    for (const value of WRONG_TYPES) {
      const error = t.throws(() => convert(value), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
      t.regex(
        error.message,
        /^The "(offset|size|flags)" argument must be one of type number or bigint\. Received /,
      )
    }
  }
})

test('an offset or size that is no such integer is a RangeError', (t) => {
  for (const convert of [toOffset, toSize, toFlags]) {
    for (const value of WRONG_NUMBERS) {
      t.throws(() => convert(value), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' }, inspect(value))
    }
  }
})

test('the error tells the name, the range and what was received', (t) => {
  const start = 'The value of "offset" is out of range. It must be'
  const range = '>= 0 and <= 9007199254740991'
  t.is(thrownBy(() => toOffset(-1)).message, `${start} ${range}. Received -1`)
  t.is(thrownBy(() => toOffset(2 ** 53)).message, `${start} ${range}. Received 9_007_199_254_740_992`)
  t.is(thrownBy(() => toOffset(1.5)).message, `${start} an integer. Received 1.5`)
  t.true(thrownBy(() => toInteger(7n, 'count', 1, 6)).message.endsWith('>= 1 and <= 6. Received 7n'))
})

test('a size may reach to 2⁵³ − 1 from its offset, and not a byte further', (t) => {
  t.is(toSize(MAX - 100, 'size', 100), MAX - 100)
  t.throws(() => toSize(MAX - 99, 'size', 100), {
    code: 'ERR_OUT_OF_RANGE',
    message: /<= 9007199254740891\./,
  })
})

test('flags that only read are let through', (t) => {
  for (const flags of [constants.O_RDONLY, constants.O_NOFOLLOW ?? 0, constants.O_NOATIME ?? 0])
    t.is(toFlags(flags), flags)
})

test('flags that write or create are refused, also beside others', (t) => {
  const { O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_EXCL, O_APPEND, O_NOFOLLOW = 0 } = constants
  for (const flag of [O_WRONLY, O_RDWR, O_CREAT, O_TRUNC, O_EXCL, O_APPEND]) {
    t.throws(() => toFlags(flag), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_VALUE' })
    t.throws(() => toFlags(flag | O_NOFOLLOW), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  t.throws(() => toFlags(2 ** 31), { code: 'ERR_OUT_OF_RANGE' })
})

test('a path is taken as string, Buffer, Uint8Array or file: URL', (t) => {
  const path = process.platform === 'win32' ? 'C:\\dir\\ü 1%' : '/dir/ü 1%'
  const bytes = Buffer.from(path)
  for (const original of [path, pathToFileURL(path)]) {
    t.deepEqual(toTarget(original), { path, fd: -1, name: path, original })
  }
  for (const original of [bytes, new Uint8Array(bytes)]) {
    t.deepEqual(toTarget(original), { path: bytes, fd: -1, name: path, original })
  }
  for (const original of [path, bytes, pathToFileURL(path)]) t.deepEqual(toPath(original), bytes)
})

test('a path that is not UTF-8 keeps its bytes and is shown as well as it can be', (t) => {
  const target = toTarget(Buffer.from([0x2f, 0xff, 0x61]))
  t.deepEqual(target.path, Buffer.from([0x2f, 0xff, 0x61]))
  t.is(target.name, '/\ufffda')
})

test('a path given as bytes can be written over afterwards', (t) => {
  const bytes = Buffer.from('/x')
  const target = toTarget(bytes)
  bytes.fill(0)
  t.deepEqual(target.path, Buffer.from('/x'))
})

test('an empty path is for the file system to refuse', (t) => {
  t.deepEqual(toTarget(''), { path: '', fd: -1, name: '', original: '' })
  t.deepEqual(toTarget(Buffer.alloc(0)).path, Buffer.alloc(0))
})

test('a NUL in a path is what fs says of it, in whatever form the path came', (t) => {
  const nodes = shapeOf(thrownBy(() => openSync('/a\0b', 'r')))
  const url = process.platform === 'win32' ? [] : [new URL('file:///a%00b')]
  for (const path of ['/a\0b', Buffer.from('/a\0b'), ...url]) {
    t.deepEqual(shapeOf(thrownBy(() => toTarget(path))), nodes)
  }
})

test('a URL that is not file: is what fs says of it', (t) => {
  const url = new URL('http://example.org/x')
  t.deepEqual(shapeOf(thrownBy(() => toTarget(url))), shapeOf(thrownBy(() => openSync(url, 'r'))))
})

test('an open file is taken as descriptor or FileHandle', async (t) => {
  const { path } = tempFile(t, 'content')
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  t.deepEqual(toTarget(fd), { path: null, fd, name: `fd ${fd}`, original: fd })

  const handle = await open(path)
  const target = toTarget(handle)
  t.is(target.fd, handle.fd)
  t.is(target.original, handle)
  await handle.close()
})

test('a closed FileHandle is EBADF', async (t) => {
  const handle = await open(tempFile(t, 'content').path)
  await handle.close()
  t.throws(() => toTarget(handle), { code: 'EBADF', message: 'EBADF: bad file descriptor, fstat' })
})

test('a descriptor that cannot be one is a RangeError', (t) => {
  for (const fd of [-1, 1.5, NaN, Infinity, 2 ** 31, 2 ** 53]) {
    t.throws(() => toTarget(fd), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE', message: /"fd"/ })
  }
})

test('what is neither a path nor an open file is a TypeError', (t) => {
  for (const value of [
    undefined,
    null,
    true,
    {},
    [],
    5n,
    Symbol('x'),
    () => '/x',
    new Uint16Array(2),
    { fd: '3' },
  ]) {
    const error = t.throws(() => toTarget(value as PathOrFd), {
      instanceOf: TypeError,
      code: 'ERR_INVALID_ARG_TYPE',
    })
    t.true(
      error.message.startsWith('The "pathOrFd" argument must be one of type string or number or an instance'),
    )
  }
})

test('without options a manager gets the defaults of its kind', (t) => {
  const wide = !['arm', 'ia32', 'mips', 'mipsel', 'ppc', 's390'].includes(process.arch)
  const rest = {
    maxMemorySize: wide ? 8 * GIB : GIB,
    maxOpenHandles: Infinity,
    strict: false,
    guard: true,
    zeroCopy: process.env['SMMAP_ZERO_COPY'] === 'never' ? 'never' : 'auto',
    access: 'auto',
    advice: 'normal',
  }
  const all = {
    windowSize: undefined,
    maxMemorySize: 0,
    maxOpenHandles: undefined,
    strict: undefined,
  } as const
  for (const options of [undefined, {}, all]) {
    t.deepEqual(toManagerOptions(options, { windowSize: 0 }), { windowSize: 0, ...rest } as never)
    const windowSize = wide ? GIB : 64 * 2 ** 20
    t.deepEqual(toManagerOptions(options, { windowSize: -1 }), { windowSize, ...rest } as never)
  }
})

test('options that were given are kept, a bigint as a number', (t) => {
  const options = {
    windowSize: 8192n,
    maxMemorySize: 2 ** 40,
    maxOpenHandles: 1,
    strict: true,
    guard: false,
    zeroCopy: 'never',
    access: 'read',
    advice: 'random',
  } as const
  t.deepEqual(toManagerOptions(options, { windowSize: -1 }), { ...options, windowSize: 8192 })
  t.is(toManagerOptions({ windowSize: 0 }, { windowSize: -1 }).windowSize, 0)
  t.is(toManagerOptions({ maxOpenHandles: Infinity }, { windowSize: -1 }).maxOpenHandles, Infinity)
  t.is(
    toManagerOptions({ maxMemorySize: Infinity }, { windowSize: -1 }).maxMemorySize,
    Number.MAX_SAFE_INTEGER,
  )
  t.is(toManagerOptions({ windowSize: Infinity }, { windowSize: -1 }).windowSize, 0)
})

const WRONG_OPTIONS: [key: string, code: string, values: unknown[]][] = [
  ['windowSize', 'ERR_INVALID_ARG_TYPE', ['5', null, {}, true]],
  ['windowSize', 'ERR_OUT_OF_RANGE', [-2, 1.5, NaN, -Infinity, 2 ** 53, -2n]],
  ['maxMemorySize', 'ERR_INVALID_ARG_TYPE', ['5', null, {}, true]],
  ['maxMemorySize', 'ERR_OUT_OF_RANGE', [-1, 1.5, NaN, -Infinity, 2 ** 53, 2n ** 53n]],
  ['maxOpenHandles', 'ERR_INVALID_ARG_TYPE', ['5', null, {}, true]],
  ['maxOpenHandles', 'ERR_OUT_OF_RANGE', [0, -1, 1.5, NaN, -Infinity, 2 ** 53, 0n]],
  ['strict', 'ERR_INVALID_ARG_TYPE', [1, 0, 'true', null, {}]],
  ['guard', 'ERR_INVALID_ARG_TYPE', [1, 0, 'true', null, {}]],
  ['zeroCopy', 'ERR_INVALID_ARG_TYPE', [true, null, 1, {}]],
  ['zeroCopy', 'ERR_INVALID_ARG_VALUE', ['', 'always', 'Auto']],
  ['access', 'ERR_INVALID_ARG_TYPE', [true, null, 1, {}]],
  ['access', 'ERR_INVALID_ARG_VALUE', ['', 'never', 'Read']],
]
for (const [key, code, values] of WRONG_OPTIONS) {
  test(`a wrong ${key} is ${code}, and the error names the option`, (t) => {
    for (const value of values) {
      const make = () => toManagerOptions({ [key]: value } as ManagerOptions, { windowSize: -1 })
      t.throws(make, { code, message: new RegExp(`options\\.${key}\\b`) }, inspect(value))
    }
  })
}

test('options that are no object are a TypeError', (t) => {
  for (const options of [null, 5, 'x', true, [], () => 1]) {
    const make = () => toManagerOptions(options as ManagerOptions, { windowSize: -1 })
    t.throws(make, { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE', message: /"options" argument/ })
  }
})
