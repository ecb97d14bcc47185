// A view in every window of a file that no address space of 32 bits could hold, in one turn of the event
// loop. With 3 GiB of addresses it ended in ENOMEM after some 30 windows: what was evicted and not yet
// collected was not counted; and without a limit nothing was. In processes of their own, whose addresses are
// as free as they can be.
import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { onUnix } from './fixtures/platform.js'
import { tempFolder } from './helpers/files.js'

const SIZE = 40 * 2 ** 30
const STEP = 16 * 2 ** 20

/** Sparse, with a number at each step. */
function hugeFile(t: ExecutionContext): string {
  const path = join(tempFolder(t), 'huge')
  const file = openSync(path, 'w')
  ftruncateSync(file, SIZE)
  for (let offset = 0; offset < SIZE; offset += STEP) {
    const mark = Buffer.alloc(8)
    mark.writeDoubleLE(offset + 1)
    writeSync(file, mark, 0, 8, offset)
  }
  closeSync(file)
  return path
}

/** What is run: how many views were wrong when they were made, and afterwards. */
const sweep = `
  const { SlidingWindowMapManager } = require('smmap')
  const [path, size, step, options, keeps] = JSON.parse(process.argv[1])
  const manager = new SlidingWindowMapManager(options)
  const cursor = manager.makeCursor(path)
  const kept = []
  let wrong = 0
  for (let offset = 0; offset < size; offset += step) {
    const view = cursor.useRegion(offset, 4096).buffer()
    if (view.readDoubleLE(0) !== offset + 1) wrong += 1
    if (keeps) kept.push([offset, view])
  }
  const later = kept.filter(([offset, view]) => view.readDoubleLE(0) !== offset + 1).length
  console.log(JSON.stringify({ wrong, later, kept: kept.length }))`

function swept(...args: unknown[]): unknown {
  const output = execFileSync(process.execPath, ['-e', sweep, JSON.stringify(args)], { encoding: 'utf8' })
  return JSON.parse(output)
}

const DEFAULT_STEP = 64 * 2 ** 20

/** With a limit of nothing each window is evicted at once; with none it is the system that refuses. */
for (const [name, options, step] of [
  ['windows of the default size', {}, DEFAULT_STEP],
  ['windows of 16 MiB', { windowSize: STEP }, STEP],
  ['no window kept', { maxMemorySize: 0 }, DEFAULT_STEP],
  ['no limit', { maxMemorySize: Number.MAX_SAFE_INTEGER, windowSize: DEFAULT_STEP }, DEFAULT_STEP],
] as const) {
  for (const keeps of [false, true]) {
    onUnix(`a sweep over 40 GiB in one turn: ${name}, the views ${keeps ? 'kept' : 'dropped'}`, (t) => {
      const kept = keeps ? SIZE / step : 0
      t.deepEqual(swept(hugeFile(t), SIZE, step, options, keeps), { wrong: 0, later: 0, kept })
    })
  }
}
