/**
 * @file The fork's cursor over any span of a file, as one long buffer. Knows its region cursor; no manager.
 */
import type { Target } from '../arguments/arguments.js'
import { ClosedError } from '../errors/smmap-errors.js'
import { attach } from './byte-reader.js'
import { LongBuffer } from './long-buffer.js'
import type { NativeManager } from '../panes/native-manager.js'
import { beyondEnd } from '../cursor/fixed-cursor.js'
import { ANY, RegionCursor } from '../panes/region-cursor.js'

/**
 * A span of a file of any length, read as one long buffer: its windows are mapped and let go as they are
 * needed. Made by `TilingMemmapManager.makeCursor(pathOrFd, { sliding: true })`.
 *
 * Closed, it has no bytes: `length` is 0, and every method does what it does on an empty Buffer. When its
 * manager is closed before it, `length` stays, and every read throws `ERR_SMMAP_CLOSED`.
 */
export class SlidingCursor extends LongBuffer {
  readonly #at: RegionCursor
  readonly #begin: number
  readonly #fileSize: number
  #isClosed = false

  /** @internal */
  constructor(regions: NativeManager, target: Target, offset: number, size: number, flags: number) {
    super()
    const at = new RegionCursor(regions, target)
    at.open(flags)
    const rest = at.fileSize - offset
    if (rest < 0 || (rest === 0 && offset > 0)) {
      const error = beyondEnd(at, offset)
      at.close()
      throw error
    }
    this.#at = at
    this.#begin = offset
    this.#fileSize = at.fileSize
    attach(this, at, offset, Math.min(size, rest), {
      check: () => {
        if (this.closed) throw new ClosedError(`it is closed: ${this.remedy}`)
      },
      lead: (from, some) => {
        if (some === ANY) at.reach(from)
      },
      stays: false,
    })
  }

  /** Offset in the file of the byte with index 0. Also of a closed one. */
  override get ofs(): number {
    return this.#begin
  }

  /** The file's size in bytes when it was opened. Also of a closed one. */
  get fileSize(): number {
    return this.#fileSize
  }

  /** Whether it was closed, or its manager. */
  get closed(): boolean {
    return this.#isClosed || this.#at.regions.isClosed
  }

  /** Lets the region and the file go. A second call does nothing; views live on. */
  close(): void {
    this.#isClosed = true
    this.#at.close()
    attach(this, null, 0, 0)
  }

  /** What to do when it is closed. @internal */
  protected get remedy(): string {
    return 'make a new cursor by makeCursor()'
  }

  /** @internal */
  protected override target(): Target {
    return this.#at.target
  }
}
