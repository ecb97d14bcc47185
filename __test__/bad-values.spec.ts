// Odd values for the arguments of every method: refused with Node's codes, before anything has happened.
// MapWindow's are in map-window.spec.
import { inspect } from 'node:util'
import test from 'ava'
import {
  MapRegion,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  StaticWindowMapManager,
  type WindowCursor,
} from 'smmap'
import { counters, sliding, type CodedError, type ManagerOptions } from './fixtures/managers.js'
import { F10, pseudoRandomBytes, tempFile } from './helpers/files.js'

const MAX = Number.MAX_SAFE_INTEGER
const f10 = pseudoRandomBytes(F10)

const WRONG_TYPES = ['5', '', {}, [], null, true, Symbol('5'), () => 5] as unknown as number[]
const FRACTIONS = [Number.NaN, 1.5, -0.5, Infinity, -Infinity]
const TOO_FAR = [2 ** 53, 1e300, 2n ** 53n, 2n ** 64n] as number[]
const NEGATIVE = [-1, -MAX, -1n, -(2n ** 64n)] as number[]
const WRONG_NUMBERS = [...FRACTIONS, ...TOO_FAR, ...NEGATIVE]

/** Each way to call with one odd value in one place. Every other argument is right. */
type Calls = Record<string, (odd: number) => unknown>

function refusals(calls: Calls, odds: readonly number[], code: string, kind: new () => Error): string[] {
  const wrong: string[] = []
  for (const [name, call] of Object.entries(calls)) {
    for (const odd of odds) {
      let outcome = 'nothing was thrown'
      try {
        call(odd)
      } catch (error) {
        const { code: got, message } = error as CodedError
        outcome = got === code && error instanceof kind ? '' : `${String(got)}: ${message}`
      }
      if (outcome !== '') wrong.push(`${name} with ${inspect(odd)}: ${outcome}`)
    }
  }
  return wrong
}

function cursorCalls(c: WindowCursor): Calls {
  return {
    'useRegion(offset)': (odd) => c.useRegion(odd),
    'useRegion(_, size)': (odd) => c.useRegion(0, odd),
    'useRegion(_, _, flags)': (odd) => c.useRegion(0, 10, odd),
  }
}

