// Random programs of managers and cursors against a naive model: the bytes, exactness, every counter, the
// order of eviction.
import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import * as fc from 'fast-check'
import { ALLOCATIONGRANULARITY, SlidingWindowMapManager, type MapRegion, type WindowCursor } from 'smmap'
import type { CodedError } from './fixtures/managers.js'
import { pseudoRandomBytes, tempFile, type TempFile } from './helpers/files.js'

const UNIT = ALLOCATIONGRANULARITY
const SLOTS = 4
const FILE_SIZES = [10 * UNIT, 5 * UNIT + 1234, UNIT - 1]

const down = (n: number): number => n - (n % UNIT)
const up = (n: number): number => down(n + UNIT - 1)

interface Limits {
  windowSize: number
  maxMemorySize: number
  maxOpenHandles: number
  strict: boolean
}

/** A region as the model knows it: where it lies is taken from the real one, when it must be there is not. */
interface Known {
  readonly file: number
  readonly begin: number
  readonly end: number
  readonly real: MapRegion
  clients: number
}

interface Held {
  readonly cursor: WindowCursor
  readonly file: number
  region: Known | null
  begin: number
  end: number
}

type Step =
  | { do: 'open'; slot: number; file: number }
  | { do: 'use'; slot: number; offset: number; size: number }
  | { do: 'unuse' | 'close'; slot: number }
  | { do: 'copy' | 'assign'; slot: number; to: number }
  | { do: 'collect' }

const anySlot = fc.nat(SLOTS - 1)
const anyOffset = fc.oneof(
  fc.nat(11 * UNIT),
  fc.nat(11).map((page) => page * UNIT),
)
const anySize = fc.oneof(
  fc.constant(0),
  fc.nat(6 * UNIT),
  fc.nat(6).map((pages) => pages * UNIT),
)
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('open'), slot: anySlot, file: fc.nat(2) }) },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('use'), slot: anySlot, offset: anyOffset, size: anySize }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('unuse', 'close'), slot: anySlot }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('copy', 'assign'), slot: anySlot, to: anySlot }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('collect') }) },
) as fc.Arbitrary<Step>

const anyLimits: fc.Arbitrary<Limits> = fc.record({
  windowSize: fc.oneof(
    fc.integer({ min: 1, max: 4 }).map((pages) => pages * UNIT),
    fc.constant(5000),
  ),
  maxMemorySize: fc.integer({ min: 1, max: 12 }).map((pages) => pages * UNIT),
  // Three files, so that the limit on descriptors, one a file, is never the one that counts.
  maxOpenHandles: fc.integer({ min: 3, max: 6 }),
  strict: fc.boolean(),
})

/** The naive twin of a manager: lists, searched from end to end. */
class Model {
  readonly slots: (Held | null)[] = Array.from({ length: SLOTS }, () => null)
  /** All mapped regions; those without clients in the order in which their last one left. */
  regions: Known[] = []

  constructor(readonly limits: Limits) {}

  get idle(): Known[] {
    return this.regions.filter((region) => region.clients === 0)
  }

  get mapped(): number {
    return this.regions.reduce((sum, region) => sum + region.end - region.begin, 0)
  }

  leave(held: Held): void {
    const { region } = held
    held.region = null
    if (region === null) return
    region.clients -= 1
    if (region.clients > 0) return
    this.regions = [...this.regions.filter((it) => it !== region), region]
  }

  enter(held: Held, region: Known): void {
    region.clients += 1
    held.region = region
  }

  forget(gone: readonly Known[]): void {
    this.regions = this.regions.filter((region) => !gone.includes(region))
  }

  /** How many idle regions, oldest first, must go before `size` more bytes may be mapped. */
  toEvict(size: number): number {
    const { maxMemorySize, maxOpenHandles } = this.limits
    let [memory, handles, count] = [this.mapped, this.regions.length, 0]
    for (const region of this.idle) {
      if (memory + size <= maxMemorySize && handles < maxOpenHandles) break
      memory -= region.end - region.begin
      handles -= 1
      count += 1
    }
    return count
  }

