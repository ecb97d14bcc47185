/**
 * @file What a hostile object acts on: files, a manager, a cursor and a buffer that has seen windows. Knows
 * no method.
 */

import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const WINDOW = 2 ** 16
/** The long file is full of 7, the short one of 8: whatever else is read is nobody's. */
export const LONG = 4 * WINDOW
export const SHORT = 100

export class World {
  static #isWritten = false
  hasActed = false

  constructor(smmap, folder, access) {
    Object.assign(this, { smmap, long: join(folder, 'long'), short: join(folder, 'short') })
    if (!World.#isWritten) this.#write()
    this.manager = new smmap.SlidingWindowMapManager({
      windowSize: WINDOW,
      maxMemorySize: 2 * WINDOW,
      access,
    })
    this.cursor = this.manager.makeCursor(this.long)
    this.other = this.manager.makeCursor(this.short)
    this.buffer = new smmap.SlidingWindowMapBuffer(this.cursor)
    // Both windows have earned a map, and were read in place.
    for (let n = 0; n < 20; n += 1) for (const at of [n, WINDOW + n]) this.buffer.at(at)
  }

  #write() {
    writeFileSync(this.long, Buffer.alloc(LONG, 7))
    writeFileSync(this.short, Buffer.alloc(SHORT, 8))
    World.#isWritten = true
  }

  /** What a hostile object does, the first time that it is asked. */
  acting(action) {
    return () => {
      if (this.hasActed) return
      this.hasActed = true
      try {
        actions[action](this)
      } catch {
        // Refused: nothing has happened.
      }
    }
  }

  truncate() {
    World.#isWritten = false
    truncateSync(this.long, 1000)
  }

  close() {
    this.manager.close()
  }
}

export const actions = {
  release: ({ cursor, manager, long }) => {
    cursor.region?.release()
    for (const region of manager.regionList(long)) region.release()
    cursor.useRegion(LONG)
  },
  collect: ({ cursor, manager }) => {
    cursor.unuseRegion()
    manager.collect()
  },
  evict: ({ manager, long }) => {
    const other = manager.makeCursor(long)
    for (const window of [2, 3, 2]) other.useRegion(window * WINDOW, 1)
  },
  forceUnmap: ({ manager, long }) => manager.forceUnmap(long),
  close: ({ manager }) => manager.close(),
  closeCursor: ({ cursor }) => cursor.close(),
  truncate: (world) => world.truncate(),
  move: ({ buffer, other }) => buffer.beginAccess(other),
  end: ({ buffer }) => buffer.endAccess(),
  assign: ({ cursor, other }) => cursor.assign(other),
  detach: ({ target }) => structuredClone(target.buffer, { transfer: [target.buffer] }),
  shrink: ({ target }) => target.buffer.resize(0),
  garbage: () => globalThis.gc?.(),
}
