// The reading interface against a plain Buffer with the same bytes: whatever lies below, the answers are
// Buffer's.
import { constants } from 'node:buffer'
import { truncateSync } from 'node:fs'
import { endianness } from 'node:os'
import { inspect, isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import { SlidingWindowMapBuffer } from 'smmap'
import { sliding, whole, type Manager } from './fixtures/managers.js'
import { onUnix } from './fixtures/platform.js'
import { shapeOf, thrownBy } from './helpers/errors.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

const PAGES = 9
const SIZE = PAGES * PAGE + 1234
/**
 * Few different characters of one to four bytes each, so that searches find something and borders cut
 * characters.
 */
const TEXT = textOf(SIZE)

function textOf(size: number): Buffer {
  const characters = ['a', 'b', '\n', 'é', '€', '😀', '\0'].map((it) => Buffer.from(it))
  const chosen = [...pseudoRandomBytes(size)].map((byte) => characters[byte % characters.length]!)
  return Buffer.concat(chosen).subarray(0, size)
}

interface Pair {
  readonly name: string
  readonly manager: Manager
  readonly buf: SlidingWindowMapBuffer
  readonly bytes: Buffer
}

/**
 * A file in every way it can be read: windows of one page and more, and none; views and copies; whole, and a
 * part.
 */
function pairs(t: ExecutionContext, content: Buffer): Pair[] {
  const { path } = tempFile(t, content)
  const parts: readonly [begin: number, size: number][] = [
    [0, Infinity],
    [PAGE - 777, 5 * PAGE + 99],
  ]
  const made: Pair[] = []
  for (const zeroCopy of ['auto', 'never'] as const) {
    const managers: [string, Manager][] = [
      ['windows of a page', sliding(t, { windowSize: PAGE, zeroCopy })],
      ['windows of four pages', sliding(t, { windowSize: 4 * PAGE, zeroCopy })],
    ]
    for (const access of ['auto', 'map', 'read'] as const) {
      const two = { windowSize: 5000, maxMemorySize: 4 * PAGE, zeroCopy, access }
      managers.push(
        [`windows of 5000, two at a time, access ${access}`, sliding(t, two)],
        [`whole files, access ${access}`, whole(t, { zeroCopy, access })],
      )
    }
    for (const [name, manager] of managers) {
      for (const [begin, size] of parts) {
        made.push({
          name: `${name}, zeroCopy ${zeroCopy}, from ${begin}`,
          manager,
          buf: new SlidingWindowMapBuffer(manager.makeCursor(path), begin, size),
          // A copy, because Buffer's search for UTF-16 at an odd address finds what is not there, or never
          // ends.
          bytes: Buffer.from(content.subarray(begin, begin + size)),
        })
      }
    }
  }
  return made
}

type Readable = Buffer | SlidingWindowMapBuffer

/** What a call gives, or all that its error is. */
function outcomeOf(call: () => unknown): unknown {
  let result: unknown
  try {
    result = call()
  } catch {
    return shapeOf(thrownBy(call))
  }
  return result
}

/** Wants the same outcome of `call` on the buffer as on a Buffer, for arguments without end. */
function agree<Args extends unknown[]>(
  t: ExecutionContext,
  args: fc.Arbitrary<Args>,
  call: (source: Readable, ...args: Args) => unknown,
): void {
  for (const { name, buf, bytes } of pairs(t, TEXT)) {
    const property = fc.property(args, (given) => {
      const [got, wanted] = [buf, bytes].map((source) => outcomeOf(() => call(source, ...given)))
      if (!isDeepStrictEqual(got, wanted)) throw new Error(`${inspect(got)} instead of ${inspect(wanted)}`)
    })
    t.notThrows(() => fc.assert(property, { numRuns: 150, endOnFailure: true }), name)
  }
}

/** Anything a program might pass as an index; near window borders more often than elsewhere. */
const index = fc.oneof(
  fc.integer({ min: -SIZE - 10, max: SIZE + 10 }),
  fc
    .tuple(fc.integer({ min: -PAGES, max: PAGES }), fc.integer({ min: -9, max: 9 }))
    .map(([page, distance]) => page * PAGE + distance),
  fc.constantFrom(
    ...([undefined, null, NaN, Infinity, -Infinity, 1.5, -0.5, -0, 4095.9, '7', 'x', {}] as number[]),
    2 ** 31,
    2 ** 53,
    -(2 ** 40),
  ),
)

test('at is that of a Uint8Array', (t) => {
  agree(t, fc.tuple(index), (source, at) => source.at(at))
})

test('slices are those of a Buffer', (t) => {
  agree(t, fc.tuple(index, index), (source, start, end) => Buffer.from(source.slice(start, end)))
  agree(t, fc.tuple(index), (source, start) => Buffer.from(source.slice(start)))
})

test('a slice is a copy', (t) => {
  for (const { buf, bytes, name } of pairs(t, TEXT)) {
    buf.slice(10, 20).fill(0)
    t.deepEqual(buf.slice(10, 20), Buffer.from(bytes.subarray(10, 20)), name)
  }
})

test('small slices share memory, and neither a long run of them nor a transfer harms one', (t) => {
  for (const { buf, bytes, name } of pairs(t, TEXT)) {
    const sizes = Array.from({ length: 1000 }, (_, i) => i % 70)
    const slices = sizes.map((size, i) => buf.slice(i, i + size))
    outcomeOf(() => structuredClone(slices[999], { transfer: [slices[999]!.buffer as ArrayBuffer] }))
    const isWrong = (slice: Buffer, i: number): boolean => !slice.equals(bytes.subarray(i, i + sizes[i]!))
    t.false(slices.slice(0, 999).some(isWrong), name)
    t.false(isWrong(buf.slice(0, sizes[0]), 0))
  }
})

test('a subarray of up to a window is that of a Buffer, wherever it lies', (t) => {
  const place = fc.tuple(fc.integer({ min: -SIZE - 9, max: SIZE + 9 }), fc.integer({ min: -9, max: PAGE }))
  agree(
    t,
    place.filter(([start, size]) => start >= 0 === start + size >= 0),
    (source, start, size) => source.subarray(start, start + size),
  )
  for (const { buf, bytes } of pairs(t, TEXT)) t.deepEqual(buf.subarray(-7), bytes.subarray(-7))
})

test('a subarray is a view where the runtime allows it, and the file is not written to', (t) => {
  for (const { buf, bytes, manager, name } of pairs(t, TEXT)) {
    const view = buf.subarray(0, 4)
    t.is(view.buffer === buf.subarray(2, 6).buffer, manager.zeroCopy, name)
    const before = Buffer.from(view)
    for (let at = 0; at < buf.length; at += PAGE) buf.at(at)
    buf.endAccess()
    manager.collect()
    t.deepEqual([view, before], [bytes.subarray(0, 4), bytes.subarray(0, 4)], 'right after all has gone')
  }
})

test('a subarray longer than a window says how long, how much a window has, and what to do', (t) => {
  const { path } = tempFile(t, TEXT)
  const buf = new SlidingWindowMapBuffer(sliding(t, { windowSize: PAGE }).makeCursor(path), 100)
  t.is(buf.subarray(1, 1 + PAGE).length, PAGE)
  const error = t.throws(() => buf.subarray(1, 2 + PAGE), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })
  for (const part of [`${PAGE + 1} bytes`, `${PAGE}:`, 'slice()', 'windowSize']) {
    t.true(error?.message.includes(part), `${error?.message} has ${part}`)
  }
  t.is(buf.subarray(5, 3).length, 0)
})

