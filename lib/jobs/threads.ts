/** @file How many threads may work on one file. Knows no work. */
import { toInteger } from '../arguments/arguments.js'

/** More would be a mistake: one thread a core is the fastest, and each has a buffer of its own. */
const MOST = 256

/** `options.threads`, checked: 1 to 256. */
export function toThreads(threads: unknown): number {
  return toInteger(threads, 'options.threads', 1, MOST)
}
