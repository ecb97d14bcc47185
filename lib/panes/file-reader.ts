/**
 * @file The read path: how bytes of a file reach a program, in place or by a read. Knows its region cursor,
 * and no public API.
 */
import { FileTruncatedError } from '../errors/smmap-errors.js'
import { BLOCK, blockMemory, Burst, holdBlock } from './burst.js'
import { type Cells, NO_CELLS } from './cells.js'
import { bytesUnder, copyInto, indexIn, OwnDataView } from './primordials.js'
import { ANY, type RegionCursor } from './region-cursor.js'

/** Memory for a few bytes that are not in one pane. */
const scratch = new Uint8Array(8)
const scratchData = new OwnDataView(scratch.buffer)

/** What the owner of a cursor decides when it is read by. */
export interface Owner {
  /** Throws when the cursor may no longer be used. */
  readonly check: () => void
  /** Moves the cursor to `size` bytes at `offset`; `ANY`: to the region there, wherever it ends. */
  readonly lead: (offset: number, size: number) => void
  /** Whether the cursor stays on a region that was only read in place. */
  readonly stays: boolean
}

/**
 * Reads a range of a file. The idea: bytes that this thread has seen before are read in place, by arithmetic
 * and without a native call. All others cost one native call, which either reads them or maps their window,
 * so that the next read is in place. A byte comes from the first line that has it:
 *
 * ```text
 *   cells.paneAt(offset)    seen before: read in place, no native call     10 ns, and the memory's latency
 *   burst                   a number of a block that was just read         no native call
 *   cursor.readLone         not mapped: one pread                          0.6 µs
 *   cursor.reach, open      mapped, or has earned a map: from now on read in place
 *   cursor.readInto         lacks a page, or is in the file's last page: read from the file
 * ```
 *
 * A read in place is an answer only if `cells.isTrue` says so afterwards. If not, the file itself is read,
 * which gives the bytes or throws. No code of the program runs in here: its arguments are numbers and arrays
 * of our own by now.
 */
export class FileReader {
  declare readonly cursor: RegionCursor
  /** Offset in the file of the byte with index 0. */
  declare readonly origin: number
  declare readonly length: number
  readonly #owner: Owner
  readonly #burst = new Burst()

  constructor(cursor: RegionCursor, origin: number, length: number, owner: Owner) {
    this.cursor = cursor
    this.origin = origin
    this.length = length
    this.#owner = owner
  }

  /** What is seen of the file in place; nothing once the cursor is closed. */
  get cells(): Cells {
    return this.cursor.cells
  }

  /** The cursor, if it may still be used. */
  get source(): RegionCursor {
    this.#owner.check()
    return this.cursor
  }

  /** The `size` bytes (at most 8) at an offset in the file; valid until the next call. */
  copied(offset: number, size: number): OwnDataView {
    if (this.#burst.has(offset, size)) {
      this.#owner.check()
      this.#burst.give(scratchData, offset, size)
    } else {
      this.copy(scratch, 0, offset, offset + size)
    }
    return scratchData
  }

  /** Copies the bytes [start, end) of the file into `target` from `index` on. */
  copy(target: Uint8Array, index: number, start: number, end: number): void {
    let offset = start
    while (offset < end) {
      const to = index + offset - start
      // Looked up in each round: the read below may have opened the file, and only then are there cells.
      const { cells } = this
      const pane = cells.paneAt(offset)
      const found = cells.locate(pane, offset, 1)
      if (found < 0) {
        offset += this.#read(target, to, end - offset, offset)
        continue
      }
      const stop = Math.min(end, pane.end)
      copyInto(target, to, pane.memory, found, stop - offset)
      if (!cells.isTrue(pane, stop - pane.offset - 1)) this.#readPlain(target, to, stop - offset, offset)
      offset = stop
    }
  }

  /**
   * The `size` bytes at `offset` of the file, at most a window: a view, or a copy where there can be no view.
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

  /** Reads at most `size` bytes that are not seen in place, and returns how many. 0: now they are seen. */
  #read(target: Uint8Array, to: number, size: number, offset: number): number {
    this.#owner.check()
    const isUse = this.#burst.count(offset)
    // Only numbers are answered from a block; larger copies gain nothing by reading more than they need.
    const isNumber = target === scratch && to === 0
    const isRead =
      isNumber && this.#burst.isLong && this.cursor.regions.mayHold
        ? this.#readBlock(size, offset, isUse)
        : this.cursor.readLone(target, to, size, offset, isUse)
    if (isRead) return size
    return this.#open(offset) ? 0 : this.#readPlain(target, to, size, offset)
  }

  /** As `readLone` into `scratch`, but it reads the whole block. */
  #readBlock(size: number, offset: number, isUse: boolean): boolean {
    const { cursor } = this
    const start = offset - (offset % BLOCK)
    const end = Math.min(start + BLOCK, cursor.fileSize)
    // The block may reach past the file's new end where the number does not: that must not count as damage.
    const { damage } = cursor
    try {
      if (!cursor.readLone(blockMemory(), 0, end - start, start, isUse)) return false
      holdBlock(this.#burst, start, end)
    } catch (error) {
      if (!(error instanceof FileTruncatedError)) throw error
      cursor.damage = damage
    }
    // The number may reach into the next block, or the block could not be read as a whole.
    if (!this.#burst.has(offset, size)) return cursor.readLone(scratch, 0, size, offset, false)
    this.#burst.give(scratchData, offset, size)
    return true
  }

  /** Moves to the region at `offset` and makes a pane there. False: it cannot be read in place. */
  #open(offset: number): boolean {
    const { cursor } = this
    try {
      this.#owner.lead(offset, ANY)
    } catch (error) {
      // A page is missing under the map; the file itself may still have the bytes.
      if (error instanceof FileTruncatedError || (error as NodeJS.ErrnoException).code === 'EIO') return false
      throw error
    }
    const { cells, region } = cursor
    const isSeen = region !== null && cells.open(region, offset)
    if (!this.#owner.stays) cursor.leave()
    return isSeen
  }

  /** Reads the file itself, whether it is mapped or not. */
  #readPlain(target: Uint8Array, to: number, size: number, offset: number): number {
    const bytes = bytesUnder(target)
    this.cursor.readInto(new Uint8Array(bytes.buffer, bytes.byteOffset + to, size), offset)
    return size
  }

  /**
   * Searches the bytes that are seen in place from `start` on, at most up to `end`, for `needle`, a copy of
   * ours. `at` is the offset of the first match in the file, or −1; then there is none before `to`. `to` is
   * `start` if nothing could be searched.
   */
  indexNear(needle: Uint8Array, start: number, end: number): { at: number; to: number } {
    this.#owner.check()
    let pane = this.cells.paneAt(start)
    let found = this.cells.locate(pane, start, 1)
    if (found < 0) {
      this.#open(start)
      pane = this.cells.paneAt(start)
      found = this.cells.locate(pane, start, 1)
      if (found < 0) return { at: -1, to: start }
    }
    const stop = Math.min(end, pane.end)
    if (stop - start < needle.length) return { at: -1, to: start }
    const index = indexIn(pane.memory, found, stop - start, needle)
    const seen = index < 0 ? stop : start + index + needle.length
    if (!this.cells.isTrue(pane, seen - pane.offset - 1)) return { at: -1, to: start }
    return index < 0 ? { at: -1, to: stop - needle.length + 1 } : { at: start + index, to: stop }
  }
}

/** A reader of no file. */
export const NOTHING_TO_READ: FileReader = new FileReader({ cells: NO_CELLS } as RegionCursor, 0, 0, {
  check: () => {},
  lead: () => {},
  stays: true,
})
