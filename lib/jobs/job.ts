/**
 * @file Runs native work on other threads, turn by turn. Knows progress and abortion; the work is native.
 */
import { PROGRESS_INTERVAL } from '../arguments/work.js'
import { fromNative } from '../errors/native-errors.js'
import type { native, NativeCursor } from '../native.js'
import { milliseconds } from '../node.js'
import type { RegionCursor } from '../panes/region-cursor.js'

export type NativeJob = InstanceType<typeof native.NativeJob>
export type NativeReport = Awaited<ReturnType<NativeJob['turn']>>

/** How the work is ended, and who follows its progress. */
export interface JobOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Called with the offset reached in the file and the count so far, at most 20 times a second, and once at
   * the end.
   */
  readonly onProgress?: ((position: number, count: number) => void) | undefined
}

/**
 * What each turn of a job found. Between two turns nothing is mapped for the job. When the loop is left
 * early, or anything throws, the file is let go.
 *
 * ```text
 * event loop  ──●──────────────●──────────────●──   a report is yielded: results, and progress if it is due
 * thread pool   [step][step]…   [step][step]…       a turn: as many native steps as fit in 8 ms
 * ```
 *
 * @throws (rejects) the signal's reason · what `onProgress` throws · the error that the turn ended with.
 */
export async function* stepsOf(
  cursor: RegionCursor,
  make: (on: NativeCursor) => NativeJob,
  { signal, onProgress }: JobOptions,
): AsyncGenerator<NativeReport, void, undefined> {
  signal?.throwIfAborted()
  const job = cursor.start(make)
  // The native side looks at this between two blocks, so an abort also ends the running step.
  const stop = (): void => job.stop()
  signal?.addEventListener('abort', stop)
  let reported = milliseconds()
  try {
    for (;;) {
      const report = await job.turn()
      // The turn may have evicted regions that this thread sees. It lets go of them now, or they would stay
      // mapped.
      cursor.regions.dropGone()
      // The signal's reason, not the native side's "stopped".
      signal?.throwIfAborted()
      if (report.error !== undefined) throw fromNative(new Error(report.error), cursor.target.name)
      if (report.isDone || milliseconds() - reported >= PROGRESS_INTERVAL) {
        onProgress?.(report.position, report.count)
        reported = milliseconds()
      }
      yield report
      if (report.isDone) return
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    // Leaving a `for await` early comes here too: the running turn ends, and the file is closed.
    job.close()
    cursor.regions.dropGone()
  }
}

/** Does all turns, and returns the last report. */
export async function lastStepOf(steps: AsyncIterable<NativeReport>): Promise<NativeReport | undefined> {
  let last: NativeReport | undefined
  for await (const report of steps) last = report
  return last
}
