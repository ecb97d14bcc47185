/**
 * @file Kinds of arguments: for each a right value, and odd ones with the answers they may have. Knows no
 * method.
 */
import { SlidingWindowMapManager, WindowCursor } from 'smmap'

/**
 * A value to call with, and the codes its error may have; none listed: an answer is right too, or any
 * `ERR_…`.
 */
export interface Odd {
  readonly name: string
  /** What it has in common with others: gaps are known by it. */
  readonly group: string
  readonly value: unknown
  readonly codes: readonly string[]
  /** What the error's message must have. */
  readonly says?: RegExp
}

/** A value that is made for each call. */
export class Fresh {
  constructor(readonly make: () => unknown) {}
}

/** An argument of a method. */
export interface Kind {
  readonly right: unknown
  readonly odds: readonly Odd[]
}

const TYPE = 'ERR_INVALID_ARG_TYPE'
const VALUE = 'ERR_INVALID_ARG_VALUE'
const RANGE = 'ERR_OUT_OF_RANGE'

type Values = Readonly<Record<string, unknown>>

const NO_OBJECT: Values = {
  null: null,
  '5': 5,
  "'x'": 'x',
  true: true,
  'Symbol()': Symbol('x'),
  '() => 1': () => 1,
}
const NO_NUMBER: Values = {
  null: null,
  "'5'": '5',
  "''": '',
  true: true,
  '{}': {},
  '[]': [],
  'Symbol()': Symbol('5'),
  '() => 5': () => 5,
}
const NO_OFFSET: Values = {
  NaN,
  '1.5': 1.5,
  '-1': -1,
  '-Infinity': -Infinity,
  '2**53': 2 ** 53,
  '1e300': 1e300,
  '2n**53n': 2n ** 53n,
  '-1n': -1n,
}
/** Objects that look like bytes, and are none. */
const LOOKALIKES: Values = {
  'Object.create(Uint8Array.prototype)': Object.create(Uint8Array.prototype),
  'Object.create(Buffer.prototype)': Object.create(Buffer.prototype),
  'new Proxy(Buffer)': new Proxy(Buffer.from('a'), {}),
  '{ length: 1, 0: 97 }': { length: 1, 0: 97 },
  'new ArrayBuffer(4)': new ArrayBuffer(4),
}
const NO_BYTES: Values = {
  ...LOOKALIKES,
  null: null,
  true: true,
  '{}': {},
  '[]': [],
  'Symbol()': Symbol('x'),
  'new Uint16Array(2)': new Uint16Array(2),
}

function odds(values: Values, ...codes: string[]): Odd[] {
  return Object.entries(values).map(([name, value]) => ({ name, group: groupOf(name), value, codes }))
}

function groupOf(name: string): string {
  if (name === 'Symbol()') return 'symbols'
  if (/^-?\d.*n$/.test(name)) return 'bigints'
  return name in LOOKALIKES || name.startsWith('Object.create') ? 'look-alikes' : 'values of no use'
}

function kind(right: unknown, ...groups: readonly (readonly Odd[])[]): Kind {
  return { right, odds: groups.flat() }
}

/** An offset, size or count in a file: a safe integer, also as bigint. */
export function integer(right: number | undefined, infinity: 'Infinity' | 'finite' = 'finite'): Kind {
  const numbers = odds(NO_OFFSET, RANGE)
  const positive = infinity === 'finite' ? odds({ Infinity }, RANGE) : odds({ Infinity })
  return kind(right, odds(NO_NUMBER, TYPE), numbers, positive)
}

/** An integer that may be negative: where a file's offset is asked about, or clients are counted. */
export function signed(right: number): Kind {
  const { NaN: nan, '1.5': fraction } = NO_OFFSET
  return kind(right, odds(NO_NUMBER, TYPE), odds({ NaN: nan, '1.5': fraction }, RANGE))
}

/** A `number` only, as Buffer's `read…` methods take it. */
export function place(right: number): Kind {
  const { '2n**53n': large, '-1n': negative, ...numbers } = NO_OFFSET
  return kind(
    right,
    odds({ ...NO_NUMBER, '2n**53n': large, '-1n': negative }, TYPE),
    odds({ ...numbers, Infinity }, RANGE),
  )
}

/** An edge of a range: an integer, also as bigint, negative or infinite. */
export function edge(right: number): Kind {
  const { '-1': last, '-Infinity': first, '-1n': big, ...wrong } = NO_OFFSET
  return kind(
    right,
    odds(NO_NUMBER, TYPE),
    odds(wrong, RANGE),
    odds({ '-1': last, '-Infinity': first, '-1n': big, Infinity, undefined }),
  )
}

/** An index that is clamped: all that `Uint8Array.prototype.slice` takes, so that an answer is right. */
export const index: Kind = kind(0, odds(NO_NUMBER), odds(NO_OFFSET), odds({ Infinity, undefined }))

/** What is tried and has no answer of its own: only the code of its error matters. */
export function loose(right: unknown): Kind {
  return kind(right, odds(NO_NUMBER), odds(NO_OFFSET))
}

export const target: Kind = kind(Buffer.alloc(4), odds({ ...NO_BYTES, undefined, '5': 5, "'x'": 'x' }, TYPE))

/** Of `indexOf` and its kin. */
export const needle: Kind = kind('a', odds({ ...NO_BYTES, undefined, '5n': 5n }, TYPE))

