/**
 * @file The fork's cursor over a range of a file of any length, as one long buffer. Knows no manager.
 */
import type { Target } from '../arguments/arguments.js'
import { ClosedError } from '../errors/smmap-errors.js'
import { attach } from './byte-reader.js'
import { LongBuffer } from './long-buffer.js'
import type { NativeManager } from '../panes/native-manager.js'
import { beyondEnd } from '../cursor/fixed-cursor.js'
import { ANY, RegionCursor } from '../panes/region-cursor.js'

/**
 * A long buffer over any part of a file, made by `TilingMemmapManager.makeCursor(path, { sliding: true })`.
 * Windows are mapped and evicted as it reads, so the part may be of any length.
 *
 * After `close()` it has no bytes: `length` is 0, and every method does what it does on an empty Buffer. If
 * its manager is closed first, `length` stays and reads throw `ERR_SMMAP_CLOSED`.
 *
 * @example
 * ```ts
 * using tiling = new TilingMemmapManager({ windowSize: 2 ** 16 })
 * using log = tiling.makeCursor('huge.log', { offset: 64, sliding: true })
 * log.length // 1048512
 * ```
 */
export class SlidingCursor extends LongBuffer {
  readonly #cursor: RegionCursor
  readonly #offset: number
  readonly #fileSize: number
  #isClosed = false

  /** @internal */
  constructor(regions: NativeManager, target: Target, offset: number, size: number, flags: number) {
    super()
    const at = new RegionCursor(regions, target)
    at.open(flags)
    // The file is open from here on, so a refusal has to close it.
    const rest = at.fileSize - offset
    if (rest < 0 || (rest === 0 && offset > 0)) {
      const error = beyondEnd(at, offset)
      at.close()
      throw error
    }
    this.#cursor = at
    this.#offset = offset
    this.#fileSize = at.fileSize
    // The size as of now: what is appended later is not seen.
    attach(this, at, offset, Math.min(size, rest), {
      check: () => {
        if (this.closed) throw new ClosedError(`it is closed: ${this.remedy}`)
      },
      lead: (from, some) => {
        // A view moves the region cursor itself, see `RegionCursor.view`.
        if (some === ANY) at.reach(from)
      },
      // Between two reads it holds no region, so idle buffers keep nothing mapped.
      stays: false,
    })
  }

  /** Where in the file the byte with index 0 is, in bytes; also after `close()`. */
  override get ofs(): number {
    return this.#offset
  }

  /** The size of the whole file in bytes, as of when it was opened; also after `close()`. */
  get fileSize(): number {
    return this.#fileSize
  }

  /** Whether this cursor or its manager was closed. */
  get closed(): boolean {
    return this.#isClosed || this.#cursor.regions.isClosed
  }

  /** Closes the cursor and lets its region and file go. Views stay right. A second call does nothing. */
  close(): void {
    this.#isClosed = true
    this.#cursor.close()
    attach(this, null, 0, 0)
  }

  /** What to do when it is closed. @internal */
  protected get remedy(): string {
    return 'make a new cursor by makeCursor()'
  }

  /** @internal */
  protected override target(): Target {
    return this.#cursor.target
  }
}
