/**
 * @file Runs native work on other threads, step by step. Knows progress and abortion; what is done is native.
 */
import { PROGRESS_INTERVAL } from '../arguments/work.js'
import { fromNative } from '../errors/native-errors.js'
import type { native, NativeCursor } from '../native.js'
import type { RegionCursor } from '../panes/region-cursor.js'

export type NativeJob = InstanceType<typeof native.NativeJob>
export type NativeReport = Awaited<ReturnType<NativeJob['step']>>

/** Who may end the work, and who wants to know how far it is. */
export interface JobOptions {
  readonly signal?: AbortSignal | undefined
  /**
   * Called with the offset in the file that was reached and the count so far, at most 20 times a second, and
   * once when all is done.
   */
  readonly onProgress?: ((position: number, count: number) => void) | undefined
}

/**
 * What each step found. Between two steps nothing is mapped for the job; when the steps are left early, or
 * anything throws, the file is let go.
 *
 * @throws (rejects) the signal's reason · what `onProgress` throws · what the step met.
 */
export async function* stepsOf(
  cursor: RegionCursor,
  make: (on: NativeCursor) => NativeJob,
  { signal, onProgress }: JobOptions,
): AsyncGenerator<NativeReport, void, undefined> {
  signal?.throwIfAborted()
  const job = cursor.start(make)
  // The native side looks at this between two blocks, so an abort also ends the step at work.
  const stop = (): void => job.stop()
  signal?.addEventListener('abort', stop)
  let reported = performance.now()
  try {
    for (;;) {
      const report = await job.step()
      // The step may have evicted regions that this thread has seen: it lets go of them now, or they would
      // stay mapped.
      cursor.regions.sweep()
      // The signal's reason, not the native side's "stopped".
      signal?.throwIfAborted()
      if (report.error !== undefined) throw fromNative(new Error(report.error), cursor.target.name)
      if (report.isDone || performance.now() - reported >= PROGRESS_INTERVAL) {
        onProgress?.(report.position, report.count)
        reported = performance.now()
      }
      yield report
      if (report.isDone) return
    }
  } finally {
    signal?.removeEventListener('abort', stop)
    // Leaving a `for await` early comes here too: the thread pool ends its step, and the file is closed.
    job.close()
    cursor.regions.sweep()
  }
}

/** Does all steps; the last one's report. */
export async function lastStepOf(steps: AsyncIterable<NativeReport>): Promise<NativeReport | undefined> {
  let last: NativeReport | undefined
  for await (const report of steps) last = report
  return last
}
