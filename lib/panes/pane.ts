/**
 * @file Exposed panes: mapped memory that programs have views of, and the Buffers over it. Unmaps nothing.
 */

/**
 * Mapped bytes of a file that the program has views of: the first one in `memory` is byte `offset` of the
 * file.
 */
export class Pane {
  declare readonly memory: ArrayBuffer
  /** Offset in the file, in bytes. */
  declare readonly offset: number
  /** Exclusive. */
  declare readonly end: number

  constructor(memory: ArrayBuffer, offset: number) {
    this.memory = memory
    this.offset = memory.byteLength === 0 ? Infinity : offset
    this.end = memory.byteLength === 0 ? 0 : offset + memory.byteLength
  }
}

/**
 * Whether the program has moved the memory away, by `transfer()`. Its views are empty then; new ones need a
 * new pane.
 */
export function isMoved(pane: Pane): boolean {
  return pane.memory.byteLength === 0
}

/** A pane that includes no offset. */
export const NO_PANE: Pane = new Pane(new ArrayBuffer(0), 0)

type BufferClass = new (memory: ArrayBuffer, offset: number, length: number) => Buffer

/**
 * The class of Node's Buffers: `new` with it makes a true Buffer in 16 ns, where `Buffer.from` takes 28. In a
 * runtime with another species, `Buffer.from` does it.
 */
export const View: BufferClass = findBufferClass()

function findBufferClass(): BufferClass {
  // Looked up once, when this is loaded: a program may replace it later.
  const species = (Buffer as unknown as { [Symbol.species]: BufferClass })[Symbol.species]
  const isBufferClass = species !== undefined && Buffer.isBuffer(new species(new ArrayBuffer(1), 0, 1))
  return isBufferClass ? species : (fromMemory as unknown as BufferClass)
}

function fromMemory(memory: ArrayBuffer, offset: number, length: number): Buffer {
  return Buffer.from(memory, offset, length)
}
