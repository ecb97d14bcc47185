/**
 * @file The reading methods that are called most. Knows how each is asked of a Buffer; not what happens
 * between.
 */

import { hostileNumber } from './hostile.mjs'
import { Target } from './target.mjs'

const NUMBERS = ['8', '16LE', '16BE', '32LE', '32BE'].flatMap((name) => {
  const size = Number.parseInt(name, 10) / 8
  return [`readUInt${name}`, `readInt${name}`, `readUint${name}`].map((method) => [method, size])
})
const LARGER = ['LE', 'BE'].flatMap((end) => [
  [`readBigUInt64${end}`, 8],
  [`readBigInt64${end}`, 8],
  [`readBigUint64${end}`, 8],
  [`readFloat${end}`, 4],
  [`readDouble${end}`, 8],
])
const ODD = ['LE', 'BE'].flatMap((end) => [`readUInt${end}`, `readInt${end}`, `readUint${end}`])
const FIXED = [...NUMBERS, ...LARGER]
const ARRAYS = [
  Uint8Array,
  Int16Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  Uint8ClampedArray,
]
const ENCODINGS = ['utf8', 'latin1', 'hex', 'base64', 'utf16le', 'ascii', undefined]
const LONG = 20_000

/** An index, mostly inside: near the one before, at a border, or anywhere. */
export function anyIndex(session, target) {
  const { random } = session
  const dice = random.below(16)
  const { length } = target
  if (dice < 6) target.last = random.below(length)
  else if (dice < 12) target.last = (target.last + random.below(64)) % length || 0
  else if (dice === 12) target.last = border(random, target, Math.min(target.windowSize, 2 ** 25))
  else if (dice === 13) target.last = border(random, target, 4096)
  else if (dice === 14) target.last = Math.max(length - random.below(12), 0)
  return dice === 15 && random.once(8) ? random.pick([-1, length, length + 5, 0, 1.5]) : target.last
}

function border(random, { length, place }, unit) {
  const count = Math.floor((place.begin + length) / unit)
  const at = random.below(count + 1) * unit - place.begin - random.below(9)
  return Math.min(Math.max(at, 0), length - 1)
}

/** A number or a byte; nine calls of ten. */
export function cheap(session, target) {
  const { random } = session
  const index = anyIndex(session, target)
  const dice = random.below(16)
  if (dice < 4) return single(session, target, index)
  if (dice < 12) return number(session, target, random.pick(FIXED), index)
  if (dice < 14) return oddNumber(session, target, random.pick(ODD), index, 1 + random.below(6))
  return slice(session, target, index, random.below(80))
}

function single(session, target, index) {
  const asked = hostileNumber(session, target, session.random.once(8) ? index - target.length : index)
  session.note('at', asked.value)
  target.check(
    (buffer) => buffer.at(asked.given),
    (bytes) => bytes.at(asked.value),
    { end: index + 1 },
  )
}

function number(session, target, [method, size], index) {
  target.lastRead = index
  session.note(method, index)
  target.check(
    (buffer) => buffer[method](index),
    (bytes) => bytes[method](index),
    { end: index + size },
  )
}

function oddNumber(session, target, method, index, size) {
  target.lastRead = index
  session.note(method, index, size)
  target.check(
    (buffer) => buffer[method](index, size),
    (bytes) => bytes[method](index, size),
    { end: index + size },
  )
}

function slice(session, target, index, size) {
  const [start, end] = [hostileNumber(session, target, index), hostileNumber(session, target, index + size)]
  session.note('slice', start.value, end.value)
  target.check(
    (buffer) => buffer.slice(start.given, end.given),
    (bytes) => bytes.subarray(start.value, end.value),
    { end: index + size },
  )
}

const BULK = [
  [10, (session, target, index, size) => slice(session, target, index, size)],
  [10, view],
  [8, copy],
  [6, array],
  [8, text],
  [10, search],
  [1, iterate],
  [3, chunks],
  [3, lines],
]

/** Many bytes, a view of them, or a search. */
export function bulk(session, target) {
  const index = Math.trunc(Math.min(Math.max(anyIndex(session, target), 0), target.length))
  const size = session.random.below(session.random.once(8) ? LONG : 700)
  session.random.weighted(BULK)(session, target, index, size)
}

/**
 * A view is right where it shows the file's bytes as far as they have always been there: zeros behind are no
 * lie of it.
 */
function view(session, target, index, size) {
  const [start, end] = [hostileNumber(session, target, index), hostileNumber(session, target, index + size)]
  session.note('subarray', start.value, end.value)
  const { windowSize, file, base } = target
  target.check(
    (buffer) => {
      const bytes = buffer.subarray(start.given, end.given)
      if (!target.places.some((place) => isRightPart(bytes, target, place, index, size))) return bytes
      if (target.places.length === 1) session.keep(bytes, file, base, target.place.begin + index)
      return 'right'
    },
    (bytes) => {
      if (bytes.subarray(start.value, end.value).length <= windowSize) return 'right'
      throw Object.assign(new Error('too large'), { code: 'ERR_SMMAP_WINDOW_TOO_LARGE' })
    },
  )
}

function isRightPart(bytes, { file, base }, { begin, length }, index, size) {
  const from = Math.min(index, length)
  if (bytes.length !== Math.min(index + size, length) - from) return false
  return Target.isRightView(bytes, file, base, begin + from)
}

