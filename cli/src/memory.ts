/** @file Knows which windows fit which memory limit. Not what is mapped. */
import { formatCount, formatSize } from './size.js'
import { UsageError } from './usage-error.js'

const DEFAULT_WINDOW = 64 * 1024 ** 2

/**
 * The size of windows, as they can be mapped.
 *
 * @throws UsageError when they do not fit the limit.
 */
export function chooseWindow(maxMemory: number, window: number | undefined, granularity: number): number {
  if (maxMemory < granularity) {
    throw new UsageError(`--max-memory is ${written(maxMemory)}; the least is ${written(granularity)}`)
  }
  const size = window ?? Math.min(DEFAULT_WINDOW, maxMemory)
  if (size < granularity || size > maxMemory) {
    throw new UsageError(
      `--window is ${written(size)}; allowed are ${written(granularity)} to --max-memory, ` +
        `which is ${written(maxMemory)}`,
    )
  }
  // Windows are mapped in whole pages: rounded up, one could exceed the limit.
  return size - (size % granularity)
}

function written(bytes: number): string {
  return bytes < 1024 ? formatSize(bytes) : `${formatSize(bytes)} (${formatCount(bytes)} bytes)`
}
