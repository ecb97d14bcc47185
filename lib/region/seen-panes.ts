/** @file The panes that a cursor has read, found again by arithmetic. Knows no cursor, and asks no native side. */
import type { Pane } from './pane.js'

/** Windows that lie a multiple of so many apart share a place. */
const PLACES = 1024

const NOTHING = new Float64Array(2 * PLACES)

/** For each window of a file, as far as there is a place for it, the inner pane read last. Some may be gone since. */
export class SeenPanes {
  readonly #stride: number
  /**
   * Begin and end of each pane, beside each other: a miss costs one look at memory that stays in the processor's cache. To
   * look at the panes themselves took ten.
   */
  #bounds: Float64Array = NOTHING
  readonly #panes: Pane[] = []

  /** @param stride - How far apart windows begin, in bytes; Infinity where there is but one. */
  constructor(stride: number) {
    this.#stride = stride
  }

  /** The pane that includes `offset` of the file, if its region was seen and is still mapped. */
  find(offset: number): Pane | undefined {
    const place = this.#placeOf(offset)
    const bounds = this.#bounds
    if (bounds === NOTHING) return undefined
    if (offset >= (bounds[2 * place] as number) && offset < (bounds[2 * place + 1] as number)) {
      const pane = this.#panes[place] as Pane
      return pane.isGone ? undefined : pane
    }
    return this.#findInRegion(offset, place)
  }

  keep(offset: number, pane: Pane): void {
    if (this.#bounds === NOTHING) this.#bounds = new Float64Array(2 * PLACES)
    const place = this.#placeOf(offset)
    this.#panes[place] = pane
    this.#bounds[2 * place] = pane.begin
    this.#bounds[2 * place + 1] = pane.end
  }

  clear(): void {
    this.#panes.length = 0
    this.#bounds = NOTHING
  }

  #findInRegion(offset: number, place: number): Pane | undefined {
    const region = this.#panes[place]?.region
    if (!region?.isMapped || offset < region.begin || offset >= region.end) return undefined
    const pane = region.inner(offset)
    if (pane !== undefined) this.keep(offset, pane)
    return pane
  }

  /** `&` takes the quotient modulo 2³², exactly for every safe integer. */
  #placeOf(offset: number): number {
    return (offset / this.#stride) & (PLACES - 1)
  }
}
