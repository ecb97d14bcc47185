// Searches in a long buffer against those of a plain Buffer with the same bytes.
import test from 'ava'
import * as fc from 'fast-check'
import { SlidingWindowMapBuffer } from 'smmap'
import { sliding } from './fixtures/managers.js'
import { agree, ENCODINGS, index, isUtf16, type Readable, SIZE, TEXT } from './fixtures/pairs.js'
import { PAGE, tempFile } from './helpers/files.js'

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
