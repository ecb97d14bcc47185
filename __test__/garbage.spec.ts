// What a program forgets to close: 200,000 of each are collected, and let go of everything they held.
import type { ExecutionContext } from 'ava'
import { inChild } from './fixtures/child.js'
import { onLinux } from './fixtures/platform.js'
import { tempFile } from './helpers/files.js'

/**
 * Fifty bytes for each of the 50,000 between two looks at memory; of three times the one that grew least
 * counts.
 */
const ROOM = 50 * 50_000

const NOTHING = {
  numOpenCursors: 0,
  numUsedRegions: 0,
  mappedMemorySize: 0,
  numFileHandles: 0,
  lingeringRegions: 0,
  mappedBytes: 0,
  descriptors: 0,
}

function litter(t: ExecutionContext, kind: string): void {
  const answer = inChild(t, '../garbage/litter.cjs', [tempFile(t, 40_960).path, kind], {
    // A young generation of a fixed size: its growth would look like a leak.
    nodeOptions: ['--expose-gc', '--max-semi-space-size=1'],
    timeout: 110_000,
  })
  t.deepEqual(answer['left'], NOTHING)
  t.true((answer['grownBy'] as number) < ROOM, `resident memory grew by ${String(answer['grownBy'])} bytes`)
}

onLinux('cursors that were never closed', (t) => litter(t, 'cursors'))

onLinux('managers that were never closed, and their cursors', (t) => litter(t, 'managers'))

onLinux('regions made by hand that were never released', (t) => litter(t, 'regions'))