  /**
   * The codes that a miss of at most `most` bytes may end with: those of limits that what is in use leaves no
   * room in.
   */
  refusals(most: number): string[] {
    const { maxOpenHandles, maxMemorySize, strict } = this.limits
    const used = this.regions.filter((region) => region.clients > 0)
    const memory = used.reduce((sum, region) => sum + region.end - region.begin, 0)
    const codes = used.length >= maxOpenHandles ? ['ERR_SMMAP_HANDLE_LIMIT'] : []
    return strict && memory + most > maxMemorySize ? [...codes, 'ERR_SMMAP_MEMORY_LIMIT'] : codes
  }
}

class Run {
  readonly manager: SlidingWindowMapManager
  readonly model: Model

  constructor(
    readonly files: readonly TempFile[],
    limits: Limits,
  ) {
    // Views that nobody has any more keep memory until they are collected: then what goes cannot be foretold.
    this.manager = new SlidingWindowMapManager({ ...limits, zeroCopy: 'never' })
    this.model = new Model(limits)
  }

  take(step: Step): void {
    if (step.do === 'collect') return this.collect()
    const held = this.model.slots[step.slot] ?? null
    if (step.do === 'open') return this.open(step.slot, step.file)
    if (held === null) return
    if (step.do === 'use') return this.use(held, step.offset, step.size)
    if (step.do === 'copy' || step.do === 'assign') return this.copy(step.do, step.slot, held, step.to)
    this.model.leave(held)
    if (step.do === 'unuse') held.cursor.unuseRegion()
    else {
      held.cursor.close()
      this.model.slots[step.slot] = null
    }
  }

  open(slotIndex: number, file: number): void {
    const before = this.model.slots[slotIndex]
    if (before) this.model.leave(before)
    before?.cursor.close()
    const cursor = this.manager.makeCursor(this.files[file]!.path)
    this.model.slots[slotIndex] = { cursor, file, region: null, begin: 0, end: 0 }
  }

  collect(): void {
    const { idle } = this.model
    expect(this.manager.collect(), idle.length, 'collected')
    this.model.forget(idle)
  }

  copy(how: 'copy' | 'assign', slotIndex: number, from: Held, to: number): void {
    const target = this.model.slots[to] ?? null
    if (how === 'assign' && target !== null) {
      target.cursor.assign(from.cursor)
      if (target === from) return
      this.model.leave(target)
      this.place(to, { ...from, cursor: target.cursor })
    } else if (to !== slotIndex) {
      if (target) this.model.leave(target)
      target?.cursor.close()
      this.place(to, { ...from, cursor: from.cursor.copy() })
    }
  }

  place(to: number, held: Held): void {
    this.model.slots[to] = held
    if (held.region) held.region.clients += 1
  }

  use(held: Held, begin: number, asked: number): void {
    const fileSize = this.files[held.file]!.bytes.length
    const { windowSize } = this.model.limits
    const end = Math.min(begin + Math.min(asked || windowSize, windowSize), fileSize)
    const serves = (region: Known | null): region is Known =>
      region !== null && region.file === held.file && region.begin <= begin && end <= region.end
    const stays = begin < fileSize && serves(held.region)
    if (!stays) this.model.leave(held)

    const isHit = stays || begin >= fileSize || this.model.regions.some(serves)
    const { misses } = this.manager.stats()
    let code: string | null = null
    try {
      held.cursor.useRegion(begin, asked)
    } catch (error) {
      code = (error as CodedError).code
      if (code === undefined) throw error
    }
    const most = Math.max(up(this.model.limits.windowSize), up(end) - down(begin))
    if (code !== null) return this.failed(held, code, isHit, most)
    expect(this.manager.stats().misses - misses, isHit ? 0 : 1, 'misses')
    expect(held.cursor.isValid, begin < fileSize, 'isValid')
    if (!held.cursor.isValid) return
    held.begin = begin
    held.end = end
    if (isHit && !stays) this.found(held, serves)
    if (!isHit) this.mapped(held, begin, end)
  }

  failed(held: Held, code: string, isHit: boolean, most: number): void {
    expect(isHit, false, `a hit failed with ${code}`)
    expect(this.model.refusals(most).includes(code), true, `may fail with ${code}`)
    expect(held.cursor.isValid, false, 'isValid after an error')
    // Whether room was made before giving up is left open; what has gone must be the oldest.
    this.model.forget(this.model.idle.slice(0, this.model.regions.length - this.manager.numOpenRegions))
  }

