/** @file Knows how to reach the bytes of a stretch of a file, whatever windows lie below; not what the bytes mean. */
import type { RegionCursor } from '../cursor/region-cursor.js'
import { faults } from '../native.js'
import { Pane } from '../region/pane.js'
import type { Extent } from './async-search.js'

/** Where a few bytes are put that are read without a map. */
const scratch = new Pane(new ArrayBuffer(8), 0)

/** A stretch of a file as bytes with indices from 0 on. */
export abstract class ByteAccess {
  /** What the bytes are read by; `null` while there is nothing to read. @internal */
  protected regionCursor: RegionCursor | null = null
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
    this.begin = begin
    this.#length = length
  }

  /** From now on there is nothing to read. @internal */
  protected detach(): void {
    this.regionCursor = null
    this.begin = 0
    this.#length = 0
  }

  /** The byte at an index from 0 to `length - 1`. @internal */
  protected byteAt(index: number): number {
    const offset = this.begin + index
    const pane = this.paneAt(offset, 1)
    return this.confirmed(pane.bytes[offset - pane.begin] as number)
  }

  /**
   * What was just read in place. Throws instead when a page was missing meanwhile: a file cut short reads as zeros, and
   * those are not its bytes.
   *
   * @internal
   */
  protected confirmed<T>(value: T): T {
    const cursor = this.regionCursor
    if (cursor !== null && cursor.faults !== faults[0]) cursor.confirm()
    return value
  }

  /**
   * A pane with the byte at an offset in the file; where nothing is mapped there, it has the `size` bytes (at most 8) from
   * there on. Not to be kept: the next read may unmap it, and reading it then would end the process.
   *
   * @internal
   */
  protected paneAt(offset: number, size: number): Pane {
    const cursor = this.regionCursor
    if (cursor !== null) {
      const pane = cursor.inner
      if (offset >= pane.begin && offset < pane.end && cursor.epoch === cursor.regions.epoch) return pane
      const seen = cursor.paneSeen(offset)
      if (seen !== undefined) return seen
    }
    const pane = this.#reach(offset, scratch.bytes, 0, size)
    if (pane !== undefined) return pane
    scratch.begin = offset
    scratch.end = offset + size
    return scratch
  }

  /** Copies the bytes [begin, end) of the file into `target` from `start` on, pane by pane. @internal */
  protected copyBytes(target: Uint8Array, start: number, begin: number, end: number): void {
    let offset = begin
    while (offset < end) {
      const to = start + offset - begin
      const pane = this.paneSeen(offset) ?? this.#reach(offset, target, to, end - offset)
      if (pane === undefined) break
      const stop = Math.min(end, pane.end)
      target.set(pane.bytes.subarray(offset - pane.begin, stop - pane.begin), to)
      offset = stop
    }
    this.confirmed(target)
  }

  /** A pane with the byte at an offset in the file, where one can be had without a native call. Not to be kept. @internal */
  protected paneSeen(offset: number): Pane | undefined {
    const cursor = this.regionCursor
    if (cursor === null) return undefined
    const pane = cursor.inner
    const isNear = offset >= pane.begin && offset < pane.end && cursor.epoch === cursor.regions.epoch
    return isNear ? pane : cursor.paneSeen(offset)
  }

  /** A pane with the byte at `offset`; or none, and then `size` bytes were read into `target` from `start` on. */
  #reach(offset: number, target: Uint8Array, start: number, size: number): Pane | undefined {
    const cursor = this.source(this.regionCursor)
    const block = cursor.blockNear(offset)
    if (block !== undefined) return block
    return cursor.readLone(target, start, size, offset) ? undefined : this.lead(offset, 0).paneAt(offset)
  }
}