/** Of searches off the main thread. */
export const pattern: Kind = kind(
  'a',
  odds(
    {
      ...NO_BYTES,
      undefined,
      '5': 5,
      '5n': 5n,
      '{ regex: 5 }': { regex: 5 },
      '{ regex: null }': { regex: null },
    },
    TYPE,
  ),
  odds({ "{ regex: '(' }": { regex: '(' } }, VALUE),
)

/** The same, where it may be left out. */
export function optional({ right, odds: all }: Kind): Kind {
  return kind(
    right,
    all.filter(({ value }) => value !== undefined),
  )
}

/** Text or bytes as an option. */
export const bytes: Kind = kind('a', odds({ ...NO_BYTES, '5': 5 }, TYPE))

/** Bytes only. */
export function savedBytes(right: Buffer): Kind {
  return kind(right, odds({ ...NO_BYTES, undefined, '5': 5, "'x'": 'x' }, TYPE))
}

/** A path, or an open file. */
export function file(right: string): Kind {
  const numbers = { '-1': -1, '1.5': 1.5, NaN, '2**31': 2 ** 31 }
  return kind(right, odds(NO_PATH, TYPE), odds({ 'a NUL': 'a\0b' }, VALUE), odds(numbers, RANGE))
}

/** A path, and no descriptor. */
export function path(right: string): Kind {
  return kind(right, odds({ ...NO_PATH, '5': 5 }, TYPE), odds({ 'a NUL': 'a\0b' }, VALUE))
}

const NO_PATH: Values = { ...NO_BYTES, undefined, '5n': 5n, '() => 1': () => 1 }

/** A class of typed arrays. */
export const typedArray: Kind = kind(
  Uint16Array,
  odds(
    {
      ...NO_OBJECT,
      undefined,
      '{}': {},
      Array,
      'a class with a unit': Object.assign(() => {}, { BYTES_PER_ELEMENT: 2 }),
    },
    TYPE,
  ),
)

/** A cursor that may be left out, or must not. */
export function cursor(right: unknown, isOptional: boolean): Kind {
  const { null: none, ...others } = NO_OBJECT
  const lookalike = { 'Object.create(WindowCursor.prototype)': Object.create(WindowCursor.prototype) }
  const wrong = { ...others, '{}': {}, ...lookalike, ...(isOptional ? {} : { null: none, undefined }) }
  return kind(right, odds(wrong, TYPE))
}

export function manager(right: unknown): Kind {
  const lookalike = { 'Object.create(Manager.prototype)': Object.create(SlidingWindowMapManager.prototype) }
  const missing = right === undefined ? {} : { undefined }
  return kind(right, odds({ ...NO_OBJECT, '{}': {}, ...missing, ...lookalike }, TYPE))
}

/** Any object of a kind that is checked by what it has. */
export function object(right: unknown): Kind {
  return kind(right, odds({ ...NO_OBJECT, undefined, '{}': {} }, TYPE))
}

/** A callback that must be given. */
export const callback: Kind = kind(
  () => {},
  odds({ null: null, '5': 5, "'x'": 'x', '{}': {}, undefined }, TYPE),
)

// Options, each of which may be left out.
const { '() => 1': functionValue, ...noFunction } = NO_OBJECT
export const handler: Kind = kind(() => {}, odds({ ...noFunction, '{}': {} }, TYPE))
export const signal: Kind = kind(
  new AbortController().signal,
  odds({ ...NO_OBJECT, '() => 1': functionValue, '{}': {} }, TYPE),
)
export const flag: Kind = kind(
  false,
  odds({ null: null, '1': 1, "'true'": 'true', '{}': {}, '[]': [] }, TYPE),
)

export function word(right: string): Kind {
  return kind(right, odds({ null: null, '5': 5, true: true, '{}': {}, 'Symbol()': Symbol('x') }, TYPE), [
    { name: "'no such word'", group: 'unknown words', value: 'no such word', codes: [VALUE] },
  ])
}

export function wordOrNull(right: string): Kind {
  return kind(
    right,
    word(right).odds.filter(({ value }) => value !== null),
  )
}

/** A name of an encoding, or of an algorithm: Node says of it what it says elsewhere. */
export function nameOf(right: string, ...codes: string[]): Kind {
  const wrong = { '5': 5, true: true, '{}': {}, 'Symbol()': Symbol('x'), "'no such'": 'no such' }
  return kind(right, odds(wrong, ...codes))
}

/** An object of options: what is no object, a name that nobody knows, and each option's own odd values. */
export function options(known: Readonly<Record<string, Kind>>, base: () => object = () => ({})): Kind {
  const fresh = (key: string, value: unknown) => new Fresh(() => ({ ...base(), [key]: value }))
  const whole = Object.entries({ ...NO_OBJECT, '[]': [] }).map(([name, value]) => {
    return { name, group: 'no object', value, codes: [TYPE] }
  })
  const unknown = Object.keys(known).map((key) => ({
    name: `{ ${misspelt(key)} }`,
    group: 'unknown names',
    value: fresh(misspelt(key), known[key]?.right),
    codes: [VALUE],
    says: new RegExp(`\\b${key}\\b`),
  }))
  const inner = Object.entries(known).flatMap(([key, { odds: own }]) =>
    own.map(({ name, group, value, codes }) => ({
      name: `{ ${key}: ${name} }`,
      group: `{ ${key} }: ${group}`,
      value: fresh(key, value),
      codes,
    })),
  )
  return kind(new Fresh(base), whole, unknown, inner)
}

/** As fingers do it: the last but one letter twice. */
function misspelt(key: string): string {
  return `${key.slice(0, -1)}${key.slice(-2)}`
}
