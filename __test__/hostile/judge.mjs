/**
 * @file Whether an answer is an error or the files' bytes. Knows that one is full of 7 and the other of 8.
 */

import { Readable } from 'node:stream'
import { LONG, SHORT } from './world.mjs'

const ENOUGH = 3
const PATIENCE = 2000

/**
 * What is wrong with what a call gives, and with what the world's buffer answers afterwards; `''`: nothing.
 */
export async function judge(call, world) {
  let fault
  try {
    fault = faultOf(await settled(call()))
  } catch (error) {
    if (error === LATE) return 'still waiting'
    fault = error instanceof Error ? '' : `throws ${String(error)}`
  }
  return fault || faultOfTarget(world) || afterwards(world)
}

const LATE = Symbol('late')

/** What a call gives in the end: some of what an iteration or a stream does. */
async function settled(result) {
  let timer
  const late = new Promise((_, reject) => (timer = setTimeout(reject, PATIENCE, LATE)))
  try {
    return await Promise.race([take(result), late])
  } finally {
    clearTimeout(timer)
  }
}

async function take(result) {
  const value = await result
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || Array.isArray(value))
    return value
  const iterable =
    value instanceof ReadableStream || value instanceof Readable || typeof value.next === 'function'
  if (!iterable && value.constructor?.name !== 'Iteration') return value
  const list = []
  for await (const part of value) {
    list.push(part)
    if (list.length >= ENOUGH) break
  }
  return list
}

function faultOf(value) {
  if (Array.isArray(value)) return value.map((part) => faultOf(part)).find((fault) => fault !== '') ?? ''
  if (Buffer.isBuffer(value) || ArrayBuffer.isView(value)) return faultOfBytes(value)
  if (typeof value === 'string') return faultOfBytes(Buffer.from(value.slice(0, 1000), 'latin1'))
  return ''
}

function faultOfBytes(value) {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  // A hash or an index is 20 or more bytes of something else.
  if (bytes.length === 20 || bytes.length === 32) return ''
  const first = bytes[0]
  if (bytes.length === 0) return ''
  // A view of a file that was cut shows zeros behind its end, which is said; it has no other bytes.
  const isOurs = bytes.every((byte) => byte === first || byte === 0) && (first === 7 || first === 8)
  if (!isOurs) return `gives ${bytes.subarray(0, 16).toString('hex')}`
  const most = first === 8 ? SHORT : LONG
  return bytes.length <= most ? '' : `gives ${bytes.length} bytes of a file of ${most}`
}

const typedArray = Object.getPrototypeOf(Uint8Array.prototype)
const trueOf = (view, name) => Object.getOwnPropertyDescriptor(typedArray, name).get.call(view)

/**
 * Nothing but the files' bytes was written into a target, which was full of 9; whatever it says of itself.
 */
function faultOfTarget({ target }) {
  const length = ArrayBuffer.isView(target) ? trueOf(target, 'byteLength') : 0
  if (length === 0) return ''
  const bytes = Buffer.from(trueOf(target, 'buffer'), trueOf(target, 'byteOffset'), length)
  const index = bytes.findIndex((byte) => byte !== 7 && byte !== 8 && byte !== 9)
  return index < 0 ? '' : `writes ${bytes[index]} to index ${index} of its target`
}

/** The buffer reads on, or says why not. */
function afterwards({ buffer }) {
  for (const ask of [
    (it) => it.at(5),
    (it) => it.at(2 ** 16 + 5),
    (it) => it.slice(0, 4),
    (it) => it.readUInt32LE(8),
  ]) {
    try {
      const value = ask(buffer)
      const bytes = Buffer.isBuffer(value) ? [...value] : [value === undefined ? 7 : value & 255]
      if (bytes.some((byte) => byte !== 7 && byte !== 8)) return `reads ${bytes} afterwards`
    } catch (error) {
      if (!String(error.code).startsWith('E')) return `afterwards: ${error.stack}`
    }
  }
  return ''
}
