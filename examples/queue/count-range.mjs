/**
 * @file Splits a file, and counts in a part of it: all that a job has to do with smmap. Knows nothing of
 * queues.
 */
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'

const MIB = 2 ** 20

/** However long the file and its ranges are, a process maps no more than this. */
const LIMITS = { windowSize: 64 * MIB, maxMemorySize: 256 * MIB, strict: true }

/** Ranges of whole lines, as plain data that any queue can carry. */
export function splitFile(file, parts) {
  return withText(file, async (text) => {
    const ranges = await text.splitRanges(parts)
    return ranges.map(({ start, end }) => ({ file, fileSize: text.length, start, end }))
  })
}

/**
 * Counts newlines, and a text that holds none: so a match lies in one range, and the sums over all ranges are
 * the file's.
 *
 * @param onProgress - Called with how much of the work is done, from 0 to 1.
 */
export function countRange({ file, fileSize, start, end, find }, onProgress) {
  return withText(file, async (text) => {
    if (text.length !== fileSize) {
      throw new Error(`${file} had ${fileSize} bytes when it was split, and has ${text.length} now`)
    }
    const range = (done) => ({
      start,
      end,
      onProgress: ({ bytesScanned, bytesTotal }) => onProgress(done + bytesScanned / bytesTotal / 2),
    })
    const found = await text.count(find, range(0))
    const lines = await text.countLines(range(0.5))
    return { bytes: end - start, lines, found }
  })
}

async function withText(file, use) {
  const manager = new SlidingWindowMapManager(LIMITS)
  try {
    return await use(new SlidingWindowMapBuffer(manager.makeCursor(file)))
  } finally {
    manager.close()
  }
}
