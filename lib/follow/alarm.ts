/**
 * @file Waits until something may have happened to a file: the system reports it, or some time has passed.
 * Does not look at the file.
 */
import { type FSWatcher, watch } from 'node:fs'
import { milliseconds } from '../node.js'

// Reports of the system and a timer are used together, because neither is enough: a timer alone is late or
// busy, and reports are missing on network file systems, for links that lead elsewhere, and where the system
// has no watcher left to give. A report only says "look now"; what happened is found out by looking.

/**
 * The least time between two looks, in milliseconds: a file written to line by line is not looked at for
 * each.
 */
const LEAST = 20

/** Who waits for which signal: one listener each, since Node.js warns of a leak from the eleventh on. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>()

function onAbort(signal: AbortSignal, end: () => void): void {
  let ends = waiting.get(signal)
  if (ends === undefined) {
    waiting.set(signal, (ends = new Set()))
    signal.addEventListener('abort', () => waiting.get(signal)?.forEach((each) => each()), { once: true })
  }
  ends.add(end)
}

const SLASHES: readonly number[] = process.platform === 'win32' ? [0x2f, 0x5c] : [0x2f]

/**
 * Where the system reports changes of a folder (inotify, FSEvents, ReadDirectoryChangesW), those of the file
 * end the wait. Time ends it everywhere: there are file systems and links whose changes are not reported.
 */
export class Alarm {
  readonly #signal: AbortSignal | undefined
  readonly #watcher: FSWatcher | undefined
  #timer: NodeJS.Timeout | undefined
  #resolve: (() => void) | undefined
  /** Whether something was reported since the last wait began. */
  #isDue = false
  #last = 0

  constructor(path: Buffer, signal: AbortSignal | undefined) {
    this.#signal = signal
    this.#watcher = watchFor(path, () => this.#ring())
    if (signal) onAbort(signal, this.#end)
  }

  /**
   * Resolves after `most` milliseconds, or when the file may have changed; rejects with the signal's reason.
   */
  async wait(most: number): Promise<void> {
    this.#signal?.throwIfAborted()
    await new Promise<void>((resolve) => {
      this.#resolve = resolve
      this.#timer = setTimeout(this.#end, most)
      if (this.#isDue) this.#ring()
    })
    this.#isDue = false
    this.#last = milliseconds()
    this.#signal?.throwIfAborted()
  }

  close(): void {
    if (this.#signal) waiting.get(this.#signal)?.delete(this.#end)
    this.#watcher?.close()
    this.#end()
  }

  /** Ends the wait, not too soon after the last one. */
  #ring(): void {
    this.#isDue = true
    // Nobody waits: the next wait ends at once.
    if (this.#resolve === undefined) return
    const delay = this.#last + LEAST - milliseconds()
    if (delay <= 0) return this.#end()
    // A burst of reports makes one look, `LEAST` after the last one.
    clearTimeout(this.#timer)
    this.#timer = setTimeout(this.#end, delay)
  }

  readonly #end = (): void => {
    clearTimeout(this.#timer)
    this.#resolve?.()
    this.#resolve = undefined
  }
}

/** Calls back when the folder's entry with that name changes; `undefined` if the system cannot watch it. */
function watchFor(path: Buffer, onChange: () => void): FSWatcher | undefined {
  const slash = Math.max(...SLASHES.map((byte) => path.lastIndexOf(byte)))
  // The folder and not the file: a watch of the file would stay with the old one after a rotation.
  const folder = slash < 0 ? Buffer.from('.') : path.subarray(0, Math.max(slash, 1))
  const name = path.subarray(slash + 1)
  try {
    const watcher = watch(folder, { encoding: 'buffer', persistent: false }, (_type, changed) => {
      // Some systems report only that something changed, not what.
      if (changed === null || name.equals(changed)) onChange()
    })
    watcher.on('error', () => watcher.close())
    return watcher
  } catch {
    return undefined
  }
}
