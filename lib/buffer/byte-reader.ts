/** @file Knows how to reach the bytes of a stretch of a file, whatever windows lie below; not what the bytes mean. */
import type { RegionCursor } from '../panes/region-cursor.js'
import { faults } from '../native.js'
import { SeenPanes } from '../panes/seen-panes.js'
import type { Extent } from '../jobs/search.js'

/** Found by itself, not by way of its module: this is a fifth of what a read costs. */
const missing: Int32Array = faults

const NONE_SEEN = new SeenPanes(null)

/** Where a few bytes are put that are read without a map. */
const scratch = new Uint8Array(8)
const scratchData = new DataView(scratch.buffer)

/** A stretch of a file as bytes with indices from 0 on. */
export abstract class ByteReader {
  /** What the bytes are read by; `null` while there is nothing to read. @internal */
  protected regionCursor: RegionCursor | null = null
  /** The panes it has read. @internal */
  protected seen: SeenPanes = NONE_SEEN
  /** Offset in the file of the byte with index 0. @internal */
  protected begin = 0
  #length = 0

  /** How many bytes there are. 0 while there is nothing to read; every method then does what it does on an empty Buffer. */
  get length(): number {
    return this.#length
  }

  /**
   * The byte at an index, as `Uint8Array.prototype.at`: negative ones count from the end, fractions are cut off.
   *
   * Near the byte read before, and in any region seen before, it costs some nanoseconds and no native call; elsewhere a read
   * of the file, until the window there has earned a map (see the manager's option `access`).
   *
   * @returns 0 to 255; `undefined` where there is no byte.
   * @throws As the cursor's `useRegion`, when another region has to be mapped · `ERR_SMMAP_FILE_TRUNCATED`
   */
  at(index: number): number | undefined {
    let at = Math.trunc(index) || 0
    if (at < 0) at += this.#length
    return at >= 0 && at < this.#length ? this.byteAt(at) : undefined
  }

  /** The region cursor where it is. Throws as {@link lead} when it may no longer be used. @internal */
  protected abstract source(cursor: RegionCursor | null): RegionCursor

  /** What is read at this moment. @internal */
  extent(): Extent {
    const { regionCursor: cursor, begin, length } = this
    return { cursor: cursor && this.source(cursor), begin, length }
  }

  /**
   * The region cursor, moved to where it can read `size` bytes at `offset` of the file; 0: as many as there are.
   * It is for the class that owns the cursor to say how, and to throw when it may no longer be used.
   *
   * @internal
   */
  protected abstract lead(offset: number, size: number): RegionCursor

  /** From now on the bytes are those of the file from `begin` on. @internal */
  protected attach(cursor: RegionCursor, begin: number, length: number): void {
    this.regionCursor = cursor
    this.seen = cursor.seen
    this.begin = begin
    this.#length = length
  }

  /** From now on there is nothing to read. @internal */
  protected detach(): void {
    this.regionCursor = null
    this.seen = NONE_SEEN
    this.begin = 0
    this.#length = 0
  }

  /** The byte at an index from 0 to `length - 1`. @internal */
  protected byteAt(index: number): number {
    const at = this.begin + index
    const place = this.seen.find(at, at + 1)
    if (place < 0) return this.copied(at, 1).getUint8(0)
    return this.confirmed(this.seen.data(place).getUint8(at - this.seen.begin(place)))
  }

  /** The `size` bytes (at most 8) at an offset in the file, where they are not in one pane at hand: until the next call. @internal */
  protected copied(offset: number, size: number): DataView {
    this.copyBytes(scratch, 0, offset, offset + size)
    return scratchData
  }

  /**
   * What was just read in place. Throws instead when a page was missing meanwhile: a file cut short reads as zeros, and
   * those are not its bytes.
   *
   * @internal
   */
  protected confirmed<T>(value: T): T {
    if (this.seen.faults !== missing[0]) this.regionCursor?.confirm()
    return value
  }

  /** Copies the bytes [begin, end) of the file into `target` from `start` on, pane by pane. @internal */
  protected copyBytes(target: Uint8Array, start: number, begin: number, end: number): void {
    let offset = begin
    while (offset < end) {
      const to = start + offset - begin
      const seen = this.seen.find(offset, offset + 1)
      const place = seen < 0 ? this.#reach(offset, target, to, end - offset) : seen
      if (place < 0) break
      const pane = this.seen.pane(place)
      const stop = Math.min(end, pane.end)
      target.set(pane.bytes.subarray(offset - pane.begin, stop - pane.begin), to)
      offset = stop
    }
    this.confirmed(target)
  }

  /** The place of a pane with the byte at `offset`; or −1, and then `size` bytes were read into `target` from `start` on. */
  #reach(offset: number, target: Uint8Array, start: number, size: number): number {
    const cursor = this.source(this.regionCursor)
    const block = cursor.blockNear(offset)
    if (block >= 0) return block
    return cursor.readLone(target, start, size, offset) ? -1 : this.lead(offset, 0).placeAt(offset)
  }
}
