// A program's own loops over a file larger than the limit, which keep no view, and that garbage collection
// alone cannot keep within it: what is mapped, what lingers and what is resident.
import { truncateSync } from 'node:fs'
import { inChild } from './fixtures/child.js'
import { onLinux } from './fixtures/platform.js'
import { tempFile } from './helpers/files.js'

const MIB = 2 ** 20
const LIMIT = 64 * MIB
const FILE = 6 * LIMIT

const KINDS = [
  'useRegion() and buffer()',
  'useRegion() and map()',
  'a cursor a window',
  'chunks()',
  'chunks() of a window',
  'subarray()',
  'subarray() of a window',
  'subarray() of a SlidingWindowMapBuffer',
  'array()',
  'a stream',
]

for (const kind of KINDS) {
  onLinux(`${kind} in a loop stays within the limit and a window`, (t) => {
    const { path } = tempFile(t, 0)
    truncateSync(path, FILE)
    const { windowSize, mapped, seen, resident } = inChild(t, 'own-loops.cjs', [path, kind, LIMIT])
    t.deepEqual([seen, windowSize], [FILE, LIMIT / 4])
    const most = LIMIT + LIMIT / 4
    t.true(Number(mapped) <= most, `${Number(mapped) / MIB} MiB mapped and lingering`)
    t.true(Number(resident) <= most + 64 * MIB, `${Number(resident) / MIB} MiB resident`)
  })
}