test('copy is that of a Buffer', (t) => {
  const small = fc.integer({ min: -3, max: 70 })
  const place = fc.oneof(index, small)
  const args = fc.tuple(fc.oneof(small, fc.constantFrom(undefined, NaN, 1.5)), place, place)
  agree(t, args, (source, targetStart, start, end) => {
    const target = Buffer.alloc(64, 0xee)
    return [source.copy(target, targetStart, start, end), target]
  })
  agree(t, args, (source, targetStart, start, end) => {
    const target = new Uint8Array(2 * PAGE)
    return [source.copy(target, targetStart, start, end), target]
  })
  agree(t, fc.tuple(fc.constantFrom(undefined, null, 'x', {}, [], 5n)), (source, target) =>
    source.copy(target as Uint8Array),
  )
})

const READS = Object.getOwnPropertyNames(Buffer.prototype).filter((name) => name.startsWith('read'))

type Read = (this: Readable, offset?: unknown, byteLength?: unknown) => unknown

function read(source: Readable, name: string, ...args: unknown[]): unknown {
  return (source as unknown as Record<string, Read>)[name]!.apply(source, args as [])
}

test('every number Buffer can read is read, at every distance from a window border', (t) => {
  t.true(READS.length >= 31)
  for (const { buf, bytes, name } of pairs(t, pseudoRandomBytes(SIZE))) {
    const faults: string[] = []
    const border = PAGE - (SIZE === bytes.length ? 0 : PAGE - 777)
    for (const method of READS) {
      for (let page = 0; page < 4; page += 1) {
        for (let distance = -8; distance <= 8; distance += 1) {
          const args = [
            border + page * PAGE + distance,
            ...(/Int[LB]E/i.test(method) ? [6 - (page % 6)] : []),
          ]
          if (!Object.is(read(buf, method, ...args), read(bytes, method, ...args))) {
            faults.push(`${method}(${args})`)
          }
        }
      }
    }
    t.deepEqual(faults, [], name)
  }
})

