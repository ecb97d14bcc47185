/**
 * @file What the parts of the read path know of each other. Only types, so that their files do not import
 * each other in a circle.
 */
import type { NativeManagerObject } from '../native.js'

/** A native manager, as far as its regions and cells need it. */
export interface Viewer {
  readonly native: NativeManagerObject
  /** Whether memory is seen in place. */
  readonly zeroCopy: boolean
  /** The count of faults when all that is shown was last known to be whole. */
  readonly faults: number
  /** The slot of the region used last. */
  readonly lastSlot: number
  /** Where the use of a slot's region is stamped. */
  stampsOf(slot: number): Float64Array
  /** Notes that a region is used from now on. */
  turnTo(slot: number, stamps: Float64Array): void
  /** Lets go of the regions that lack a page. */
  confirm(): void
  /** Runs a native call. */
  call<T>(body: () => T, target?: string | number): T
}

/** The cells of a file, as far as its regions need them. */
export interface CellsOfRegions {
  readonly fileSize: number
  /** Removes the region's panes. */
  drop(region: { readonly offset: number; readonly end: number }): void
}
