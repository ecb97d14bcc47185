// The arithmetic of windows and of alignment: the table of examples, then properties against plain set
// arithmetic.
import { inspect } from 'node:util'
import test from 'ava'
import * as fc from 'fast-check'
import { ALLOCATIONGRANULARITY, MapWindow, alignToMmap, is64Bit } from 'smmap'
import { PAGE } from './helpers/files.js'

const MAX = Number.MAX_SAFE_INTEGER
/**
 * Offsets up to a quarter of all safe integers, so that sums stay exact; small ones are as likely as large.
 */
const bytes = fc.oneof(fc.nat(3 * PAGE), fc.nat(2 ** 31 - 1), fc.integer({ min: 2 ** 32 - 9, max: 2 ** 51 }))
const anyWindow = fc.tuple(bytes, bytes).map(([ofs, size]) => new MapWindow(ofs, size))

const parts = ({ ofs, size }: MapWindow): [number, number] => [ofs, size]
const copyOf = (window: MapWindow): MapWindow => new MapWindow(window.ofs, window.size)
const covers = (outer: MapWindow, inner: MapWindow): boolean =>
  outer.ofsBegin <= inner.ofsBegin && inner.ofsEnd <= outer.ofsEnd

test('the granularity is the one the system tells', (t) => {
  t.is(ALLOCATIONGRANULARITY, PAGE)
})

test('a number is aligned up or down, a multiple stays', (t) => {
  t.is(alignToMmap(0, true), 0)
  t.is(alignToMmap(0, false), 0)
  t.is(alignToMmap(1, true), PAGE)
  t.is(alignToMmap(1, false), 0)
  t.is(alignToMmap(PAGE, true), PAGE)
  t.is(alignToMmap(PAGE, false), PAGE)
  t.is(alignToMmap(PAGE + 1, true), 2 * PAGE)
  t.is(alignToMmap(PAGE + 1, false), PAGE)
  t.is(alignToMmap(1n, true), PAGE)
})

test('a negative number is aligned towards the same ends of the line, and zero is never minus zero', (t) => {
  t.is(alignToMmap(-1, false), -PAGE)
  t.is(alignToMmap(-1, true), 0)
  t.is(alignToMmap(-PAGE, true), -PAGE)
  t.is(alignToMmap(-PAGE - 1, true), -PAGE)
  t.is(alignToMmap(-0, true), 0)
})

test('alignment is exact for every safe integer', (t) => {
  const unit = BigInt(PAGE)
  const edge = MAX - PAGE + 1
  const number = fc
    .oneof(
      fc.maxSafeInteger(),
      bytes,
      bytes.map((n) => -n),
    )
    .filter((n) => Math.abs(n) <= edge)
  const property = fc.property(number, (num) => {
    const rest = ((BigInt(num) % unit) + unit) % unit
    const down = BigInt(num) - rest
    t.is(alignToMmap(num, false), Number(down))
    t.is(alignToMmap(num, true), Number(rest === 0n ? down : down + unit))
  })
  t.notThrows(() => fc.assert(property))
})