test('odd arguments of a read method get the answer, or the very error, that Buffer gives', (t) => {
  const odd = fc.constantFrom<unknown>(5n, Symbol.iterator, true, [], () => 1, '', -1, SIZE - 1)
  const offset = fc.oneof(index, odd)
  const byteLength = fc.oneof(fc.integer({ min: -1, max: 8 }), index, odd)
  const args = fc.tuple(fc.constantFrom(...READS), offset, byteLength)
  agree(t, args, (source, name, at, size) => read(source, name, at, size))
  agree(t, fc.tuple(fc.constantFrom(...READS)), (source, name) => read(source, name))
})

test('reading a number from fewer bytes than it has is what it is on a short Buffer', (t) => {
  const { path } = tempFile(t, TEXT)
  const manager = sliding(t)
  for (const size of [0, 1, 3, 7]) {
    const buf = new SlidingWindowMapBuffer(manager.makeCursor(path), 5, size)
    const bytes = TEXT.subarray(5, 5 + size)
    for (const method of READS) {
      for (const args of [[], [0], [0, 6], [1, 1], [size - 1, 1]]) {
        const [got, wanted] = [buf, bytes].map((it) => outcomeOf(() => read(it, method, ...args)))
        t.deepEqual(got, wanted, `${method}(${args}) of ${size} bytes`)
      }
    }
  }
})

const ENCODINGS = [
  'utf8',
  'utf16le',
  'latin1',
  'ascii',
  'base64',
  'base64url',
  'hex',
  'UCS-2' as 'ucs-2',
] as const satisfies readonly BufferEncoding[]

function isUtf16(encoding: string): boolean {
  return /^(ucs-?2|utf-?16le)$/i.test(encoding)
}

test('text is that of a Buffer, in every encoding and whatever a border cuts', (t) => {
  const bytewise = ENCODINGS.filter((it) => !isUtf16(it))
  const encoding = fc.constantFrom<unknown>(
    undefined,
    ...bytewise,
    'odd',
    null,
    5,
  ) as fc.Arbitrary<BufferEncoding>
  agree(t, fc.tuple(encoding, index, index), (source, ...args) => source.toString(...args))
  agree(t, fc.tuple(), (source) => source.toString())
  // Decoding UTF-16 at an odd address corrupts the memory of Node 24.
  const even = fc.nat(SIZE / 2).map((half) => 2 * half)
  agree(t, fc.tuple(even, index), (source, start, end) => source.toString('utf16le', start, end))
})

test('a character is whole wherever a window border cuts it', (t) => {
  const bytes = Buffer.alloc(2 * PAGE, 'x')
  for (let cut = 1; cut < 4; cut += 1) {
    bytes.write('😀', PAGE - cut)
    const buf = new SlidingWindowMapBuffer(
      sliding(t, { windowSize: PAGE }).makeCursor(tempFile(t, bytes).path),
    )
    t.is(buf.toString('utf8', PAGE - cut - 1, PAGE - cut + 5), 'x😀x')
    bytes.fill('x')
  }
})

/**
 * Pieces of the text, as bytes and as strings, and what is hardly in it; most are short, some longer than a
 * page.
 */
const needle = fc.oneof(
  fc.tuple(fc.nat(SIZE), fc.oneof(fc.nat(6), fc.nat(6), fc.nat(40), fc.nat(2 * PAGE))).chain(([at, size]) => {
    const piece = TEXT.subarray(at, at + size)
    return fc.constantFrom<unknown>(
      piece,
      new Uint8Array(piece),
      ...ENCODINGS.map((it) => Buffer.from(piece).toString(it)),
    )
  }),
  fc.constantFrom<unknown>('', 'a', 'é\n', 'abab', '\0', 'zz', Buffer.alloc(0), Buffer.alloc(SIZE + 1)),
  fc.constantFrom<unknown>(0, 97, 97 + 256, 97.9, -159, NaN, Infinity, 0xff),
) as fc.Arbitrary<string | number | Buffer>

