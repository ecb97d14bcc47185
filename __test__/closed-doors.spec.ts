// A program that walks through the properties of what it was given came by `extent()`, `regionCursor` and
// `regions` to the native manager and its mailbox, and could transfer that memory away, to which native code
// writes. Nothing of ours but views can be reached by properties and getters.
import { join } from 'node:path'
import test from 'ava'
import {
  GreedyMemmapManager,
  LineIndex,
  MapRegion,
  MapRegionList,
  MapWindow,
  open,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  StaticWindowMapManager,
  TilingMemmapManager,
} from 'smmap'

const path = join(import.meta.dirname, 'closed-doors.spec.ts')

/** Each getter may make a new object, so that there is no end to what is reached. */
const MOST = 2_000

/** What is reached from `start` by properties, prototypes and getters, nearest first, with how. */
function reachedFrom(start: object): Map<object, string> {
  const reached = new Map<object, string>([[start, '']])
  for (const [object, way] of reached) {
    if (reached.size > MOST || ArrayBuffer.isView(object)) continue
    if (object === globalThis || typeof object === 'function') continue
    for (const [name, value] of valuesOf(object)) {
      const isKnown = value === null || typeof value !== 'object' || reached.has(value)
      if (!isKnown) reached.set(value, `${way}.${String(name)}`)
    }
  }
  return reached
}

/** What an object's properties give, those of its prototypes too; methods without arguments are called. */
function* valuesOf(object: object): Generator<[string | symbol, unknown]> {
  const methods = new Set(['extent', 'share', 'region', 'buffer', 'stats'])
  for (let layer: object | null = object; layer !== null; layer = Object.getPrototypeOf(layer) as object) {
    for (const name of Reflect.ownKeys(layer)) {
      try {
        const value: unknown = Reflect.get(layer, name, object)
        const isCalled = typeof value === 'function' && methods.has(String(name))
        yield [name, isCalled ? Reflect.apply(value, object, []) : value]
      } catch {
        // A getter may refuse; nothing is reached by it then.
      }
    }
  }
}

const INTERNAL = /^(Native|RegionCursor|Cells|InnerPane|Pane$|FileReader|Float64Array|Int32Array|ArrayBuffer)/

test('no property leads to memory or to what reads it, but by views', async (t) => {
  const manager = new SlidingWindowMapManager()
  const cursor = manager.makeCursor(path).useRegion(0, 10)
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
  const opened = open(path)
  const tiling = new TilingMemmapManager()
  const things = {
    manager,
    cursor,
    buffer,
    opened,
    tiling,
    fixed: tiling.makeCursor(path),
    sliding: tiling.makeCursor(path, { sliding: true }),
    greedy: new GreedyMemmapManager(),
    static: new StaticWindowMapManager(),
    region: new MapRegion(path, 0, 10),
    window: new MapWindow(0, 10),
    list: new MapRegionList(path),
    found: manager.regionList(path),
    trace: manager.trace(),
    index: await opened.lineIndex(),
  }
  t.true(things.index instanceof LineIndex)
  t.is(buffer.at(0), 47)
  for (const [name, thing] of Object.entries(things)) {
    const reached = [...reachedFrom(thing)]
    const bad = reached.filter(([object]) => INTERNAL.test(object.constructor?.name ?? ''))
    t.deepEqual(
      bad.map(([object, way]) => `${name}${way}: ${object.constructor.name}`),
      [],
    )
  }
})
