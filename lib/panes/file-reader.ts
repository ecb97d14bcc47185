/**
 * @file The read path: how bytes of a file reach a program, in place or by a read. Knows its region cursor;
 * no public API.
 */
import { FileTruncatedError } from '../errors/smmap-errors.js'
import { BLOCK, blockMemory, Burst, holdBlock } from './burst.js'
import { type Cells, NO_CELLS } from './cells.js'
import { bytesUnder, copyInto, indexIn, OwnDataView } from './primordials.js'
import { ANY, type RegionCursor } from './region-cursor.js'

/** Where a few bytes are put that are not in one pane. */
const scratch = new Uint8Array(8)
const scratchData = new OwnDataView(scratch.buffer)

/** How the owner of a cursor has its say in what is read by it. */
export interface Owner {
  /** Throws when the cursor may no longer be used. */
  readonly check: () => void
  /** Moves the cursor to `size` bytes at `offset`; `ANY`: to the region there, wherever it ends. */
  readonly lead: (offset: number, size: number) => void
  /** Whether the cursor stays on a region that was only read in place. */
  readonly stays: boolean
}

/**
 * Reads a stretch of a file. A byte comes from the first that has it:
 *
 * ```text
 *   cells.paneAt(offset)    seen in place: no native call            some 10 ns, and the memory's own latency
 *   cursor.readLone         not mapped: pread                        0.6 µs; from the second burst on
 *                           numbers of one block come from a read of it all
 *   cursor.reach, open      mapped, or earned a map: from then on seen in place
 *   cursor.readInto         what lacks a page, and the file's last page
 * ```
 *
 * What was read in place is an answer only if `cells.isTrue` says so afterwards; if not, the file itself is
 * read, which has the bytes, or throws. No code of the program's runs in here: what it handed over is numbers
 * and arrays by now.
 */
export class FileReader {
  declare readonly cursor: RegionCursor
  /** Offset in the file of the byte with index 0. */
  declare readonly begin: number
  declare readonly length: number
  readonly #owner: Owner
  readonly #burst = new Burst()

  constructor(cursor: RegionCursor, begin: number, length: number, owner: Owner) {
    this.cursor = cursor
    this.begin = begin
    this.length = length
    this.#owner = owner
  }

  /** What is seen of the file in place: nothing once the cursor is closed. */
  get cells(): Cells {
    return this.cursor.cells
  }

  /** The cursor, if it may still be used. */
  get source(): RegionCursor {
    this.#owner.check()
    return this.cursor
  }

  /** The `size` bytes (at most 8) at an offset in the file, until the next call. */
  copied(offset: number, size: number): OwnDataView {
    if (this.#burst.has(offset, size)) {
      this.#owner.check()
      this.#burst.give(scratchData, offset, size)
    } else {
      this.copy(scratch, 0, offset, offset + size)
    }
    return scratchData
  }

  /** Copies the bytes [begin, end) of the file into `target` from `start` on. */
  copy(target: Uint8Array, start: number, begin: number, end: number): void {
    let offset = begin
    while (offset < end) {
      const to = start + offset - begin
      const { cells } = this
      const pane = cells.paneAt(offset)
      const place = cells.placeIn(pane, offset, 1)
      if (place < 0) {
        offset += this.#read(target, to, end - offset, offset)
        continue
      }
      const stop = Math.min(end, pane.end)
      copyInto(target, to, pane.memory, place, stop - offset)
      if (!cells.isTrue(pane, stop - pane.begin - 1)) this.#readPlain(target, to, stop - offset, offset)
      offset = stop
    }
  }

  /**
   * The `size` bytes at `offset` of the file, at most a window: a view, or a copy where there can be none.
   */
  view(offset: number, size: number): Buffer {
    this.#owner.check()
    this.#owner.lead(offset, size)
    try {
      return this.cursor.view(offset, size)
    } finally {
      if (!this.#owner.stays) this.cursor.leave()
    }
  }

  /** Reads at most `size` bytes that are not seen in place; how many. 0: now they are seen. */
  #read(target: Uint8Array, to: number, size: number, offset: number): number {
    this.#owner.check()
    const isUse = this.#burst.count(offset)
    const isNumber = target === scratch && to === 0
    const isRead =
      isNumber && this.#burst.isLong && this.cursor.regions.mayHold
        ? this.#readBlock(size, offset, isUse)
        : this.cursor.readLone(target, to, size, offset, isUse)
    if (isRead) return size
    return this.#open(offset) ? 0 : this.#readPlain(target, to, size, offset)
  }

  /** As `readLone` into `scratch`, with the whole block. */
  #readBlock(size: number, offset: number, isUse: boolean): boolean {
    const { cursor } = this
    const begin = offset - (offset % BLOCK)
    const end = Math.min(begin + BLOCK, cursor.fileSize)
    const { damage } = cursor
    try {
      if (!cursor.readLone(blockMemory(), 0, end - begin, begin, isUse)) return false
      holdBlock(this.#burst, begin, end)
    } catch (error) {
      if (!(error instanceof FileTruncatedError)) throw error
      cursor.damage = damage
    }
    // It may reach into the next block; and where that one's end is gone, what is asked for may be there.
    if (!this.#burst.has(offset, size)) return cursor.readLone(scratch, 0, size, offset, false)
    this.#burst.give(scratchData, offset, size)
    return true
  }

  /** Whether a pane that includes `offset` is seen now. */
  #open(offset: number): boolean {
    const { cursor } = this
    try {
      this.#owner.lead(offset, ANY)
    } catch (error) {
      // What the map lacks, the file may have.
      if (error instanceof FileTruncatedError || (error as NodeJS.ErrnoException).code === 'EIO') return false
      throw error
    }
    const { cells, region } = cursor
    const isSeen = region !== null && cells.open(region, offset)
    if (!this.#owner.stays) cursor.leave()
    return isSeen
  }

  /** Reads the file itself, whatever is mapped. */
  #readPlain(target: Uint8Array, to: number, size: number, offset: number): number {
    const bytes = bytesUnder(target)
    this.cursor.readInto(new Uint8Array(bytes.buffer, bytes.byteOffset + to, size), offset)
    return size
  }

  /**
   * Where `needle`, a copy of ours, begins in what is seen in place from `begin` on, at most up to `end`: an
   * offset in the file; −1, and `to` the offset up to which there is no match. `to` is `begin` where nothing
   * can be said.
   */
  indexNear(needle: Uint8Array, begin: number, end: number): { at: number; to: number } {
    this.#owner.check()
    let pane = this.cells.paneAt(begin)
    let place = this.cells.placeIn(pane, begin, 1)
    if (place < 0) {
      this.#open(begin)
      pane = this.cells.paneAt(begin)
      place = this.cells.placeIn(pane, begin, 1)
      if (place < 0) return { at: -1, to: begin }
    }
    const stop = Math.min(end, pane.end)
    if (stop - begin < needle.length) return { at: -1, to: begin }
    const index = indexIn(pane.memory, place, stop - begin, needle)
    const seen = index < 0 ? stop : begin + index + needle.length
    if (!this.cells.isTrue(pane, seen - pane.begin - 1)) return { at: -1, to: begin }
    return index < 0 ? { at: -1, to: stop - needle.length + 1 } : { at: begin + index, to: stop }
  }
}

/** What reads nothing. */
export const NOTHING_TO_READ: FileReader = new FileReader({ cells: NO_CELLS } as RegionCursor, 0, 0, {
  check: () => {},
  lead: () => {},
  stays: true,
})
