/** @file The fork's cursor over any span of a file, as one long buffer. Knows its region cursor; no manager. */
import type { Target } from '../arguments/arguments.js'
import { ClosedError } from '../errors/smmap-errors.js'
import { LongBuffer } from './long-buffer.js'
import type { NativeManager } from '../panes/native-manager.js'
import { beyondEnd, type SpanOptions, toSpan } from '../cursor/fixed-cursor.js'
import { RegionCursor } from '../panes/region-cursor.js'

/**
 * A span of a file of any length, read as one long buffer: its windows are mapped and let go as they are needed. Made by
 * `TilingMemmapManager.makeCursor(pathOrFd, { sliding: true })`.
 *
 * Closed, it has no bytes: `length` is 0, and every method does what it does on an empty Buffer. When its manager is
 * closed before it, `length` stays, and every read throws `ERR_SMMAP_CLOSED`.
 */
export class SlidingCursor extends LongBuffer {
  readonly #begin: number
  #isClosed = false

  /** @internal */
  constructor(regions: NativeManager, target: Target, span: SpanOptions) {
    super()
    const { offset, size, flags } = toSpan(span)
    const at = new RegionCursor(regions, target)
    at.open(flags)
    const rest = at.fileSize - offset
    if (rest < 0 || (rest === 0 && offset > 0)) {
      const error = beyondEnd(at, offset)
      at.close()
      throw error
    }
    this.#begin = offset
    this.attach(at, offset, Math.min(size || Infinity, rest))
  }

  /** Offset in the file of the byte with index 0. */
  get ofs(): number {
    return this.#begin
  }

  /** How many bytes, as `length`. */
  get size(): number {
    return this.length
  }

  /** Whether it was closed, or its manager. */
  get closed(): boolean {
    return this.#isClosed || this.regionCursor?.regions.isClosed === true
  }

  /** Lets the region and the file go. A second call does nothing; views live on. */
  close(): void {
    this.#isClosed = true
    this.regionCursor?.close()
    this.detach()
  }

  /** As {@link close}, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** @internal */
  protected override source(): RegionCursor {
    return this.lead()
  }

  /** The region cursor moves by itself. @internal */
  protected override lead(): RegionCursor {
    const at = this.regionCursor
    if (at === null || this.closed)
      throw new ClosedError('the cursor is closed: make a new one by makeCursor()')
    return at
  }
}