function copy(session, target, index, size) {
  const room = session.random.below(size + 20)
  const to = session.random.below(8)
  const [start, end] = [hostileNumber(session, target, index), hostileNumber(session, target, index + size)]
  session.note('copy', room, to, start.value, end.value)
  const into = (bytes, from, till) => {
    const memory = Buffer.alloc(room)
    return [bytes.copy(memory, to, from, till), memory]
  }
  target.check(
    (buffer) => into(buffer, start.given, end.given),
    (bytes) => into(bytes, start.value, end.value),
    { end: index + size },
  )
}

function array(session, target, index, size) {
  const Type = session.random.pick(ARRAYS)
  const unit = Type.BYTES_PER_ELEMENT
  const aligned = session.random.once(2) ? index : index - (index % unit)
  const most = Math.floor(Math.max(target.length - aligned, 0) / unit)
  const count = Math.min(Math.floor(size / unit), most)
  session.note('array', Type, aligned, count)
  target.check(
    (buffer) => ownBytes(buffer.array(Type, aligned, count), target, aligned),
    (bytes) =>
      ownBytes(new Type(Uint8Array.from(bytes.subarray(aligned, aligned + count * unit)).buffer), target, -1),
  )
}

/**
 * A typed array's bytes; where it may be a view of a file that was cut, as far as they have always been
 * there.
 */
function ownBytes(numbers, { file, base, place, bytes }, index) {
  const own = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  const there = file.leastSince(base) - place.begin - index
  if (index < 0 || there >= own.length) return own
  return Buffer.concat([
    own.subarray(0, Math.max(there, 0)),
    bytes.subarray(index + Math.max(there, 0), index + own.length),
  ])
}

function text(session, target, index, size) {
  const encoding = session.random.pick(ENCODINGS)
  const [start, end] = [hostileNumber(session, target, index), hostileNumber(session, target, index + size)]
  session.note('toString', encoding, start.value, end.value)
  target.check(
    (buffer) => buffer.toString(encoding, start.given, end.given),
    (bytes) => bytes.toString(encoding, start.value, end.value),
    { end: index + size },
  )
}

const SEARCHES = ['indexOf', 'lastIndexOf', 'includes', 'indexOf']
/** How far a needle may be from where it is searched for, so that a search takes no time. */
const NEAR = 2 ** 16

function search(session, target, index, size) {
  const method = session.random.pick(SEARCHES)
  const needle = anyNeedle(session, target, index, size)
  // All of a long file would be searched, window by window.
  if (needle.isForeign && (target.length > 2 ** 22 || target.length > 64 * target.windowSize)) return
  const from = Math.max(index - session.random.below(NEAR), 0)
  const asked = hostileNumber(
    session,
    target,
    method === 'lastIndexOf' ? index + session.random.below(NEAR) : from,
  )
  session.note(method, needle.value, asked.value)
  target.check(
    (buffer) => buffer[method](needle.value, asked.given),
    (bytes) => bytes[method](needle.value, asked.value),
    {
      mayBe: (got, bytes) =>
        got === -1 || typeof got === 'boolean' || bytes.indexOf(needle.value, got) === got,
    },
  )
}

/** Something that is there near by, or (rarely) that is not. */
function anyNeedle({ random: dice }, { bytes }, index, size) {
  const kind = dice.below(8)
  if (kind === 0) return { value: 256 * dice.below(3) - 255 + dice.below(255), isForeign: false }
  if (kind === 1) return { value: 0, isForeign: true }
  if (kind === 2) return { value: 'ERROR', isForeign: true }
  const part = Buffer.from(bytes.subarray(index, index + Math.min(size, 40)))
  if (kind === 3) return { value: part.toString('latin1'), isForeign: true }
  if (kind === 4) return { value: Buffer.concat([part, Buffer.from([0])]), isForeign: true }
  return { value: kind === 5 ? new Uint8Array(part) : part, isForeign: false }
}

function iterate(session, target) {
  const count = session.random.below(3000)
  session.note('iteration', count)
  const first = (bytes) => {
    const values = []
    for (const byte of bytes) {
      if (values.length >= count) break
      values.push(byte)
    }
    return values
  }
  target.check(first, first)
}

function chunks(session, target, index, length) {
  const { windowSize } = target
  const end = Math.min(index + length * 8, target.length)
  const size = Math.min(1 + session.random.below(length + 100), windowSize)
  session.note('chunks', index, end, size)
  target.check(
    (buffer) => Array.from(buffer.chunks({ start: index, end, size }), Buffer.from),
    (bytes) => {
      const list = []
      for (let at = index; at < end; at += size) list.push(bytes.subarray(at, Math.min(at + size, end)))
      return list
    },
  )
}

function lines(session, target, index, length) {
  const end = Math.min(index + length * 8, target.length)
  const keepEnding = session.random.once(2)
  const encoding = session.random.pick(['utf8', 'latin1', null])
  session.note('lines', index, end, keepEnding, encoding)
  const options = { start: index, end, keepEnding, encoding }
  target.check(
    (buffer) => Array.from(buffer.lines(options)),
    (bytes) =>
      linesOf(bytes.subarray(index, end), keepEnding).map((line) =>
        encoding ? line.toString(encoding) : line,
      ),
  )
}

/** The lines of bytes, as Buffers. */
export function linesOf(bytes, keepEnding) {
  const list = []
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at)
    const next = newline < 0 ? bytes.length : newline + 1
    const hasReturn = newline > at && bytes[newline - 1] === 13
    const stop = newline < 0 || keepEnding ? next : newline - Number(hasReturn)
    list.push(bytes.subarray(at, stop))
    at = next
  }
  return list
}
