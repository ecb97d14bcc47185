/** @file The regions mapped of one file at one moment. Knows no manager's inside. */
import { fstatSync, statSync } from 'node:fs'
import { inspect, type InspectOptions } from 'node:util'
import { type PathOrFd, toInteger, toTarget } from '../arguments/arguments.js'
import { show } from '../arguments/identity.js'
import type { MapRegion } from './map-region.js'

/**
 * The regions of one file, ordered by offset: `manager.regionList(pathOrFd)` makes one of those mapped at
 * that moment. It can be iterated.
 */
export class MapRegionList implements Iterable<MapRegion> {
  readonly #regions: readonly MapRegion[]
  #fileSize: number | undefined
  /** The file, as it was given. */
  readonly pathOrFd: PathOrFd

  /**
   * A list without regions.
   *
   * @throws `TypeError` · `RangeError` as `makeCursor` does for the same argument.
   */
  constructor(pathOrFd: PathOrFd)
  /** @internal */
  constructor(pathOrFd: PathOrFd, regions: readonly MapRegion[])
  constructor(pathOrFd: PathOrFd, regions: readonly MapRegion[] = []) {
    this.pathOrFd = toTarget(pathOrFd).original
    this.#regions = regions
  }

  /** How many regions. */
  get length(): number {
    return this.#regions.length
  }

  /**
   * The region at an index, as `Array.prototype.at`: negative ones count from the end.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`: no integer.
   */
  at(index: number | bigint): MapRegion | undefined {
    return this.#regions.at(toInteger(index, 'index', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER))
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    return show(this, { pathOrFd: this.pathOrFd, regions: this.#regions }, depth, options)
  }

  /**
   * The file's size in bytes, asked at the first use.
   *
   * @throws What the system says: `ENOENT`, `EBADF` …
   */
  get fileSize(): number {
    const { path, fd } = toTarget(this.pathOrFd)
    return (this.#fileSize ??= (path === null ? fstatSync(fd) : statSync(path)).size)
  }

  /** The regions, by offset. */
  [Symbol.iterator](): IterableIterator<MapRegion> {
    return this.#regions[Symbol.iterator]()
  }
}
