/** @file One run of random calls: a manager with random options, files, buffers, and what is done to them. */

import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { asyncReads } from './async-reads.mjs'
import { bulk, cheap } from './reads.mjs'
import { cursorReads } from './cursor-reads.mjs'
import { Difference, inShort } from './difference.mjs'
import { events } from './events.mjs'
import { ModelFile } from './model-file.mjs'
import { Random } from './random.mjs'
import { Target } from './target.mjs'

const PAGE = 4096
const MIB = 2 ** 20
const FILE_SIZES = [1, PAGE - 3, PAGE, 3 * PAGE + 17, 10 * PAGE, 2 ** 16 + 5, 300_000, MIB + 100, 2 * MIB]
const WINDOWS = [
  PAGE,
  PAGE,
  2 * PAGE,
  5000,
  2 ** 16,
  2 ** 18,
  MIB,
  2 ** 22,
  2 ** 25,
  2 ** 26,
  2 ** 30,
  2 ** 30,
]
const TRACE = 16
const KEPT = 24

/** What hostile arguments have happen while they are asked for their value. */
const HOSTILE = [
  'release',
  'collect',
  'unuse',
  'renew',
  'move',
  'forceUnmap',
  'elsewhere',
  'releaseAndLeave',
  'look',
]

/**
 * What may happen in a session: which events, one in how many calls, how many calls there are, and whether on
 * files of our own only.
 */
export const MIXES = {
  calm: { events: ['elsewhere'], every: 400, calls: 40_000 },
  evict: { events: ['elsewhere', 'collect', 'unuse', 'renew', 'look'], every: 150, calls: 20_000 },
  garbage: { events: ['drop', 'garbage', 'collect', 'look', 'elsewhere'], every: 400, calls: 10_000 },
  release: {
    events: [
      'release',
      'releaseAndLeave',
      'releaseAndLeave',
      'claim',
      'elsewhere',
      'renew',
      'collect',
      'look',
    ],
    every: 60,
    calls: 10_000,
  },
  unmap: { events: ['forceUnmap', 'closeManager', 'elsewhere', 'look', 'renew'], every: 100, calls: 8_000 },
  rewrite: { events: ['rewrite', 'elsewhere', 'renew', 'look'], every: 200, calls: 6_000, own: true },
  cut: {
    events: ['cut', 'cut', 'cutAndRegrow', 'look', 'elsewhere', 'renew'],
    every: 120,
    calls: 1_500,
    own: true,
  },
  hostile: {
    events: [...HOSTILE, ...HOSTILE, ...HOSTILE, 'cut'],
    every: 200,
    calls: 2_000,
    own: true,
    hostile: 6,
  },
  all: {
    events: [...Object.keys(events), ...HOSTILE, ...HOSTILE],
    every: 80,
    calls: 2_000,
    own: true,
    hostile: 30,
  },
}

export class Session {
  constructor(smmap, { seed, index, mix, content, folder, big, counts, trace }) {
    Object.assign(this, { smmap, content, big, counts, trace })
    this.random = new Random(seed, index)
    this.mix = MIXES[mix]
    this.folder = mkdtempSync(join(folder, 'session-'))
    this.calls = this.mix.calls
    this.notes = Array.from({ length: TRACE }, () => null)
    this.noted = 0
    this.kept = []
    this.isHostile = false
    this.untilEvent = this.mix.every
    this.options = this.#makeOptions()
    this.files = Array.from({ length: 1 + this.random.below(2) }, (_, at) => this.#makeFile(at))
    this.makeManager()
    this.targets = []
    for (let n = 1 + this.random.below(3); n > 0; n -= 1) this.addTarget()
  }

  #makeOptions() {
    const { random } = this
    const windowSize = random.once(12) ? 0 : random.pick(WINDOWS)
    const limits = [0, 0, windowSize || MIB, 4 * (windowSize || MIB), 16 * PAGE]
    return {
      windowSize,
      maxMemorySize: random.pick(limits),
      maxOpenHandles: random.pick([Infinity, Infinity, Infinity, 2, 3, 8]),
      strict: random.once(6),
      zeroCopy: random.once(4) ? 'never' : 'auto',
      access: random.pick(['auto', 'auto', 'map', 'read']),
      advice: random.pick(['normal', 'normal', 'random', 'sequential']),
    }
  }

