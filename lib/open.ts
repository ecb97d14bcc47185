/**
 * @file Opens a file as a long buffer. Knows which manager the buffer uses, and whether it is closed with it.
 */
import {
  MANAGER,
  type ManagerOptions,
  type PathOrFd,
  type Target,
  toOffset,
  toSize,
  toTarget,
} from './arguments/arguments.js'
import { type Names, toOptions } from './arguments/options.js'
import type { LongBuffer } from './buffer/long-buffer.js'
import { SlidingCursor } from './buffer/sliding-cursor.js'
import { invalidArgType, invalidArgValue, UnsupportedError } from './errors/smmap-errors.js'
import { GreedyMemmapManager } from './manager/greedy-memmap-manager.js'
import { MapManager, regionsOf } from './manager/map-manager.js'
import { commonManager } from './manager/common-manager.js'
import { SlidingWindowMapManager } from './manager/sliding-window-map-manager.js'

// The options decide between three cases: a manager of the caller's, which outlives the buffer; options for a
// manager, which then belongs to the buffer and is closed with it; or neither. Then it is the process's
// common manager, so that a thousand opened files keep one limit and not a thousand.

/** Which part of a file to open, and with which manager: one of yours, one of its own, or the process's. */
export interface OpenOptions extends ManagerOptions {
  /** Where in the file index 0 of the buffer is, in bytes. Default: 0. */
  offset?: number | bigint | undefined
  /** How many bytes the buffer has at most; the end of the file always ends it. Default: `Infinity`. */
  size?: number | bigint | undefined
  /**
   * A manager of yours, which you close yourself. It excludes the other options of {@link ManagerOptions}:
   * those make a manager for this buffer alone, closed with it. With neither, the buffer uses one manager
   * that the whole process shares, so that all such buffers keep one limit together.
   */
  manager?: MapManager | undefined
}

const OPEN: Names<OpenOptions> = { ...MANAGER, offset: true, size: true, manager: true }

/**
 * Opens a file, or a part of it, as one long buffer. Nothing is read or mapped yet: bytes are read, and
 * windows mapped, when you ask for them. Opening costs some microseconds, whatever the size of the file.
 *
 * `close()`, `using` or garbage collection closes it.
 *
 * @param pathOrFd - A path, a `file:` URL, or an open file.
 * @throws The system's error (`ENOENT`, `EACCES`, `EISDIR` …) · `ERR_SMMAP_NOT_REGULAR_FILE` for a pipe,
 * socket or device · `ERR_SMMAP_HANDLE_LIMIT` · `ERR_SMMAP_CLOSED` when the manager is closed ·
 * `ERR_SMMAP_UNSUPPORTED` for a `GreedyMemmapManager`, which has no windows.
 * @throws `RangeError` `ERR_SMMAP_OFFSET_BEYOND_END` when `offset` is at or past the end of the file, unless
 * it is 0 in an empty file · `ERR_OUT_OF_RANGE`
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` · `ERR_INVALID_ARG_VALUE` for an unknown option, or a manager
 * together with options of its own.
 *
 * @example
 * ```ts
 * using log = open('huge.log', { maxMemorySize: 64 * 2 ** 20 })
 * for (const line of log.lines()) if (line.includes('ERROR')) console.log(line)
 * ```
 */
export function open(pathOrFd: PathOrFd, options: OpenOptions = {}): LongBuffer {
  const { offset = 0, size = Infinity, manager, ...own } = toOptions(options, OPEN)
  const target = toTarget(pathOrFd)
  const start = toOffset(offset, 'options.offset')
  const most = size === Infinity ? Infinity : toSize(size, 'options.size', start)
  // An option that is there with the value `undefined` counts as not given.
  const given = Object.entries(own).find(([, value]) => value !== undefined)?.[0]
  if (manager !== undefined) {
    if (given === undefined) return new OpenFile(checkManager(manager), target, start, most, null)
    throw invalidArgValue(
      'options.manager',
      manager,
      `cannot be combined with '${given}', which is the manager's own`,
    )
  }
  if (given === undefined) return new OpenFile(commonManager(), target, start, most, null)
  // Closed with the buffer, or here if the file cannot be opened.
  const ofItsOwn = new SlidingWindowMapManager(own)
  try {
    return new OpenFile(ofItsOwn, target, start, most, ofItsOwn)
  } catch (error) {
    ofItsOwn.close()
    throw error
  }
}

function checkManager(manager: unknown): MapManager {
  if (!MapManager.isManager(manager)) throw invalidArgType('options.manager', 'one of the managers', manager)
  if (!(manager instanceof GreedyMemmapManager)) return manager
  throw new UnsupportedError('a GreedyMemmapManager maps whole files or nothing: use a manager with windows')
}

/** The long buffer that `open` gives. */
class OpenFile extends SlidingCursor {
  readonly #ofItsOwn: MapManager | null

  constructor(
    manager: MapManager,
    target: Target,
    offset: number,
    size: number,
    ofItsOwn: MapManager | null,
  ) {
    super(regionsOf(manager), target, offset, size, 0)
    this.#ofItsOwn = ofItsOwn
  }

  static override readonly name = 'LongBuffer'

  protected override get remedy(): string {
    return 'open the file again'
  }

  override close(): void {
    super.close()
    this.#ofItsOwn?.close()
  }
}
