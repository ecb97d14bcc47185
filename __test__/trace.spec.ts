// What a manager is recorded to have done, against its counters.
import { closeSync, openSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import * as fc from 'fast-check'
import {
  ALLOCATIONGRANULARITY as UNIT,
  scan,
  SlidingWindowMapManager,
  type ManagerStats,
  type Trace,
  type TraceEvent,
  type WindowCursor,
} from 'smmap'
import { tempFile } from './helpers/files.js'

const PAGES = 12

/** A manager of three windows of a page, and a cursor on a file of {@link PAGES}. */
function makeTraced(t: ExecutionContext): {
  manager: SlidingWindowMapManager
  cursor: WindowCursor
  path: string
} {
  const { path } = tempFile(t, PAGES * UNIT)
  const manager = new SlidingWindowMapManager({ windowSize: UNIT, maxMemorySize: 3 * UNIT })
  t.teardown(() => manager.close())
  return { manager, cursor: manager.makeCursor(path), path }
}

function goTo(cursor: WindowCursor, ...pages: number[]): void {
  for (const page of pages) cursor.useRegion(page * UNIT, 1).unuseRegion()
}

const kindsOf = (trace: Trace): string[] => Array.from(trace.events, ({ kind }) => kind)
const countOf = (events: readonly TraceEvent[], wanted: string): number =>
  events.filter(({ kind }) => kind === wanted).length

test('a trace tells what was opened, missed, mapped and evicted, where, with how much mapped', (t) => {
  const { manager, cursor, path } = makeTraced(t)
  const trace = manager.trace()
  goTo(cursor, 0, 1, 0, 2, 3)
  const size = UNIT
  t.deepEqual(
    Array.from(trace.events, ({ time: _time, ...rest }) => rest),
    [
      { kind: 'open', file: path, offset: 0, size: PAGES * UNIT, mapped: 0, hits: 0 },
      { kind: 'miss', file: path, offset: 0, size: 1, mapped: 0, hits: 0 },
      { kind: 'map', file: path, offset: 0, size, mapped: UNIT, hits: 0 },
      { kind: 'miss', file: path, offset: UNIT, size: 1, mapped: UNIT, hits: 0 },
      { kind: 'map', file: path, offset: UNIT, size, mapped: 2 * UNIT, hits: 0 },
      { kind: 'miss', file: path, offset: 2 * UNIT, size: 1, mapped: 2 * UNIT, hits: 1 },
      { kind: 'map', file: path, offset: 2 * UNIT, size, mapped: 3 * UNIT, hits: 1 },
      { kind: 'miss', file: path, offset: 3 * UNIT, size: 1, mapped: 3 * UNIT, hits: 1 },
      { kind: 'evict', file: path, offset: UNIT, size, mapped: 2 * UNIT, hits: 1 },
      { kind: 'map', file: path, offset: 3 * UNIT, size, mapped: 3 * UNIT, hits: 1 },
    ],
  )
  const times = Array.from(trace.events, ({ time }) => time)
  t.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  )
  t.true(times.every((time) => time >= 0 && trace.startTime + time <= performance.now()))
})

