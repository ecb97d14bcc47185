/**
 * @file What of Node is loaded only when a program first needs it, and a clock that loads nothing. Loading
 * the library took 36 ms, 7 of them for modules that few programs use.
 */

import type * as Crypto from 'node:crypto'
import type * as WebStreams from 'node:stream/web'

/** `node:crypto`, which takes 3 ms to load. Not by `import()`: test runners in a VM refuse that. */
export function crypto(): typeof Crypto {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('node:crypto') as typeof Crypto
}

/** `node:stream/web`, which takes 2 ms to load. */
export function webStreams(): typeof WebStreams {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('node:stream/web') as typeof WebStreams
}

/**
 * Milliseconds on a clock that never goes back. `performance.now()` loads `node:perf_hooks` at its first use,
 * which takes 3 ms.
 */
export function milliseconds(): number {
  return process.uptime() * 1000
}