  #makeFile(at) {
    const { random, content, mix, big } = this
    if (!mix.own && random.once(4)) return big
    const size = random.pick(FILE_SIZES)
    const begin = random.below(content.length - size)
    return new ModelFile(join(this.folder, `file-${at}`), Buffer.from(content.subarray(begin, begin + size)))
  }

  makeManager() {
    const { SlidingWindowMapManager, StaticWindowMapManager, TilingMemmapManager } = this.smmap
    const Manager = this.random.pick([
      SlidingWindowMapManager,
      SlidingWindowMapManager,
      StaticWindowMapManager,
    ])
    this.manager = new Manager(this.options)
    this.tiling = new TilingMemmapManager(this.options)
    this.windowSize = this.manager.windowSize || Infinity
  }

  /**
   * A long buffer over some part of some file; none where the limits forbid it, or the file is empty by now.
   */
  addTarget(file = this.random.pick(this.files)) {
    const { random } = this
    const { size } = file.latest
    const begin = random.once(2) ? 0 : random.below(size)
    const wanted = random.once(2) ? Infinity : random.below(size) + 1
    if (begin >= size) return
    const length = Math.min(wanted, size - begin)
    try {
      const target = random.once(4)
        ? this.#sliding(file, begin, length)
        : this.#buffer(file, begin, wanted, length)
      this.targets.push(target)
      if (target.buffer.length !== length)
        throw new Difference(`length ${target.buffer.length} instead of ${length}`)
    } catch (error) {
      if (!this.isLimit(error)) throw error
    }
  }

  isLimit({ code }) {
    const { strict, maxOpenHandles } = this.options
    return (
      (strict && code === 'ERR_SMMAP_MEMORY_LIMIT') ||
      (maxOpenHandles < Infinity && code === 'ERR_SMMAP_HANDLE_LIMIT')
    )
  }

  #sliding(file, offset, size) {
    const cursor = this.tiling.makeCursor(file.path, { sliding: true, offset, size })
    const target = new Target(this, file, cursor, cursor, offset, size)
    target.windowSize = this.options.windowSize || Infinity
    return target
  }

  #buffer(file, begin, size, length) {
    const cursor = this.manager.makeCursor(file.path)
    const buffer = new this.smmap.SlidingWindowMapBuffer(cursor, begin, size)
    const target = new Target(this, file, buffer, cursor, begin, length)
    target.windowSize = this.windowSize
    return target
  }

  /** Remembers a call, for when something goes wrong. */
  note(...words) {
    this.notes[this.noted % TRACE] = words
    this.noted += 1
    this.trace?.(this.describe(words))
  }

  describe(words) {
    return words.map((word) => (typeof word === 'string' ? word : inShort(word))).join(' ')
  }

  get lastNotes() {
    const from = Math.max(0, this.noted - TRACE)
    return Array.from({ length: this.noted - from }, (_, at) =>
      this.describe(this.notes[(from + at) % TRACE]),
    )
  }

  /** A view to be looked at again later. */
  keep(view, file, base, offset) {
    const at = this.kept.length < KEPT ? this.kept.length : this.random.below(KEPT)
    this.kept[at] = { view, file, base, offset, length: view.length }
  }

  async run() {
    try {
      while (this.calls > 0) {
        if (this.targets.length === 0) this.addTarget()
        if (this.targets.length === 0) return
        this.#burst(Math.min(this.calls, 500))
        await this.#pause()
      }
    } catch (error) {
      throw new Difference(`${error instanceof Difference ? '' : 'unexpected '}${error.stack}`, {
        cause: error,
      })
    } finally {
      this.manager.close()
      this.tiling.close()
      rmSync(this.folder, { recursive: true, force: true })
    }
  }

  #burst(count) {
    const { random } = this
    for (let n = 0; n < count; n += 1) {
      const target = this.targets[random.below(this.targets.length)]
      if (target === undefined) break
      const dice = random.below(256)
      const read = dice < 215 ? cheap : dice < 253 ? bulk : cursorReads
      read(this, target)
      this.calls -= 1
      this.untilEvent -= 1
      if (this.untilEvent <= 0) this.event()
    }
    this.counts.calls += count
  }

  event() {
    this.untilEvent = 1 + this.random.below(2 * this.mix.every)
    const name = this.random.pick(this.mix.events)
    this.note('event', name)
    this.counts.kinds[name] = (this.counts.kinds[name] ?? 0) + 1
    events[name](this)
  }

  /** What a hostile argument has happen: something to the target that is being read, or anything else. */
  eventWithin(target) {
    const { random } = this
    this.isHostile = true
    const name = random.pick(this.mix.events.filter((event) => event !== 'renew' && event !== 'closeManager'))
    this.note('within', name)
    events[name](this, target)
  }

  async #pause() {
    await new Promise(setImmediate)
    const target = this.random.pick(this.targets)
    if (target !== undefined && this.random.once(2)) await asyncReads(this, target)
    if (this.wantsGarbage && globalThis.gc) {
      this.wantsGarbage = false
      globalThis.gc()
      await new Promise(setImmediate)
    }
  }
}
