/** @file A mapped region with a client count, a manager's or one made by hand. Knows no cursor. */
import { inspect, type InspectOptions } from 'node:util'
import {
  type PathOrFd,
  pathBytes,
  toFlags,
  toInteger,
  toManagerOptions,
  toOffset,
  toSize,
  toTarget,
} from '../arguments/arguments.js'
import { checkReadable } from '../arguments/permission.js'
import { show, staysInItsThread } from '../arguments/identity.js'
import { fromNative } from '../errors/native-errors.js'
import { NativeRegion } from '../panes/native-region.js'
import { NativeManager } from '../panes/native-manager.js'

// A region has two sources. A manager's belongs to its cache, and may be evicted when only the manager holds
// it. One that a program makes by hand belongs to a manager of our own without limits, so that all that is
// true of regions (identity, client count, the guard) is true of it too.

/** The manager of regions made by hand; it has no limits, because such a region is never evicted. */
let byHand: NativeManager | undefined

/** The one object for each region of a manager. */
const known = new WeakMap<NativeRegion, MapRegion>()

const dropped = new FinalizationRegistry<NativeRegion>((pages) => {
  pages.regions.call(() => pages.regions.native.release(pages.slot, pages.generation))
})

/**
 * A region: a part of a file that is mapped, with a count of its clients. A cursor's `region` is one. One
 * that you make yourself counts towards no manager's limits, and stays mapped until it is released or
 * garbage-collected.
 */
export class MapRegion {
  readonly #pages: NativeRegion

  /**
   * Maps a part of a file.
   *
   * @param pathOrFd - The file.
   * @param ofs - Where, in bytes; a multiple of `ALLOCATIONGRANULARITY`.
   * @param size - In bytes. 0 (the default), or more than there are: up to the end of the file.
   * @param flags - Added to those the file is opened with, such as `fs.constants.O_NOATIME`.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when `ofs` is not aligned · `ERR_SMMAP_OFFSET_BEYOND_END` at or
   * past the end of the file, so always in an empty one · `ERR_SMMAP_NOT_REGULAR_FILE` · the system's error.
   */
  constructor(pathOrFd: PathOrFd, ofs: number | bigint, size?: number | bigint, flags?: number)
  /** @internal */
  constructor(pages: NativeRegion)
  constructor(from: PathOrFd | NativeRegion, ofs: number | bigint = 0, size: number | bigint = 0, flags = 0) {
    this.#pages = from instanceof NativeRegion ? from : mapByHand(from, ofs, size, flags)
    staysInItsThread(this)
    if (this.#pages !== from) dropped.register(this, this.#pages, this)
  }

  /** @internal */
  static of(pages: NativeRegion): MapRegion {
    let region = known.get(pages)
    if (region === undefined) known.set(pages, (region = new MapRegion(pages)))
    return region
  }

  /**
   * A view of the whole region: nothing is copied (unless the manager's `zeroCopy` is `false`). It stays
   * right for as long as you can reach it, also after the region was released or evicted.
   *
   * @throws `ERR_SMMAP_RELEASED` when the region was released or evicted before this call ·
   * `ERR_SMMAP_FILE_TRUNCATED` when its file was cut below it · `ERR_SMMAP_WINDOW_TOO_LARGE` when a Buffer
   * cannot be that long.
   */
  buffer(): Buffer {
    this.#pages.verify()
    return this.#pages.buffer(this.ofsBegin, this.ofsEnd)
  }

  /** The same as {@link buffer}: a view of the whole region, under smmap's name. */
  map(): Buffer {
    return this.buffer()
  }

  /** Where in the file the region begins, in bytes. */
  get ofsBegin(): number {
    return this.#pages.offset
  }

  /** Where in the file the region ends, exclusive, in bytes. */
  get ofsEnd(): number {
    return this.#pages.end
  }

  /** How many bytes the region has. */
  get size(): number {
    return this.#pages.end - this.#pages.offset
  }

  /**
   * Whether the byte at offset `ofs` of the file is in the region.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE` unless it is a safe integer.
   */
  includesOfs(ofs: number | bigint): boolean {
    const at = toInteger(ofs, 'ofs', Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
    return at >= this.ofsBegin && at < this.ofsEnd
  }

  /** @internal */
  [inspect.custom](depth: number, options: InspectOptions): string {
    const { ofsBegin, size, clientCount } = this
    return show(this, { ofsBegin, size, clientCount }, depth, options)
  }

  /**
   * How many clients the region has: its owner counts as one, each cursor on it as one more. 0 once it is
   * gone.
   */
  get clientCount(): number {
    return this.#pages.clientCount
  }

  /**
   * Adds clients, or takes them away with a negative number. A region with more than one client is not
   * evicted; a region left with none is released.
   *
   * @returns Whether the count reached 0 and the region was released.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` when more are taken away than were added plus the owner's one;
   * cursors give back their own · `ERR_SMMAP_RELEASED` when the region is gone.
   */
  incrementClientCount(by: number | bigint = 1): boolean {
    // ±2³¹ is far more than any program counts, and exact in the native side's doubles and integers.
    const change = toInteger(by, 'by', -(2 ** 31), 2 ** 31)
    const { regions, slot, generation } = this.#pages
    return regions.call(() => regions.native.claim(slot, generation, change))
  }

  /**
   * Gives back the owner's claim and all that were added: the region is unmapped as soon as no cursor is on
   * it. Views stay right. A second call does nothing.
   */
  release(): void {
    const { regions, slot, generation } = this.#pages
    // It is released now; the finalizer has nothing left to do.
    dropped.unregister(this)
    regions.call(() => regions.native.release(slot, generation))
  }
}

function mapByHand(
  pathOrFd: PathOrFd,
  ofs: number | bigint,
  size: number | bigint,
  flags: number,
): NativeRegion {
  const offset = toOffset(ofs, 'ofs')
  const wanted = toSize(size, 'size', offset)
  const target = toTarget(pathOrFd)
  const { fd, name } = target
  const path = pathBytes(target)
  checkReadable(target)
  const added = toFlags(flags)
  byHand ??= new NativeManager(
    toManagerOptions({ maxMemorySize: Number.MAX_SAFE_INTEGER }, { windowSize: 0 }),
    true,
  )
  const regions = byHand
  try {
    regions.native.mapUnshared(path, fd, added, offset, wanted)
  } catch (error) {
    throw fromNative(error, path === null ? fd : name)
  }
  // What `mapUnshared` left there: slot, generation, offset and end.
  const { mailbox } = regions
  return regions.regionOf(
    mailbox[0] as number,
    mailbox[1] as number,
    mailbox[2] as number,
    mailbox[3] as number,
    null,
  )
}
