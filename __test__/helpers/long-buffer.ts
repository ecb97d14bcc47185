/** @file A file opened as one long buffer over small windows, closed when the test ends. */
import type { ExecutionContext } from 'ava'
import { SlidingWindowMapBuffer, SlidingWindowMapManager, type WindowCursor } from 'smmap'
import { PAGE } from './files.js'

export interface Opened {
  readonly manager: SlidingWindowMapManager
  readonly cursor: WindowCursor
  readonly buffer: SlidingWindowMapBuffer
}

/**
 * Windows of one page unless told otherwise, and room for four: nearly every read crosses a border or evicts.
 */
export function openLong(t: ExecutionContext, path: string, windowSize: number = PAGE): Opened {
  const manager = new SlidingWindowMapManager({ windowSize, maxMemorySize: 4 * windowSize })
  t.teardown(() => manager.close())
  const cursor = manager.makeCursor(path)
  return { manager, cursor, buffer: new SlidingWindowMapBuffer(cursor) }
}
