/**
 * @file Managers that several threads have: the value that is posted, and how it is resolved. Knows no
 * manager's class.
 */
import type { ManagerOptions, ResolvedOptions } from '../arguments/arguments.js'
import { ClosedError, invalidArgType, invalidArgValue, UnsupportedError } from '../errors/smmap-errors.js'
import { native } from '../native.js'
import type { NativeManager } from '../panes/native-manager.js'

// Threads share the native manager, and nothing else: each has a JavaScript manager of its own with cursors
// and views of its own. What is posted is a number that names the native one, and a token of the process, so
// that the number of another process is refused instead of naming some manager here. The number keeps nothing
// alive: a message that is never read would otherwise hold files open for ever.

/**
 * What a manager's `share()` gives, and `from()` of its class takes in another thread. Plain data that can be
 * posted to a worker; it means nothing in another process.
 */
export interface SharedManager {
  /** Identifies the process. */
  readonly process: string
  /** Identifies the manager in that process. */
  readonly manager: number
}

/** What another thread made, in place of options. */
export class Attachment {
  readonly number: number
  readonly #options: ResolvedOptions
  readonly #mapsWhole: boolean

  constructor(number: number, options: string) {
    const { mapsWhole, ...resolved } = JSON.parse(options) as ResolvedOptions & { mapsWhole: boolean }
    this.number = number
    // JSON has no Infinity.
    this.#options = { ...resolved, maxOpenHandles: resolved.maxOpenHandles ?? Infinity }
    this.#mapsWhole = mapsWhole
  }

  /** The options it was made with. @throws `TypeError` if the class that takes it maps in another way. */
  checkedFor(mapsWhole: boolean): ResolvedOptions {
    if (mapsWhole === this.#mapsWhole) return this.#options
    const classes = this.#mapsWhole
      ? 'a StaticWindowMapManager or GreedyMemmapManager'
      : 'a SlidingWindowMapManager or TilingMemmapManager'
    throw invalidArgValue(
      'shared',
      { manager: this.number },
      `was shared by ${classes}: use from() of that class`,
    )
  }
}

/** The value with which other threads attach to the manager. */
export function shareOf(regions: NativeManager, options: ResolvedOptions, mapsWhole: boolean): SharedManager {
  const manager = regions.share(JSON.stringify({ ...options, mapsWhole }))
  return { process: native.processToken(), manager }
}

/**
 * In place of options, for the constructor of a manager's class.
 *
 * @throws `TypeError` `ERR_INVALID_ARG_TYPE` for what no `share()` gave · `ERR_SMMAP_UNSUPPORTED` for what
 * one gave in another process · `ERR_SMMAP_CLOSED` when the manager is closed, or nobody has it any more.
 */
export function attachmentOf(shared: SharedManager): ManagerOptions {
  const { process: token, manager } = (shared ?? {}) as Partial<SharedManager>
  const isOne = typeof token === 'string' && typeof manager === 'number' && Number.isInteger(manager)
  if (!isOne || manager < 1 || manager >= 2 ** 32) {
    throw invalidArgType('shared', 'what share() of a manager gives', shared)
  }
  if (token !== native.processToken()) {
    throw new UnsupportedError(
      `the manager was shared in another process (${token}, this one is ${native.processToken()}): ` +
        'threads can share a manager, processes cannot',
    )
  }
  // The options come from the native side and not in the message, which a program could have changed.
  const options = native.sharedOptions(manager)
  if (options === null) {
    throw new ClosedError(
      'the manager that was shared is closed, or nobody has it any more: keep it until all have it',
    )
  }
  return new Attachment(manager, options) as ManagerOptions
}
