// Cuts a file between two turns of a scan, or while its first step is at work on the thread pool.
const { truncateSync } = require('node:fs')
const { SlidingWindowMapManager, scan } = require('smmap')
const { MIB, answer, codeOfLate, makeFile } = require('./kit.cjs')

const [when] = process.argv.slice(2)
const SIZE = 32 * MIB
const CUT = 3 * MIB + 100
/**
 * With a hole behind its bytes, so that the scan takes long enough: many turns, or one window to be cut while
 * it is scanned.
 */
const HOLE = 1024 * MIB

async function main() {
  const { path } = makeFile(SIZE)
  truncateSync(path, HOLE)
  const manager = new SlidingWindowMapManager({ windowSize: when === 'between' ? MIB : HOLE })
  let turns = 0
  const onProgress = () => {
    turns += 1
    if (when === 'between' && turns === 2) truncateSync(path, CUT)
  }
  const scanning = scan(manager, path, { find: 'there is no such text in it', onProgress })
  if (when === 'within') truncateSync(path, CUT)
  const code = await codeOfLate(scanning)
  const { bytes } = await scan(manager, path)
  const { numUsedRegions, numOpenCursors } = manager
  answer({ code, again: bytes === CUT, numUsedRegions, numOpenCursors })
}

main()
