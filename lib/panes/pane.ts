/** @file Knows a piece of a file in memory and the Buffers over it; not whether it is mapped or copied. */

/** What panes ask of the region they are over. */
export interface PaneRegion {
  /** Names the region in calls, while it is mapped. */
  readonly slot: number
  /** Whether it is in the cache, as far as is known here. */
  readonly isMapped: boolean
  /** Offset in the file of its first byte. */
  readonly begin: number
  /** Exclusive. */
  readonly end: number
  /** A pane for our own reading that includes that offset, if there is one. */
  inner(offset: number): Pane | undefined
  /** Throws when the region is gone, or its file was cut below it. */
  verify(): void
}

/** Bytes of a file in memory: the first one in `memory` is byte `begin` of the file. */
export class Pane {
  readonly memory: ArrayBuffer
  /** Offset in the file, in bytes. */
  begin: number
  /** Exclusive. */
  end: number
  readonly bytes: Uint8Array
  readonly data: DataView
  /** What it is over; `null` for a copy. */
  readonly region: PaneRegion | null
  /** The region's, without a look at it. */
  readonly slot: number
  /** Whether its memory went with its region. */
  isGone = false

  constructor(memory: ArrayBuffer, begin: number, region: PaneRegion | null = null) {
    this.memory = memory
    this.begin = memory.byteLength === 0 ? Infinity : begin
    this.end = memory.byteLength === 0 ? 0 : begin + memory.byteLength
    this.bytes = new Uint8Array(memory)
    this.data = new DataView(memory)
    this.region = region
    this.slot = region === null ? -1 : region.slot
  }

  /** From now on it includes no offset: its memory has gone. */
  dismiss(): void {
    this.isGone = true
    this.begin = Infinity
    this.end = 0
  }
}

/** Whether the program has moved the memory away, by `transfer()`: the views it had are empty, new ones need a new pane. */
export function isMoved(pane: Pane): boolean {
  return pane.memory.byteLength === 0
}

/** A pane that includes no offset. */
export const NO_PANE: Pane = new Pane(new ArrayBuffer(0), 0)

type BufferClass = new (memory: ArrayBuffer, offset: number, length: number) => Buffer

/**
 * The class behind Node's Buffers: `new` with it makes a true Buffer in 16 ns where `Buffer.from` takes 28. A runtime
 * whose species is something else gets `Buffer.from`.
 */
export const View: BufferClass = findBufferClass()

function findBufferClass(): BufferClass {
  const species = (Buffer as unknown as { [Symbol.species]: BufferClass })[Symbol.species]
  const isBufferClass = species !== undefined && Buffer.isBuffer(new species(new ArrayBuffer(1), 0, 1))
  return isBufferClass ? species : (fromMemory as unknown as BufferClass)
}

function fromMemory(memory: ArrayBuffer, offset: number, length: number): Buffer {
  return Buffer.from(memory, offset, length)
}
