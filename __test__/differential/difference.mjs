/** @file What is wrong, with all that is needed to see it again. */

export class Difference extends Error {}

/** An answer as a few words. */
export function inShort(value) {
  if (value instanceof Error) return `${value.name} ${value.code}: ${value.message}`.slice(0, 200)
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, Math.min(value.byteLength, 24))
    return `${value.constructor.name} of ${value.length}: ${bytes.toString('hex')}…`
  }
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'symbol') return String(value)
  if (typeof value === 'function') return value.name
  return String(JSON.stringify(value)).slice(0, 120)
}

/** Whether two answers are the same: numbers as `Object.is`, bytes and lists by what is in them. */
export function isSame(one, other) {
  if (Object.is(one, other)) return true
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) return isSameBytes(one, other)
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((value, at) => isSame(value, other[at]))
  }
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const keys = Object.keys(one)
  return keys.length === Object.keys(other).length && keys.every((key) => isSame(one[key], other[key]))
}

function isSameBytes(one, other) {
  if (one.constructor !== other.constructor || one.byteLength !== other.byteLength) return false
  const bytes = Buffer.from(other.buffer, other.byteOffset, other.byteLength)
  return bytes.equals(new Uint8Array(one.buffer, one.byteOffset, one.byteLength))
}