test('a number whose multiple is not safe is refused, in that direction only', (t) => {
  t.is(alignToMmap(MAX, false), MAX - PAGE + 1)
  t.throws(() => alignToMmap(MAX, true), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  t.is(alignToMmap(-MAX, true), -(MAX - PAGE + 1))
  t.throws(() => alignToMmap(-MAX, false), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
})

test('what is no integer cannot be aligned', (t) => {
  for (const num of [NaN, 1.5, Infinity, 2 ** 53, 2n ** 53n]) {
    t.throws(() => alignToMmap(num, true), { code: 'ERR_OUT_OF_RANGE' }, inspect(num))
  }
  for (const num of ['5', {}, null, undefined]) {
    t.throws(() => alignToMmap(num as number, true), { code: 'ERR_INVALID_ARG_TYPE' }, inspect(num))
  }
})

test('a process on x64 or arm64 is 64-bit, on ia32 or arm not', (t) => {
  const actual = process.arch
  t.teardown(() => Object.defineProperty(process, 'arch', { value: actual }))
  for (const [arch, wide] of Object.entries({
    x64: true,
    arm64: true,
    s390x: true,
    ia32: false,
    arm: false,
  })) {
    Object.defineProperty(process, 'arch', { value: arch })
    t.is(is64Bit(), wide, arch)
  }
})

test('a window has a begin and an end, and can be changed', (t) => {
  const window = new MapWindow(10, 20n)
  t.deepEqual([window.ofs, window.size, window.ofsBegin, window.ofsEnd], [10, 20, 10, 30])
  window.ofs = 2 ** 40
  window.size = 1
  t.deepEqual([window.ofsBegin, window.ofsEnd], [2 ** 40, 2 ** 40 + 1])
})

test('a window can be made from whatever has a begin and a size', (t) => {
  t.deepEqual(parts(MapWindow.fromRegion({ ofsBegin: 4096, size: 100 })), [4096, 100])
})

test('a window of wrong numbers cannot be made', (t) => {
  for (const wrong of [-1, 1.5, NaN, Infinity, 2 ** 53, -1n]) {
    t.throws(() => new MapWindow(wrong, 1), { code: 'ERR_OUT_OF_RANGE', message: /"ofs"/ }, inspect(wrong))
    t.throws(() => new MapWindow(1, wrong), { code: 'ERR_OUT_OF_RANGE', message: /"size"/ }, inspect(wrong))
  }
  t.throws(() => new MapWindow('1' as never, 1), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => new MapWindow(1, null as never), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => new MapWindow(MAX, 1), { code: 'ERR_OUT_OF_RANGE' })
})

test('a wrong number that was assigned is found by the next method', (t) => {
  const window = new MapWindow(10, 20)
  window.size = NaN
  t.throws(() => window.align(), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => window.extendLeftTo(new MapWindow(0, 1), 50), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => new MapWindow(0, 1).extendRightTo(window, 50), { code: 'ERR_OUT_OF_RANGE' })
})

test('aligning moves the begin down and the end up', (t) => {
  const table: [[number, number], [number, number]][] = [
    [
      [PAGE + 904, 100],
      [PAGE, PAGE],
    ],
    [
      [PAGE - 1, 2],
      [0, 2 * PAGE],
    ],
    [
      [0, 1],
      [0, PAGE],
    ],
    [
      [PAGE, PAGE],
      [PAGE, PAGE],
    ],
    [
      [2 ** 40 + 1, PAGE],
      [2 ** 40, 2 * PAGE],
    ],
    [
      [0, 0],
      [0, 0],
    ],
  ]
  for (const [[ofs, size], expected] of table) {
    const window = new MapWindow(ofs, size)
    window.align()
    t.deepEqual(parts(window), expected)
  }
})

test('a window whose aligned end would be no safe integer stays as it is', (t) => {
  const window = new MapWindow(MAX - 10, 5)
  t.throws(() => window.align(), { code: 'ERR_OUT_OF_RANGE' })
  t.deepEqual(parts(window), [MAX - 10, 5])
})

test('an aligned window covers the span it had, with less than a unit over on each side', (t) => {
  const property = fc.property(anyWindow, (window) => {
    const before = copyOf(window)
    window.align()
    t.true(covers(window, before))
    t.is(window.ofs % PAGE, 0)
    t.is(window.size % PAGE, 0)
    t.true(before.ofsBegin - window.ofsBegin < PAGE && window.ofsEnd - before.ofsEnd < PAGE)
    const once = parts(window)
    window.align()
    t.deepEqual(parts(window), once)
  })
  t.notThrows(() => fc.assert(property))
})

/** What becomes of (100, 10) beside a neighbour. */
function extended(
  side: 'extendLeftTo' | 'extendRightTo',
  neighbour: [number, number],
  maxSize: number | bigint,
) {
  const window = new MapWindow(100, 10)
  window[side](new MapWindow(...neighbour), maxSize)
  return parts(window)
}

test('a window is extended to its left neighbour, as far as maxSize allows', (t) => {
  t.deepEqual(extended('extendLeftTo', [0, 50], 1000), [50, 60])
  t.deepEqual(extended('extendLeftTo', [0, 50], 60n), [50, 60])
  t.deepEqual(extended('extendLeftTo', [0, 50], 30), [80, 30])
  t.deepEqual(extended('extendLeftTo', [0, 100], 1000), [100, 10])
  t.deepEqual(extended('extendLeftTo', [0, 0], 1000), [0, 110])
})

test('a window is extended to its right neighbour, as far as maxSize allows', (t) => {
  t.deepEqual(extended('extendRightTo', [200, 5], 1000), [100, 100])
  t.deepEqual(extended('extendRightTo', [200, 5], 100n), [100, 100])
  t.deepEqual(extended('extendRightTo', [200, 5], 50), [100, 50])
  t.deepEqual(extended('extendRightTo', [110, 5], 1000), [100, 10])
})

test('a window over maxSize, or over its neighbour, is not cut (smmap cuts it)', (t) => {
  for (const maxSize of [0, 5, 9, 10]) {
    t.deepEqual(extended('extendLeftTo', [0, 50], maxSize), [100, 10])
    t.deepEqual(extended('extendRightTo', [200, 5], maxSize), [100, 10])
  }
  for (const overlapping of [
    [100, 10],
    [95, 10],
    [105, 10],
    [90, 30],
  ] as [number, number][]) {
    t.deepEqual(extended('extendLeftTo', overlapping, 1000), [100, 10])
    t.deepEqual(extended('extendRightTo', overlapping, 1000), [100, 10])
  }
})

test('an extension keeps the span, the limit and the neighbour, and goes as far as they let it', (t) => {
  const property = fc.property(
    anyWindow,
    anyWindow,
    bytes,
    fc.boolean(),
    (window, neighbour, maxSize, left) => {
      const before = copyOf(window)
      const gap = left ? before.ofsBegin - neighbour.ofsEnd : neighbour.ofsBegin - before.ofsEnd
      if (left) window.extendLeftTo(neighbour, maxSize)
      else window.extendRightTo(neighbour, maxSize)

      t.true(covers(window, before))
      t.true(window.size <= Math.max(maxSize, before.size))
      t.is(
        left ? window.ofsEnd : window.ofsBegin,
        left ? before.ofsEnd : before.ofsBegin,
        'the far side stays',
      )
      const gapLeft = left ? window.ofsBegin - neighbour.ofsEnd : neighbour.ofsBegin - window.ofsEnd
      t.true(gapLeft >= Math.min(gap, 0), 'the neighbour is not passed')
      t.true(gapLeft <= 0 || window.size >= maxSize, 'it stops at the neighbour or at the limit')
    },
  )
  t.notThrows(() => fc.assert(property))
})

test('an extension to what is no window, or to no size, is refused and changes nothing', (t) => {
  const window = new MapWindow(100, 10)
  const neighbour = new MapWindow(0, 50)
  for (const extend of ['extendLeftTo', 'extendRightTo'] as const) {
    for (const wrong of [null, undefined, 5, {}, { ofs: 0, size: 50 }]) {
      t.throws(() => window[extend](wrong as MapWindow, 1000), { code: 'ERR_INVALID_ARG_TYPE' })
    }
    for (const wrong of [-1, 1.5, NaN, -Infinity]) {
      t.throws(() => window[extend](neighbour, wrong), { code: 'ERR_OUT_OF_RANGE', message: /"maxSize"/ })
    }
  }
  t.deepEqual(parts(window), [100, 10])
})

test('Infinity is no limit to how far a window extends', (t) => {
  const [left, right] = [new MapWindow(100, 10), new MapWindow(100, 10)]
  left.extendLeftTo(new MapWindow(0, 50), Infinity)
  right.extendRightTo(new MapWindow(200, 5), Infinity)
  t.deepEqual(
    [parts(left), parts(right)],
    [
      [50, 60],
      [100, 100],
    ],
  )
})
