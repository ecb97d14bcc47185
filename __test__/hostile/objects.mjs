/**
 * @file Hostile objects for each kind of argument: what a program's own code does in them is `act`. Knows no
 * method.
 */

import { runInNewContext } from 'node:vm'

/** What hostile objects were handed, to be read when all is closed. */
export const handed = []

const keep = (...values) =>
  handed.push(...values.filter((value) => typeof value === 'object' && value !== null))

/** Objects that act when they are asked for their value. */
const valued = (value, act) => ({
  valueOf: { valueOf: () => (act(), value) },
  toPrimitive: { [Symbol.toPrimitive]: () => (act(), value) },
  toString: { toString: () => (act(), String(value)) },
})

export const number = (value, act) => valued(value, act)
export const text = (value, act) => valued(value, act)

/** Options that act when they are looked at; and each option hostile by itself. */
export function options(value, act, kinds) {
  const whole = {
    proxy: new Proxy(value, {
      get: (target, key) => (act(), target[key]),
      has: (target, key) => (act(), key in target),
      ownKeys: (target) => (act(), Reflect.ownKeys(target)),
    }),
    getters: Object.defineProperties(
      {},
      Object.fromEntries(
        Object.keys(value).map((key) => [key, { enumerable: true, get: () => (act(), value[key]) }]),
      ),
    ),
  }
  for (const [key, kind] of Object.entries(kinds)) {
    // One of each: the other kinds are tried where they are arguments.
    const [[name, odd]] = Object.entries(kind(value[key], act))
    whole[`${key} ${name}`] = { ...value, [key]: odd }
  }
  return whole
}

class Acting extends Uint8Array {
  act = () => {}
}

class WithSet extends Acting {
  set(source, offset) {
    keep(source)
    this.act()
    super.set(source, offset)
  }
}

class WithSubarray extends Acting {
  subarray(...args) {
    this.act()
    return super.subarray(...args)
  }

  slice(...args) {
    this.act()
    return super.slice(...args)
  }
}

class WithFields extends Acting {
  get length() {
    this.act()
    return 2 ** 20
  }

  get byteLength() {
    this.act()
    return 2 ** 20
  }

  get byteOffset() {
    this.act()
    return 0
  }

  get buffer() {
    this.act()
    return new ArrayBuffer(2 ** 20)
  }
}

class WithSpecies extends Acting {
  static get [Symbol.species]() {
    return class extends Uint8Array {
      constructor(...args) {
        keep(...args)
        super(...args)
      }
    }
  }
}

Object.defineProperty(WithSpecies.prototype, 'constructor', {
  get() {
    this.act?.()
    return WithSpecies
  },
})

function acting(Class, content, act) {
  const made = new Class(content)
  made.act = act
  return made
}

/** Bytes in every memory there is, and what only looks like bytes. */
export function bytes(value, act) {
  const plain = Uint8Array.from(Buffer.from(value))
  const detached = plain.slice()
  structuredClone(detached.buffer, { transfer: [detached.buffer] })
  const shared = new Uint8Array(new SharedArrayBuffer(plain.length))
  shared.set(plain)
  return {
    set: acting(WithSet, plain, act),
    subarray: acting(WithSubarray, plain, act),
    fields: acting(WithFields, plain, act),
    species: acting(WithSpecies, plain, act),
    detached,
    shared,
    realm: runInNewContext('Uint8Array.from(bytes)', { bytes: [...plain] }),
    lookalike: Object.create(Uint8Array.prototype),
    buffer: Object.create(Buffer.prototype),
    proxy: new Proxy(plain, { get: (target, key) => (act(), target[key]) }),
    arrayLike: { length: 4, 0: 7, 1: 7, 2: 7, 3: 7 },
    ...resizable(plain, act),
  }
}

/** Memory that changes its length, where the runtime has it. */
function resizable(plain, act) {
  const make = (view) => {
    const memory = new ArrayBuffer(plain.length, { maxByteLength: 2 * plain.length })
    new Uint8Array(memory).set(plain)
    return view(memory)
  }
  if (ArrayBuffer.prototype.resize === undefined) return {}
  const shrunk = make((memory) => new Uint8Array(memory, 0, plain.length))
  shrunk.buffer.resize(1)
  const tracking = make((memory) => new Uint8Array(memory))
  const shrinking = make((memory) => acting(WithFields, new Uint8Array(memory), act))
  return { shrunk, tracking, shrinking }
}

export const target = (value, act) => bytes(value, act)

/** Text and bytes to look for. */
export const needle = (value, act) => ({ ...bytes(value, act), ...text('a', act), regex: new Proxy(/a/, {}) })

export const pattern = (value, act) => ({
  ...needle(value, act),
  expression: {
    get regex() {
      return (act(), 'a')
    },
  },
  source: Object.defineProperty(/a/g, 'source', { get: () => (act(), 'a') }),
})

/** Classes that act when an array of them is made, and keep what they get. */
export const typedArray = (_value, act) => ({
  constructor: class extends Uint16Array {
    constructor(...args) {
      act()
      keep(...args)
      super(...args)
    }
  },
  unit: class extends Uint16Array {
    static get BYTES_PER_ELEMENT() {
      return (act(), 2)
    }
  },
  proxy: new Proxy(Uint16Array, { construct: (Class, args) => (act(), keep(...args), new Class(...args)) }),
  other: class extends Uint16Array {
    constructor(memory) {
      super(0)
      keep(memory)
      return { buffer: memory, length: 5 }
    }
  },
})

export const signal = (_value, act) => {
  const real = new AbortController().signal
  return {
    getter: {
      get aborted() {
        return (act(), false)
      },
      addEventListener: act,
      removeEventListener: act,
      throwIfAborted: act,
    },
    own: Object.defineProperties(real, {
      throwIfAborted: { value: act },
      aborted: { get: () => (act(), false) },
    }),
  }
}

export const callback = (_value, act) => ({ acts: act, later: async () => act() })

/** Paths and open files that are objects. */
export const path = (value, act) => ({
  ...text(value, act),
  url: {
    get href() {
      return (act(), `file://${value}`)
    },
    protocol: 'file:',
  },
  handle: {
    get fd() {
      return (act(), 0)
    },
  },
  bytes: acting(WithFields, Buffer.from(value), act),
})

/** Cursors, managers and readers that are none, or not themselves. */
export const own = (value, act) => ({
  lookalike: Object.create(Object.getPrototypeOf(value ?? {})),
  proxy: new Proxy(value ?? {}, { get: (object, key) => (act(), object[key]) }),
})
