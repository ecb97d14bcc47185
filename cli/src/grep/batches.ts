/** @file Searches for the next lines while the last ones are printed. Does not know how they look. */
import type { GrepBatch, GrepLinesOptions } from 'smmap'
import type { Task } from '../session.js'
import type { Needle } from './patterns.js'
import type { GrepOptions, Selected } from './grep-options.js'

type Reached = Parameters<Task<Selected>['onProgress']>[0]

/**
 * Prints one batch after another, while the next one is searched for. Progress is reported only for what was
 * printed: after Ctrl-C, no more than that may be claimed.
 *
 * @param print - `false`: no more.
 */
export async function eachBatch(
  task: Task<Selected>,
  needle: Needle,
  options: GrepOptions,
  matches: boolean,
  print: (batch: GrepBatch) => Promise<boolean>,
): Promise<void> {
  let isPrinting = false
  let held: Reached | undefined
  const onProgress = (progress: Reached): void => {
    if (isPrinting) held = progress
    else task.onProgress(progress)
  }
  const batches = task.reader.grepBatches(needle, { ...wanted(task, options, matches), onProgress })
  try {
    let next = batches.next()
    for (;;) {
      const { value: batch, done } = await next
      if (done) return
      const reached = held
      held = undefined
      next = batches.next()
      // If printing fails, it is not awaited; its own failure must not be reported as unhandled.
      next.catch(() => {})
      isPrinting = true
      const isWanted = await print(batch)
      isPrinting = false
      if (reached) task.onProgress(reached)
      if (!isWanted) return
      task.signal.throwIfAborted()
    }
  } finally {
    await batches.return()
  }
}

function wanted(
  { signal, threads }: Task<Selected>,
  options: GrepOptions,
  matches: boolean,
): GrepLinesOptions {
  const { context = 0, beforeContext = context, afterContext = context } = options
  return {
    ignoreCase: options.ignoreCase,
    invert: options.invertMatch,
    maxCount: options.maxCount,
    before: beforeContext,
    after: afterContext,
    numbers: options.lineNumber === true || options.json === true,
    matches,
    signal,
    threads,
  }
}
