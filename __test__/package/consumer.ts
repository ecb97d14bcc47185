// What a stranger's TypeScript asks of the types: that they are found, are strict, and know their errors.
import { readFileSync } from 'node:fs'
import { SlidingWindowMapBuffer, SlidingWindowMapManager, SmmapError, type ManagerOptions } from 'smmap'
import { hyparquetBuffer } from 'smmap/adapters'

const options: ManagerOptions = { windowSize: 2 ** 20, strict: true }
const manager = new SlidingWindowMapManager(options)
const cursor = manager.makeCursor('package.json').useRegion(0, 100)
const bytes: Buffer = cursor.buffer()
const last: number | undefined = new SlidingWindowMapBuffer(cursor).at(-1)
export const code: string = new SmmapError('ERR_SMMAP_CLOSED', 'closed').code
export const all: unknown[] = [bytes.equals(readFileSync('package.json')), last, hyparquetBuffer]
// @ts-expect-error a size is no text
manager.makeCursor('package.json').useRegion('0')