  found(held: Held, serves: (region: Known) => boolean): void {
    const region = this.model.regions.find((it) => it.real === held.cursor.region)
    expect(region !== undefined && serves(region), true, 'the region found is a known one that serves')
    this.model.enter(held, region!)
  }

  mapped(held: Held, begin: number, end: number): void {
    const real = held.cursor.region!
    const region: Known = { file: held.file, begin: real.ofsBegin, end: real.ofsEnd, real, clients: 0 }
    const { windowSize, maxOpenHandles, maxMemorySize, strict } = this.model.limits
    const span = up(end) - down(begin)
    expect(region.begin % UNIT, 0, 'begin is aligned')
    expect(region.begin <= begin && end <= region.end, true, 'the request lies in its region')
    expect(region.end - region.begin <= Math.max(up(windowSize), span), true, 'no larger than needed')

    this.model.forget(this.model.idle.slice(0, this.model.toEvict(region.end - region.begin)))
    for (const other of this.model.regions.filter((it) => it.file === held.file)) {
      const overlap = Math.min(region.end, other.end) - Math.max(region.begin, other.begin)
      const needed = Math.min(up(end), other.end) - Math.max(down(begin), other.begin)
      expect(Math.max(overlap, 0) <= Math.max(needed, 0), true, 'overlaps only where the request does')
    }
    this.model.regions.unshift(region)
    this.model.enter(held, region)
    expect(this.model.regions.length <= maxOpenHandles, true, 'handle limit')
    if (strict || this.model.idle.length > 0) expect(this.model.mapped <= maxMemorySize, true, 'memory limit')
  }

  check(): void {
    const { model, manager } = this
    const open = model.slots.filter((held) => held !== null)
    expect(manager.numOpenRegions, model.regions.length, 'numOpenRegions')
    expect(manager.numFileHandles, model.regions.length, 'numFileHandles')
    expect(manager.mappedMemorySize, model.mapped, 'mappedMemorySize')
    expect(manager.numUsedRegions, model.regions.length - model.idle.length, 'numUsedRegions')
    expect(manager.numOpenFiles, new Set(model.regions.map(({ file }) => file)).size, 'numOpenFiles')
    expect(manager.numOpenCursors <= open.length, true, 'numOpenCursors')
    for (const region of model.regions) expect(region.real.clientCount, region.clients + 1, 'clientCount')
    for (const held of open) this.checkCursor(held)
  }

  checkCursor({ cursor, file, region, begin, end }: Held): void {
    expect(cursor.isValid, region !== null, 'isValid')
    expect(cursor.region, region?.real ?? null, 'region')
    expect(cursor.size, region === null ? 0 : end - begin, 'size')
    if (region === null) return
    expect(cursor.ofsBegin, begin, 'ofsBegin')
    expect(cursor.buffer().equals(this.files[file]!.bytes.subarray(begin, end)), true, 'bytes')
  }

  end(): void {
    for (const held of this.model.slots) held?.cursor.close()
    expect(this.manager.numOpenCursors, 0, 'numOpenCursors at the end')
    expect(this.manager.numUsedRegions, 0, 'numUsedRegions at the end')
    this.manager.collect()
    expect(this.manager.mappedMemorySize, 0, 'mappedMemorySize at the end')
    expect(this.manager.numOpenRegions, 0, 'numOpenRegions at the end')
  }
}

/** Cheaper than ava's assertions, of which a run would make millions. */
function expect<T>(actual: T, expected: T, what: string): void {
  if (!Object.is(actual, expected))
    throw new Error(`${what}: ${String(actual)}, expected ${String(expected)}`)
}

test('any calls show the right bytes, keep the limits, and evict what was left longest ago', async (t) => {
  const files = FILE_SIZES.map((bytes, i) => tempFile(t, pseudoRandomBytes(bytes, 100 + i)))
  const program = fc.tuple(anyLimits, fc.array(anyStep, { minLength: 1, maxLength: 80, size: 'max' }))
  await fc.assert(
    fc.asyncProperty(program, async ([limits, steps]) => {
      // A turn of the event loop, in which memory that views have lived on is given back.
      await turn()
      const run = new Run(files, limits)
      try {
        for (const one of steps) {
          run.take(one)
          run.check()
        }
        run.end()
      } finally {
        run.manager.close()
      }
    }),
    { numRuns: 2000, includeErrorInReport: true },
  )
  t.pass()
})
