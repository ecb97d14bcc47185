/**
 * @file The built-in methods that touch memory of ours, as they were when this module was loaded. A program
 * can replace methods of the prototypes of DataView and Uint8Array, or `set` of an array it hands us; its
 * method would then be called with memory that nothing keeps mapped. Knows nothing of panes.
 */

type Methods = Extract<keyof DataView, `get${string}` | `set${string}`>

const METHODS = Object.getOwnPropertyNames(DataView.prototype).filter((name): name is Methods =>
  /^[gs]et[A-Z]/.test(name),
)

/** Without the type parameter that DataView has since TypeScript 5.7: older compilers read this too. */
const View: new (memory: ArrayBuffer, byteOffset?: number, byteLength?: number) => DataView = DataView

/**
 * A DataView whose methods are the built-in ones, even if DataView's prototype is changed. As fast as one.
 */
export class OwnDataView extends View {
  static {
    for (const name of METHODS) {
      Object.defineProperty(this.prototype, name, { value: DataView.prototype[name] })
    }
    Object.freeze(this.prototype)
  }
}

/** A Map whose methods are the built-in ones. */
export class OwnMap<K, V> extends Map<K, V> {
  static {
    for (const name of ['get', 'set', 'delete'] as const) {
      Object.defineProperty(this.prototype, name, { value: Map.prototype[name] })
    }
    Object.freeze(this.prototype)
  }
}

const Bytes = Uint8Array
const { apply } = Reflect
const TypedArray = Object.getPrototypeOf(Bytes.prototype) as Uint8Array
const { set } = TypedArray
const { indexOf: indexOfBytes } = Buffer.prototype
const { indexOf: indexOfByte } = TypedArray
const lengthOf = Object.getOwnPropertyDescriptor(TypedArray, 'length')?.get as () => number
const bufferOf = Object.getOwnPropertyDescriptor(TypedArray, 'buffer')?.get as () => ArrayBufferLike
const offsetOf = Object.getOwnPropertyDescriptor(TypedArray, 'byteOffset')?.get as () => number
const byteLengthOf = Object.getOwnPropertyDescriptor(TypedArray, 'byteLength')?.get as () => number

/**
 * How many elements a typed array has at this moment, whatever its own `length` property says; 0 if its
 * memory was moved.
 */
export function trueLength(array: NodeJS.TypedArray): number {
  return apply(lengthOf, array, [])
}

/** The bytes under a typed array at this moment, of whatever kind and realm it is. */
export function bytesUnder(array: NodeJS.TypedArray): Uint8Array {
  return new Bytes(apply(bufferOf, array, []), apply(offsetOf, array, []), apply(byteLengthOf, array, []))
}

/** Copies `size` bytes from `from` on of `memory` to `target` from `start` on. */
export function copyInto(
  target: Uint8Array,
  start: number,
  memory: ArrayBuffer,
  from: number,
  size: number,
): void {
  apply(set, target, [new Bytes(memory, from, size), start])
}

/** A copy of our own: what a program hands us may change while we use it. */
export function copyOf(bytes: Uint8Array): Uint8Array {
  const copy = new Bytes(trueLength(bytes))
  // If its memory was moved there is nothing to copy, and `set` would throw.
  if (copy.length > 0) apply(set, copy, [bytes])
  return copy
}

/**
 * The index of `needle`, a copy of ours, in the `size` bytes of `memory` from `from` on, counted from there;
 * or −1.
 */
export function indexIn(memory: ArrayBuffer, from: number, size: number, needle: Uint8Array): number {
  const bytes = new Bytes(memory, from, size)
  // A typed array's own search looks for one element, Buffer's for bytes.
  return needle.length === 1 ? apply(indexOfByte, bytes, [needle[0]]) : apply(indexOfBytes, bytes, [needle])
}
