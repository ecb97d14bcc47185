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
import { fromNative } from '../errors/smmap-errors.js'
import { native } from '../native.js'
import { NativeRegion } from '../panes/native-region.js'
import { NativeManager } from '../panes/native-manager.js'

/** Holds the regions made by hand: without limits, since none of them is ever evicted. */
let byHand: NativeManager | undefined

/** The one object for each region of a manager. */
const known = new WeakMap<NativeRegion, MapRegion>()

const dropped = new FinalizationRegistry<NativeRegion>((pages) => {
  pages.regions.call(() => native.release(pages.regions.handle, pages.slot, pages.generation))
})

/**
 * A mapped window of a file, with a count of its clients. A cursor's `region` is one; it can also be made by
 * hand, is then no manager's business, and stays mapped until it is released or collected as garbage.
 */
export class MapRegion {
  readonly #pages: NativeRegion

  /**
   * Maps part of a file.
   *
   * @param pathOrFd - The file.
   * @param ofs - Offset in the file, in bytes; a multiple of `ALLOCATIONGRANULARITY`.
   * @param size - In bytes; 0, or more than there are, maps up to the end of the file.
   * @param flags - Added to those the file is opened with.
   * @throws `ERR_OUT_OF_RANGE` when `ofs` is not aligned · `ERR_SMMAP_OFFSET_BEYOND_END` when it is at or
   * past the end, as any is in an empty file · `ERR_SMMAP_NOT_REGULAR_FILE` · what the system says.
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
   * The whole region: a view of the mapped file, as a cursor's `buffer()` is.
   *
   * @throws `ERR_SMMAP_RELEASED` when the region has been released or evicted · `ERR_SMMAP_FILE_TRUNCATED`
   * when its file was cut below it · `ERR_SMMAP_WINDOW_TOO_LARGE` when a Buffer cannot be that long.
   */
  buffer(): Buffer {
    this.#pages.verify()
    return this.#pages.buffer(this.ofsBegin, this.ofsEnd)
  }

  /** The same as {@link buffer}. */
  map(): Buffer {
    return this.buffer()
  }

  /** Offset in the file of the first byte. */
  get ofsBegin(): number {
    return this.#pages.begin
  }

  /** Offset in the file behind the last byte. */
  get ofsEnd(): number {
    return this.#pages.end
  }

  /** In bytes. */
  get size(): number {
    return this.#pages.end - this.#pages.begin
  }

  /**
   * Whether the byte at that offset in the file is in the region.
   *
   * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `RangeError` `ERR_OUT_OF_RANGE`: no integer.
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

  /** Its clients: the owner counts as one, each cursor on the region as one more. 0 once it is gone. */
  get clientCount(): number {
    return this.#pages.clientCount
  }

  /**
   * Adds clients, or with a negative number takes them away. A region with more than its owner is not
   * evicted; one that is left with none is released.
   *
   * @returns Whether the count reached 0 and the region was released.
   * @throws `RangeError` `ERR_OUT_OF_RANGE` for less than were added, the owner's own one included: cursors
   * let go themselves · `ERR_SMMAP_RELEASED` when the region is gone.
   */
  incrementClientCount(by: number | bigint = 1): boolean {
    const change = toInteger(by, 'by', -(2 ** 31), 2 ** 31)
    const { regions, slot, generation } = this.#pages
    return regions.call(() => native.claim(regions.handle, slot, generation, change))
  }

  /**
   * Gives the owner's claim and all that was added back: the region is unmapped as soon as no cursor is on
   * it. Views live on. A second call does nothing.
   */
  release(): void {
    const { regions, slot, generation } = this.#pages
    dropped.unregister(this)
    regions.call(() => native.release(regions.handle, slot, generation))
  }
}

function mapByHand(
  pathOrFd: PathOrFd,
  ofs: number | bigint,
  size: number | bigint,
  flags: number,
): NativeRegion {
  const begin = toOffset(ofs, 'ofs')
  const wanted = toSize(size, 'size', begin)
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
    native.mapAlone(regions.handle, path, fd, added, begin, wanted)
  } catch (error) {
    throw fromNative(error, path === null ? fd : name)
  }
  const { mailbox } = regions
  return regions.at(
    mailbox[0] as number,
    mailbox[1] as number,
    mailbox[2] as number,
    mailbox[3] as number,
    null,
  )
}