/**
 * Whether Buffer's own answer is right. It is not for bytes as UTF-16 in an odd number of bytes, where "not
 * found" is `length - 1`; and half a surrogate pair in UTF-8 is found from Node 26 on only, and makes Node 24
 * abort.
 */
function isAnswerable(source: Readable, value: string | number | Buffer, encoding = 'utf8'): boolean {
  if (typeof value === 'string') return isUtf16(encoding) || !/\p{Surrogate}/u.test(value)
  return !isUtf16(encoding) || source.length % 2 === 0
}

test('searches are those of a Buffer: any needle, offset and encoding', (t) => {
  const encoding = fc.constantFrom(undefined, undefined, ...ENCODINGS)
  agree(t, fc.tuple(needle, index, encoding), (source, value, at, as) => {
    fc.pre(isAnswerable(source, value, as))
    return [source.indexOf(value, at, as), source.lastIndexOf(value, at, as), source.includes(value, at, as)]
  })
  agree(t, fc.tuple(needle), (source, value) => {
    fc.pre(isAnswerable(source, value))
    return [source.indexOf(value), source.lastIndexOf(value), source.includes(value)]
  })
  agree(t, fc.tuple(needle, fc.constantFrom(...ENCODINGS)), (source, value, as) => {
    fc.pre(isAnswerable(source, value, as))
    return [source.indexOf(value, as), source.lastIndexOf(value, as), source.includes(value, as)]
  })
})

test('half a surrogate pair is searched for as the U+FFFD it is encoded to', (t) => {
  const { path } = tempFile(t, 'ab\ufffdc\ufffd')
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(path))
  t.deepEqual([buf.indexOf('\ud83d'), buf.lastIndexOf('\ude00'), buf.includes('b\ud83dc')], [2, 6, true])
})

test('a search for what cannot be searched for is refused as Buffer refuses it', (t) => {
  const value = fc.constantFrom<unknown>(undefined, null, {}, [], true, 5n, () => 1, new Uint16Array(2), 'a')
  // Strings only: a Buffer of Node 24 takes anything else for an end, and aborts if it is null.
  const encoding = fc.constantFrom<unknown>(undefined, 'odd', '', 'utf-7')
  agree(t, fc.tuple(value, index, encoding), (source, ...args) =>
    source.indexOf(...(args as ['a', 0, 'hex'])),
  )
  agree(t, fc.tuple(value, encoding), (source, ...args) => source.lastIndexOf(...(args as ['a', 'hex'])))
  agree(t, fc.tuple(value, encoding), (source, ...args) => source.includes(...(args as ['a', 'hex'])))
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(tempFile(t, TEXT).path))
  for (const odd of [null, 5, {}] as unknown as BufferEncoding[]) {
    t.throws(() => buf.indexOf('a', 0, odd), { instanceOf: TypeError, code: 'ERR_UNKNOWN_ENCODING' })
  }
})

test('bytes whose memory was moved are empty ones, as for a Buffer', (t) => {
  const moved = new Uint8Array(8)
  structuredClone(moved.buffer, { transfer: [moved.buffer] })
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(tempFile(t, TEXT).path))
  t.deepEqual([buf.indexOf(moved), buf.lastIndexOf(moved), buf.includes(moved)], [0, TEXT.length, true])
})

test('a match is found at every distance from a window border, and never outside a part', (t) => {
  for (let distance = -6; distance <= 1; distance += 1) {
    const bytes = Buffer.alloc(4 * PAGE)
    const at = 2 * PAGE + distance
    bytes.write('needle', at)
    const { path } = tempFile(t, bytes)
    const manager = sliding(t, { windowSize: PAGE })
    const buf = new SlidingWindowMapBuffer(manager.makeCursor(path))
    t.deepEqual([buf.indexOf('needle'), buf.lastIndexOf('needle')], [at, at])
    const cut = new SlidingWindowMapBuffer(manager.makeCursor(path), 100, at + 5 - 100)
    t.deepEqual([cut.indexOf('needle'), cut.lastIndexOf('needle')], [-1, -1])
    t.is(cut.indexOf('needl'), at - 100)
    const behind = new SlidingWindowMapBuffer(manager.makeCursor(path), at + 1)
    t.deepEqual([behind.includes('needle'), behind.indexOf('eedle')], [false, 0])
  }
})

