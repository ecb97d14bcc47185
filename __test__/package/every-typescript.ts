// What every TypeScript from 5.0 on must understand of the types, and not take for `any`.
import {
  type LineIndex,
  type LongBuffer,
  open,
  type Range,
  scan,
  SlidingWindowMapBuffer,
  SlidingWindowMapManager,
  SmmapError,
  TilingMemmapManager,
} from 'smmap'
import { hyparquetBuffer } from 'smmap/adapters'

const manager = new SlidingWindowMapManager({ maxMemorySize: Infinity })
const log: LongBuffer = open('huge.log', { manager })
export const buffers = [log, new SlidingWindowMapBuffer(manager.makeCursor('huge.log'))]
export const fixed: Buffer = new TilingMemmapManager().makeCursor('huge.log').buffer()
export const floats: Float64Array = log.array(Float64Array, 0, 4)
export const adapted = hyparquetBuffer(log)

export async function readAll(): Promise<number> {
  let sum = 0
  for (const line of log.lines()) sum += line.length
  for (const chunk of log.chunks({ size: 4096 })) sum += chunk.readUInt8(0)
  for (const range of log.lines({ asRanges: true })) sum += range.end
  for await (const line of log.lines({ encoding: null })) sum += line.byteLength
  for await (const { start, matches } of log.grep(/ERROR/, { matches: true })) sum += start + matches.length
  const ranges: Range[] = await log.splitRanges(4)
  const [range] = ranges
  if (range !== undefined) sum += (await scan(log, range)).lines + (await log.count('x', range))
  const index: LineIndex = await log.lineIndex({ file: 'huge.log.idx' })
  return sum + (await index.line(0)).length + (await index.lines(0, 5)).length
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof SmmapError ? error.code : undefined
}

const [first] = log.lines()
// @ts-expect-error a line is text, and not anything
export const asNumber: number = first
// @ts-expect-error an option that nobody knows
log.find('x', { from: 5 })