test('a cursor refuses odd offsets, sizes and flags, and stays where it is', (t) => {
  const manager = sliding(t)
  const c = manager.makeCursor(tempFile(t, f10).path).useRegion(10, 10)
  const before = counters(manager)
  t.deepEqual(refusals(cursorCalls(c), WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  t.deepEqual(refusals(cursorCalls(c), WRONG_NUMBERS, 'ERR_OUT_OF_RANGE', RangeError), [])
  t.deepEqual(counters(manager), before)
  t.deepEqual([c.isValid, c.ofsBegin, c.size], [true, 10, 10])
  t.deepEqual(c.buffer(), f10.subarray(10, 20))
})

test('a cursor that was never used refuses the same, and does not touch its file', (t) => {
  const manager = sliding(t)
  const c = manager.makeCursor('/nowhere/at/all')
  t.deepEqual(refusals(cursorCalls(c), WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  t.deepEqual(refusals(cursorCalls(c), WRONG_NUMBERS, 'ERR_OUT_OF_RANGE', RangeError), [])
})

test('the largest offset is past every end; with a size it would overflow', (t) => {
  const c = sliding(t).makeCursor(tempFile(t, f10).path)
  t.false(c.useRegion(MAX).isValid)
  t.false(c.useRegion(BigInt(MAX)).isValid)
  t.throws(() => c.useRegion(MAX, MAX), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => c.useRegion(MAX, 1), { instanceOf: RangeError, code: 'ERR_OUT_OF_RANGE' })
})

test('numbers that an int32 would fold are taken for what they are', (t) => {
  const c = sliding(t).makeCursor(tempFile(t, f10).path)
  for (const offset of [2 ** 31, 2 ** 32, 2 ** 32 + 10, 2 ** 40]) t.false(c.useRegion(offset, 10).isValid)
  t.is(c.useRegion(10, 2 ** 32).size, F10 - 10)
})

test('undefined is an argument left out', (t) => {
  const c = sliding(t).makeCursor(tempFile(t, f10).path)
  t.deepEqual(c.useRegion(undefined, undefined, undefined).buffer(), f10)
})

test('includesOfs answers for every integer and refuses what is none', (t) => {
  const path = tempFile(t, f10).path
  const c = sliding(t).makeCursor(path).useRegion()
  const region = new MapRegion(path, 0, 0)
  const calls: Calls = {
    cursor: (odd) => c.includesOfs(odd),
    region: (odd) => region.includesOfs(odd),
  }
  t.deepEqual(refusals(calls, WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  t.deepEqual(refusals(calls, [Number.NaN, 1.5], 'ERR_OUT_OF_RANGE', RangeError), [])
  t.false([-1, MAX, F10].some((ofs) => c.includesOfs(ofs) || region.includesOfs(ofs)))
  region.release()
})

const classes = [SlidingWindowMapManager, StaticWindowMapManager]

function option<K extends keyof ManagerOptions>(name: K): Calls {
  return Object.fromEntries(
    classes.map((Manager) => [
      `${Manager.name} ${String(name)}`,
      (odd: number) => new Manager({ [name]: odd } as ManagerOptions).close(),
    ]),
  )
}

test('a manager refuses odd sizes and limits', (t) => {
  const sizes = { ...option('windowSize'), ...option('maxMemorySize') }
  t.deepEqual(refusals(sizes, WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  const odd = [...FRACTIONS.filter((number) => number !== Infinity), ...TOO_FAR]
  t.deepEqual(refusals(sizes, odd, 'ERR_OUT_OF_RANGE', RangeError), [])
  t.deepEqual(refusals(option('windowSize'), [-2, -MAX], 'ERR_OUT_OF_RANGE', RangeError), [])
  t.deepEqual(refusals(option('maxMemorySize'), NEGATIVE, 'ERR_OUT_OF_RANGE', RangeError), [])
})

test('a manager refuses odd handle limits; none at all is Infinity', (t) => {
  const handles = option('maxOpenHandles')
  t.deepEqual(refusals(handles, WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  const odd = [Number.NaN, 1.5, -Infinity, 0, ...TOO_FAR, ...NEGATIVE]
  t.deepEqual(refusals(handles, odd, 'ERR_OUT_OF_RANGE', RangeError), [])
  t.is(sliding(t, { maxOpenHandles: Infinity }).maxFileHandles, Infinity)
})

test('a manager refuses odd options, and words it does not know', (t) => {
  const odd = [null, 5, 'x', [], true] as unknown as ManagerOptions[]
  for (const options of odd) {
    for (const Manager of classes) {
      t.throws(() => new Manager(options), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    }
  }
  t.throws(() => sliding(t, { zeroCopy: 'always' as 'never' }), { code: 'ERR_INVALID_ARG_VALUE' })
  t.throws(() => sliding(t, { zeroCopy: 1 as unknown as 'never' }), { code: 'ERR_INVALID_ARG_TYPE' })
  t.throws(() => sliding(t, { strict: 1 as unknown as boolean }), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('forceUnmap takes a path', (t) => {
  const manager = sliding(t)
  const c = manager.makeCursor(tempFile(t, f10).path).useRegion()
  for (const odd of [5, null, {}, undefined, true] as unknown as string[]) {
    t.throws(() => manager.forceUnmap(odd), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => manager.forceMapHandleRemovalWin(odd), { code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.true(c.isValid)
})

test('assign takes a cursor', (t) => {
  const c = sliding(t).makeCursor(tempFile(t, f10).path).useRegion()
  for (const odd of [null, undefined, {}, 5, 'cursor'] as unknown as WindowCursor[]) {
    t.throws(() => c.assign(odd), { instanceOf: TypeError, code: 'ERR_INVALID_ARG_TYPE' })
  }
  t.true(c.isValid)
})

test('a region refuses odd offsets, sizes, flags and counts', (t) => {
  const path = tempFile(t, f10).path
  const calls: Calls = {
    'MapRegion(_, ofs)': (odd) => new MapRegion(path, odd, 1),
    'MapRegion(_, _, size)': (odd) => new MapRegion(path, 0, odd),
    'MapRegion(_, _, _, flags)': (odd) => new MapRegion(path, 0, 1, odd),
  }
  t.deepEqual(refusals(calls, WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  t.deepEqual(refusals(calls, WRONG_NUMBERS, 'ERR_OUT_OF_RANGE', RangeError), [])
  t.throws(() => new MapRegion(null as unknown as string, 0, 1), { code: 'ERR_INVALID_ARG_TYPE' })

  const region = new MapRegion(path, 0, 0)
  const counts: Calls = { incrementClientCount: (odd) => region.incrementClientCount(odd) }
  t.deepEqual(refusals(counts, WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  t.deepEqual(refusals(counts, [...FRACTIONS, ...TOO_FAR], 'ERR_OUT_OF_RANGE', RangeError), [])
  t.is(region.clientCount, 1)
  region.release()
})

test('a buffer refuses odd cursors, offsets and sizes', (t) => {
  const manager = sliding(t)
  const c = manager.makeCursor(tempFile(t, f10).path)
  const kept = new SlidingWindowMapBuffer(c, 100)
  const calls: Calls = {
    'new (_, offset)': (odd) => new SlidingWindowMapBuffer(c.copy(), odd),
    'new (_, _, size)': (odd) => new SlidingWindowMapBuffer(c.copy(), 0, odd),
    'new (_, _, _, flags)': (odd) => new SlidingWindowMapBuffer(c.copy(), 0, 1, odd),
    'beginAccess(_, offset)': (odd) => kept.beginAccess(undefined, odd),
    'beginAccess(_, _, size)': (odd) => kept.beginAccess(undefined, 0, odd),
    'beginAccess(_, _, _, flags)': (odd) => kept.beginAccess(undefined, 0, 1, odd),
  }
  t.deepEqual(refusals(calls, WRONG_TYPES, 'ERR_INVALID_ARG_TYPE', TypeError), [])
  const numbers = WRONG_NUMBERS.filter((odd) => odd !== Infinity)
  t.deepEqual(refusals(calls, numbers, 'ERR_OUT_OF_RANGE', RangeError), [])
  t.deepEqual([kept.length, kept.at(0)], [F10 - 100, f10[100]], 'still where it began')
  for (const odd of [{}, 5, 'x', true] as unknown as WindowCursor[]) {
    t.throws(() => new SlidingWindowMapBuffer(odd), { code: 'ERR_INVALID_ARG_TYPE' })
    t.throws(() => kept.beginAccess(odd), { code: 'ERR_INVALID_ARG_TYPE' })
  }
})

/** What a read gives: its number, or the code of its error. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return read()
  } catch (error) {
    return (error as CodedError).code
  }
}

test('reading a number at an odd place is what Buffer says of it', (t) => {
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(tempFile(t, f10).path))
  for (const odd of [...WRONG_TYPES, ...FRACTIONS, -1, F10 - 3, F10, 2 ** 32, 2 ** 53] as number[]) {
    t.is(
      outcomeOf(() => buf.readUInt32LE(odd)),
      outcomeOf(() => f10.readUInt32LE(odd)),
      inspect(odd),
    )
    t.is(
      outcomeOf(() => buf.readDoubleBE(odd)),
      outcomeOf(() => f10.readDoubleBE(odd)),
      inspect(odd),
    )
    t.is(
      outcomeOf(() => buf.readUIntBE(0, odd)),
      outcomeOf(() => f10.readUIntBE(0, odd)),
      inspect(odd),
    )
  }
})

test('an odd index is what Uint8Array makes of it', (t) => {
  const buf = new SlidingWindowMapBuffer(sliding(t).makeCursor(tempFile(t, f10).path))
  for (const odd of [
    Number.NaN,
    1.5,
    -1.5,
    Infinity,
    -Infinity,
    '5',
    null,
    F10,
    -F10 - 1,
    2 ** 53,
  ] as number[]) {
    t.is(buf.at(odd), f10.at(odd), inspect(odd))
    t.deepEqual(buf.slice(odd, 100), Buffer.from(f10.subarray(odd, 100)), inspect(odd))
    t.deepEqual(buf.slice(0, odd), Buffer.from(f10.subarray(0, odd)), inspect(odd))
  }
})