test('iteration gives every byte, and reading elsewhere meanwhile does no harm', (t) => {
  for (const { buf, bytes, name } of pairs(t, TEXT)) {
    t.deepEqual(Buffer.from([...buf]), Buffer.from(bytes), name)
    const seen: number[] = []
    for (const byte of buf) {
      seen.push(byte)
      if (seen.length === 5000) break
      buf.at(-seen.length)
    }
    t.deepEqual(Buffer.from(seen), Buffer.from(bytes.subarray(0, 5000)), name)
  }
})

const TYPED_ARRAYS = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Uint16Array,
  Int16Array,
  Uint32Array,
  Int32Array,
  Float32Array,
  Float64Array,
  BigUint64Array,
  BigInt64Array,
] as const

test('arrays of numbers are right at any offset and of any length', (t) => {
  for (const { buf, bytes, name } of pairs(t, pseudoRandomBytes(SIZE))) {
    const property = fc.property(
      fc.constantFrom(...TYPED_ARRAYS),
      fc.nat(bytes.length),
      fc.nat(SIZE),
      (Type, offset, most) => {
        const available = Math.floor((bytes.length - offset) / Type.BYTES_PER_ELEMENT)
        const count = Math.min(available, most)
        const copy = new Uint8Array(bytes.subarray(offset, offset + count * Type.BYTES_PER_ELEMENT))
        const got = buf.array<NodeJS.TypedArray>(Type, offset, count)
        return isDeepStrictEqual(got, new Type(copy.buffer))
      },
    )
    t.notThrows(() => fc.assert(property, { numRuns: 200 }), name)
  }
})

test("an array is a view where it is aligned, fits a window, and has the machine's byte order", (t) => {
  for (const { buf, manager, name } of pairs(t, pseudoRandomBytes(SIZE)).filter(
    ({ bytes }) => bytes.length === SIZE,
  )) {
    t.is(buf.array(Float64Array, 8, 2).buffer === buf.array(Int16Array, 2, 2).buffer, manager.zeroCopy, name)
    t.not(buf.array(Float64Array, 9, 2).buffer, buf.array(Float64Array, 9, 2).buffer)
    const [first] = buf.array(Uint32Array, 4, 1)
    t.is(first, endianness() === 'LE' ? buf.readUInt32LE(4) : buf.readUInt32BE(4))
    t.is(buf.array(Float64Array, 3).length, Math.floor((SIZE - 3) / 8), 'all there are, if not told how many')
    t.is(buf.array(Float64Array, SIZE).length, 0)
    t.is(buf.array(Int8Array, 5n, 3n).length, 3)
  }
})

test('an array refuses what is no class, and what is not in the bytes', (t) => {
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(tempFile(t, TEXT).path), 0, 100)
  for (const odd of [undefined, null, 5, 'Float32Array', {}, Array, DataView, Date]) {
    t.throws(() => buf.array(odd as unknown as Float32ArrayConstructor, 0, 1), {
      code: 'ERR_INVALID_ARG_TYPE',
    })
  }
  const misplaced: readonly [number, number][] = [
    [-1, 1],
    [0.5, 1],
    [101, 0],
    [0, 26],
    [1, 25],
    [97, 1],
    [0, -1],
    [0, 1.5],
    [0, Infinity],
  ]
  for (const args of misplaced) {
    t.throws(
      () => buf.array(Float32Array, ...args),
      { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' },
      `${args}`,
    )
  }
})

onUnix('what no Buffer and no string can hold is refused at once, and the rest of a huge file works', (t) => {
  const { path } = tempFile(t, '')
  truncateSync(path, 2 ** 40)
  const buf = new SlidingWindowMapBuffer(sliding(t, { windowSize: 2 ** 20 }).makeCursor(path))
  const error = t.throws(() => buf.slice(), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })
  t.regex(error?.message ?? '', /1099511627776 bytes .*\(\d+\): copy it in parts/)
  t.throws(() => buf.array(Uint8Array), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })
  t.throws(() => buf.subarray(), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })

  const tooLong = Buffer.alloc(constants.MAX_STRING_LENGTH + 1)
  t.deepEqual(shapeOf(thrownBy(() => buf.toString())), shapeOf(thrownBy(() => tooLong.toString('latin1'))))
  t.is(buf.indexOf(1, -5 * 2 ** 20), -1)
  t.is(buf.lastIndexOf(0), 2 ** 40 - 1)
  t.is(buf.indexOf('\0\0', 2 ** 39 + 1), 2 ** 39 + 1)
  t.is(buf.copy(Buffer.alloc(10), 0, 2 ** 40 - 4), 4)
  t.is(buf.readUInt32LE(2 ** 40 - 4), 0)
})
