// The reading interface against a plain Buffer with the same bytes: whatever lies below, the answers are
// Buffer's.
import { constants } from 'node:buffer'
import { truncateSync } from 'node:fs'
import { endianness } from 'node:os'
import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import * as fc from 'fast-check'
import { SlidingWindowMapBuffer } from 'smmap'
import { sliding } from './fixtures/managers.js'
import {
  agree,
  ENCODINGS,
  index,
  isUtf16,
  pairs,
  outcomeOf,
  type Readable,
  SIZE,
  TEXT,
} from './fixtures/pairs.js'
import { onUnix } from './fixtures/platform.js'
import { shapeOf, thrownBy } from './helpers/errors.js'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

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