const anyStep = fc.record({
  do: fc.oneof(
    { weight: 8, arbitrary: fc.constant('use' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('unuse' as const, 'close' as const, 'collect' as const, 'force' as const),
    },
  ),
  slot: fc.nat(3),
  page: fc.nat(PAGES),
  back: fc.nat(2),
})
const anySteps = fc.array(anyStep, { maxLength: 60 })

test('the events of any program are as many as the counters went up by, and come to what is mapped', (t) => {
  const { path } = tempFile(t, PAGES * UNIT)
  const program = fc.property(anySteps, anySteps, (before, steps) => {
    using manager = new SlidingWindowMapManager({ windowSize: 2 * UNIT, maxMemorySize: 5 * UNIT })
    const cursors: (WindowCursor | undefined)[] = []
    const run = ({ do: what, slot, page, back }: (typeof steps)[number]): void => {
      if (what === 'collect') manager.collect()
      else if (what === 'force') manager.forceUnmap(path)
      else if (what === 'unuse') cursors[slot]?.unuseRegion()
      else if (what === 'use') {
        cursors[slot] ??= manager.makeCursor(path)
        cursors[slot].useRegion(Math.max(0, page * UNIT - back), UNIT)
      } else {
        cursors[slot]?.close()
        cursors[slot] = undefined
      }
    }
    before.forEach(run)
    const earlier = manager.stats()
    const trace = manager.trace({ hits: true })
    steps.forEach(run)
    trace.stop()
    expectCounted(trace, earlier, manager.stats())
  })
  fc.assert(program, { numRuns: 300 })
  t.pass()
})

function expectCounted(trace: Trace, earlier: ManagerStats, now: ManagerStats): void {
  const events = [...trace.events]
  const { counts } = trace
  const wanted = {
    hits: now.hits - earlier.hits,
    misses: now.misses - earlier.misses,
    maps: now.maps - earlier.maps,
    evictions: now.evictions - earlier.evictions,
    reads: now.reads - earlier.reads,
  }
  if (JSON.stringify(counts) !== JSON.stringify(wanted)) throw new Error(`${JSON.stringify(counts)} counted`)
  // Hits that never left JavaScript are no events.
  const hits = countOf(events, 'hit')
  if (hits > wanted.hits || hits !== (events.at(-1)?.hits ?? 0))
    throw new Error(`${hits} hits of ${wanted.hits}`)
  for (const [kind, count] of [
    ['miss', wanted.misses],
    ['map', wanted.maps],
    ['evict', wanted.evictions],
  ] as const) {
    if (countOf(events, kind) !== count)
      throw new Error(`${countOf(events, kind)} events of ${kind}, not ${count}`)
  }
  let mapped = earlier.mappedMemorySize
  for (const event of events) {
    if (event.kind === 'map') mapped += event.size
    if (event.kind === 'evict' || event.kind === 'release') mapped -= event.size
    if (event.mapped !== mapped) throw new Error(`${mapped} bytes mapped after ${JSON.stringify(event)}`)
  }
  if (mapped !== now.mappedMemorySize) throw new Error(`${mapped} bytes mapped, not ${now.mappedMemorySize}`)
}

test('only the last events are kept, the others are counted, and the counts are of all', (t) => {
  const { manager, cursor } = makeTraced(t)
  const trace = manager.trace({ capacity: 1500 })
  for (let round = 0; round < 250; round += 1)
    goTo(cursor, ...Array.from({ length: PAGES }, (_, page) => page))
  const events = [...trace.events]
  t.is(events.length, 1500)
  t.deepEqual(trace.counts, { hits: 0, misses: 3000, maps: 3000, evictions: 2997, reads: 0 })
  // And one that tells of the file.
  t.is(trace.dropped, 1 + 3000 + 3000 + 2997 - 1500)
  t.like(events.at(-1), { kind: 'map', offset: (PAGES - 1) * UNIT })
  t.like(events.at(-4), { kind: 'map', offset: (PAGES - 2) * UNIT })
})

test('a trace is read while it runs, again, after its manager closed; stopped, it records no more', (t) => {
  const { manager, cursor } = makeTraced(t)
  const trace = manager.trace()
  goTo(cursor, 0)
  t.deepEqual(kindsOf(trace), ['open', 'miss', 'map'])
  t.deepEqual(kindsOf(trace), ['open', 'miss', 'map'])
  goTo(cursor, 1)
  t.is(kindsOf(trace).length, 5)
  t.false(trace.stopped)
  trace.stop()
  goTo(cursor, 2)
  manager.close()
  trace.stop()
  t.true(trace.stopped)
  t.is(kindsOf(trace).length, 5)
  t.is(trace.counts.maps, 2)
  t.throws(() => manager.trace(), { code: 'ERR_SMMAP_CLOSED' })
})

test('what closing a manager unmaps is released, not evicted', (t) => {
  const { manager, cursor } = makeTraced(t)
  const trace = manager.trace()
  goTo(cursor, 0, 1)
  manager.close()
  t.deepEqual(kindsOf(trace).slice(-2), ['release', 'release'])
  t.is(trace.counts.evictions, 0)
  t.is([...trace.events].at(-1)?.mapped, 0)
})

test('`using` stops a trace', (t) => {
  const { manager, cursor } = makeTraced(t)
  let kept: Trace
  {
    using trace = manager.trace()
    kept = trace
    goTo(cursor, 0)
  }
  goTo(cursor, 1)
  t.is(kept.counts.misses, 1)
})

test('two traces of one manager record the same, each from its own begin', (t) => {
  const { manager, cursor } = makeTraced(t)
  const first = manager.trace()
  goTo(cursor, 0)
  const second = manager.trace({ hits: true })
  goTo(cursor, 1, 0)
  t.deepEqual(kindsOf(first), ['open', 'miss', 'map', 'miss', 'map'])
  t.deepEqual(kindsOf(second), ['miss', 'map', 'hit'])
})

test('what threads of a scan do is recorded too', async (t) => {
  const { manager, path } = makeTraced(t)
  const trace = manager.trace()
  await scan(manager, path, { find: 'x', threads: 2 })
  t.deepEqual(kindsOf(trace)[0], 'open')
  t.is(countOf([...trace.events], 'map'), manager.stats().maps)
})

test('as JSON, a trace is its counts and events, and what its manager was made with', (t) => {
  const { path } = tempFile(t, 2 * UNIT)
  using manager = new SlidingWindowMapManager({ windowSize: UNIT, maxMemorySize: 3 * UNIT })
  manager.makeCursor(path).useRegion()
  const trace = manager.trace()
  manager.makeCursor(path).useRegion(UNIT)
  trace.stop()
  const data = JSON.parse(JSON.stringify(trace)) as Record<string, unknown>
  t.like(data, {
    manager: { windowSize: UNIT, maxMappedMemorySize: 3 * UNIT, maxFileHandles: null },
    mappedBefore: UNIT,
    counts: { hits: 0, misses: 1, maps: 1, evictions: 0, reads: 0 },
    dropped: 0,
  })
  t.deepEqual(data['events'], [...trace.events])
  t.deepEqual(data, JSON.parse(JSON.stringify(trace)))
})

test('a file opened as a descriptor is named by its number', (t) => {
  const { path } = tempFile(t, 10)
  const fd = openSync(path, 'r')
  t.teardown(() => closeSync(fd))
  using manager = new SlidingWindowMapManager()
  const trace = manager.trace()
  manager.makeCursor(fd).useRegion()
  t.deepEqual(new Set(Array.from(trace.events, ({ file }) => file)), new Set([`fd ${fd}`]))
})

test('wrong options are refused', (t) => {
  using manager = new SlidingWindowMapManager()
  for (const capacity of [0, -1, 1.5, -Infinity])
    t.throws(() => manager.trace({ capacity }), { code: 'ERR_OUT_OF_RANGE' })
  t.throws(() => manager.trace({ hits: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' })
})
