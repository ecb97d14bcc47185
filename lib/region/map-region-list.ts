/** @file The regions mapped of one file at one moment. Knows no manager's inside. */
import { fstatSync, statSync } from 'node:fs'
import { inspect, type InspectOptions } from 'node:util'
import { type PathOrFd, toInteger, toTarget } from '../arguments/arguments.js'
import { show } from '../arguments/identity.js'
import type { MapRegion } from './map-region.js'

/**
 * The mapped regions of one file at one moment, ordered by offset; `manager.regionList(pathOrFd)` makes one.
 * It does not follow later changes.
 *
 * @example
 * ```ts
 * cursor.useRegion(0, 100)
 * for (const { ofsBegin, size } of manager.regionList('huge.log')) console.log(ofsBegin, size)
 * ```
 */
export class MapRegionList implements Iterable<MapRegion> {
  readonly #regions: readonly MapRegion[]
  #fileSize: number | undefined
  /** The file, as it was given. */
  readonly pathOrFd: PathOrFd

  /**
   * An empty list for a file, which is not touched.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` · `RangeError` `ERR_OUT_OF_RANGE`
   */
  constructor(pathOrFd: PathOrFd)
  /** @internal */
  constructor(pathOrFd: PathOrFd, regions: readonly MapRegion[])
  constructor(pathOrFd: PathOrFd, regions: readonly MapRegion[] = []) {
    this.pathOrFd = toTarget(pathOrFd).original
    this.#regions = regions
  }

  /** How many regions the list has. */
  get length(): number {
    return this.#regions.length
  }

  /**
   * The region at an index, or `undefined`: `Array.prototype.at`. Negative indices count from the end.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` unless it is a safe integer.
   */
  at(index: number | bigint): MapRegion | undefined {
    return this.#regions.at(toInteger(index, 'index', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    return show(this, { pathOrFd: this.pathOrFd, regions: this.#regions }, depth, options)
  }

  /**
   * The file's size in bytes, asked of the system at the first use and kept.
   *
   * @throws The system's error: `ENOENT`, `EBADF` …
   */
  get fileSize(): number {
    // Asked of the system, not of the manager: a list may be of a file that no cursor is on.
    const { path, fd } = toTarget(this.pathOrFd)
    return (this.#fileSize ??= (path === null ? fstatSync(fd) : statSync(path)).size)
  }

  /** The regions, ordered by offset. */
  [Symbol.iterator](): IterableIterator<MapRegion> {
    return this.#regions[Symbol.iterator]()
  }
}
