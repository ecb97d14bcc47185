// Every argument of every public function and method is checked: an odd value gets an answer, or an error
// whose code begins with ERR_, and the very code where only one is right. A method without a row fails, and
// so does a row without a method.
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import * as smmap from 'smmap'
import { SlidingWindowMapBuffer, SlidingWindowMapManager, TilingMemmapManager } from 'smmap'
import * as adapters from 'smmap/adapters'
import { KNOWN_GAPS } from './arguments-table/known-gaps.js'
import { faultOf } from './arguments-table/outcome.js'
import { publicMethodsOf } from './arguments-table/public-names.js'
import { type Row, rowsOf, type Subject } from './arguments-table/rows.js'

/** A file of some lines. */
const FILE = 'README.md'
const folder = mkdtempSync(join(tmpdir(), 'smmap-test-'))
const growing = join(folder, 'growing')
const rows = rowsOf(FILE, growing)

const writing = setInterval(() => appendFileSync(growing, 'more\n'), 20)
appendFileSync(growing, 'some\n')
test.after.always(() => {
  clearInterval(writing)
  rmSync(folder, { recursive: true })
})

async function withSubject<T>(body: (subject: Subject) => Promise<T>): Promise<T> {
  const manager = new SlidingWindowMapManager({ windowSize: 4096 })
  const tiling = new TilingMemmapManager({ windowSize: 4096 })
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(FILE))
  try {
    return await body({ path: FILE, manager, tiling, buffer, lines: await buffer.lineIndex() })
  } finally {
    manager.close()
    tiling.close()
  }
}

/**
 * What is wrong with a row's answers: by method, argument and group of odd values, the first value and its
 * answer.
 */
async function faultsOf(row: Row): Promise<Record<string, string>> {
  const faults: Record<string, string> = {}
  for (const [method, kinds] of Object.entries(row.methods)) {
    for (const [at, kind] of kinds.entries()) {
      for (const odd of kind.odds) {
        const fault = await withSubject((subject) => faultOf(row.make(subject), method, kinds, at, odd))
        if (fault !== '') faults[`${method}(argument ${at + 1}) ${odd.group}`] ??= `${odd.name}: ${fault}`
      }
    }
  }
  return faults
}

/** The gaps that are known of the methods that the row has. */
function gapsOf({ name, kind = name, methods }: Row): string[] {
  return (KNOWN_GAPS[kind] ?? []).filter((gap) => gap.slice(0, gap.indexOf('(')) in methods)
}

for (const row of rows) {
  test(`${row.name}: odd arguments get an answer or an error with a code`, async (t) => {
    const faults = await faultsOf(row)
    const gaps = gapsOf(row)
    t.deepEqual(
      Object.entries(faults).filter(([where]) => !gaps.includes(where)),
      [],
    )
    const closed = gaps.filter((gap) => !(gap in faults))
    t.deepEqual(closed, [], 'right by now: take it out of known-gaps.ts')
  })
}

test('every public method has a row, and every row is a public method', async (t) => {
  for (const row of rows) {
    const object = await withSubject((subject) => Promise.resolve(row.make(subject) as object))
    if (Object.getPrototypeOf(object) === Object.prototype) continue
    t.deepEqual(publicMethodsOf(object).toSorted(), Object.keys(row.methods).toSorted(), row.name)
  }
})

test('every exported function and class has a row', (t) => {
  const names = new Set(rows.flatMap(({ name, methods }) => [name, ...Object.keys(methods)]))
  for (const [name, value] of Object.entries<unknown>({ ...smmap, ...adapters })) {
    if (typeof value !== 'function' || value.prototype instanceof Error) continue
    t.true(names.has(name), name)
    const statics = publicMethodsOf(value)
    if (statics.length > 0) t.true(names.has(`${name} (static)`), `${name} has ${statics.join()}`)
  }
})

test('every list of known gaps is of a row', (t) => {
  const kinds = new Set(rows.map((row) => row.kind ?? row.name))
  t.deepEqual(
    Object.keys(KNOWN_GAPS).filter((name) => !kinds.has(name)),
    [],
  )
})
