/** @file The panes that a cursor has read, found again by arithmetic. Knows no cursor, and asks no native side. */
import { NO_PANE, type Pane } from './pane.js'
import type { NativeManager } from './native-manager.js'

/** Windows that lie a multiple of so many apart share a place. */
const MOST_PLACES = 1024

/** Begins that no offset lies behind. */
const NOWHERE = new Float64Array(2).fill(Infinity)

/**
 * For each window of a file, as far as there is a place for it, the inner pane read last. One place more is for the pane
 * read last of all where it has no other: a copy, or a region that has no stamp. The native side hears of the pane read
 * last when another is read: see {@link NativeManager.stamp}.
 *
 * Every read in place comes by here. Where the bytes come from memory far away, each instruction costs it 1 ns, since fewer
 * of the reads behind it are on their way meanwhile. Therefore places, and the parts of panes beside each other.
 */
export class SeenPanes {
  /** `faults[0]` when all that had been read here was known to be the file's. */
  faults = 0
  readonly #regions: NativeManager | null
  readonly #stride: number
  /** How many places there are, less one: a power of two, less one. */
  #mask = 0
  /** Offsets in the file, for each place; one without a pane begins at Infinity. */
  #begins: Float64Array = NOWHERE
  #ends: Float64Array = NOWHERE
  #panes: Pane[] = []
  #data: DataView[] = []
  /** The place read last; −1: none. */
  #last = -1
  #dismissals = 0
  #nearEpoch = 0

  /** @param regions - Where the panes' regions are; `null`: nothing will ever be seen. */
  constructor(regions: NativeManager | null) {
    this.#regions = regions
    this.#stride = regions === null ? Infinity : regions.stride
  }

  /**
   * The place of a pane that includes [offset, end) of the file, without a native call; −1 where none was seen, or it is
   * gone. It holds until anything else is called here.
   */
  find(offset: number, end: number): number {
    const place = this.#placeOf(offset)
    if (
      offset >= (this.#begins[place] as number) &&
      end <= (this.#ends[place] as number) &&
      this.#dismissals === (this.#regions as NativeManager).dismissals
    ) {
      if (place !== this.#last) this.#turn(place)
      return place
    }
    return this.#findElsewhere(offset, end, place)
  }

  /** The pane at a place. */
  pane(place: number): Pane {
    return this.#panes[place] as Pane
  }

  /** The bytes of the pane at a place. */
  data(place: number): DataView {
    return this.#data[place] as DataView
  }

  /** Where the pane at a place begins in the file. */
  begin(place: number): number {
    return this.#begins[place] as number
  }

  /** The pane read last; one without a region where there was none. */
  get last(): Pane {
    return this.#last < 0 ? NO_PANE : this.pane(this.#last)
  }

  /** From now on bytes are read in that pane, at `offset` of a file of that size: its place. */
  enter(offset: number, pane: Pane, fileSize: number): number {
    const regions = this.#regions as NativeManager
    if (this.#begins === NOWHERE) this.#makePlaces(fileSize)
    const isSeen = pane.region !== null && regions.sees(pane.slot)
    const place = isSeen ? this.#placeOf(offset) : this.#mask + 1
    this.leave()
    this.#put(place, pane)
    this.#last = place
    this.#nearEpoch = regions.epoch
    if (isSeen) regions.stamp(pane.slot)
    return place
  }

  /** Bytes were read there up to now, and will be elsewhere. */
  leave(): void {
    const { slot } = this.last
    if (slot >= 0) this.#regions?.stamp(slot)
    if (this.#last > this.#mask) this.#put(this.#last, NO_PANE)
    this.#last = -1
  }

  clear(): void {
    this.leave()
    this.#mask = 0
    this.#begins = NOWHERE
    this.#ends = NOWHERE
    this.#panes = []
    this.#data = []
  }

  #makePlaces(fileSize: number): void {
    const windows = Math.min(Math.ceil(fileSize / this.#stride), MOST_PLACES)
    const places = 2 ** Math.ceil(Math.log2(Math.max(windows, 1)))
    this.#mask = places - 1
    this.#begins = new Float64Array(places + 1).fill(Infinity)
    this.#ends = new Float64Array(places + 1)
    this.#panes = Array.from({ length: places + 1 }, () => NO_PANE)
    this.#data = this.#panes.map((pane) => pane.data)
  }

  #put(place: number, pane: Pane): void {
    this.#panes[place] = pane
    this.#data[place] = pane.data
    this.#begins[place] = pane.begin
    this.#ends[place] = pane.end
  }

  #turn(place: number): void {
    const regions = this.#regions as NativeManager
    regions.hits += 1
    regions.stamp(this.pane(place).slot)
    if (this.#last > this.#mask) this.#put(this.#last, NO_PANE)
    this.#last = place
  }

  #findElsewhere(offset: number, end: number, place: number): number {
    const regions = this.#regions
    if (regions === null || this.#begins === NOWHERE) return -1
    if (this.#dismissals !== regions.dismissals) {
      this.#dismissals = regions.dismissals
      this.#panes.forEach((pane, at) => pane.isGone && this.#put(at, NO_PANE))
      return this.find(offset, end)
    }
    const near = this.#mask + 1
    const isNear = offset >= this.begin(near) && end <= (this.#ends[near] as number)
    if (isNear && this.#nearEpoch === regions.epoch) return near
    return this.#findInRegion(offset, end, this.pane(place))
  }

  /** Another pane of the region that the one at the offset's place is of. */
  #findInRegion(offset: number, end: number, { region }: Pane): number {
    const regions = this.#regions as NativeManager
    if (!region?.isMapped || offset < region.begin || end > region.end) return -1
    const pane = region.inner(offset)
    if (pane === undefined || end > pane.end) return -1
    regions.hits += 1
    return this.enter(offset, pane, 0)
  }

  /** `&` takes the quotient modulo 2³², exactly for every safe integer. */
  #placeOf(offset: number): number {
    return (offset / this.#stride) & this.#mask
  }
}
