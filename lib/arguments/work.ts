/** @file The options of all long work: how to end it, and how to follow its progress. */
import { invalidArgType } from '../errors/smmap-errors.js'
import { milliseconds } from '../node.js'
import type { Names } from './options.js'

/** How to end long work, and how to hear of its progress. */
export interface WorkOptions {
  /**
   * Ends the work with the signal's reason: within some 10 ms, or after the current step where that takes
   * longer (at most a window, and 32 MiB a thread).
   */
  signal?: AbortSignal | undefined
  /** Called at most 20 times a second, and once at the end. When it throws, the work ends with that error. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** How far the work is. */
export interface Progress {
  /** Bytes done so far. */
  bytesScanned: number
  /** Bytes of the whole range. */
  bytesTotal: number
  /** How many matches, lines or parts were found so far; 0 where nothing is counted. */
  found: number
}

/** Its names, to be spread into those of options that have more. */
export const WORK: Names<WorkOptions> = { signal: true, onProgress: true }

/** Milliseconds between two reports of progress, which makes 20 a second. */
export const PROGRESS_INTERVAL = 50

/** Calls `onProgress` at most 20 times a second, and always when all bytes are done. */
export function paced(onProgress: WorkOptions['onProgress']): NonNullable<WorkOptions['onProgress']> {
  let reported = milliseconds()
  return (progress) => {
    const isDue = milliseconds() - reported >= PROGRESS_INTERVAL
    if (!isDue && progress.bytesScanned < progress.bytesTotal) return
    onProgress?.(progress)
    reported = milliseconds()
  }
}

/** Throws `TypeError` `ERR_INVALID_ARG_TYPE` where one of the two is something else. */
export function checkWork({ signal, onProgress }: { signal?: unknown; onProgress?: unknown }): void {
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidArgType('options.signal', 'an instance of AbortSignal', signal)
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidArgType('options.onProgress', 'of type function', onProgress)
  }
}
