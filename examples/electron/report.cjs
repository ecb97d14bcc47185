// What a process does with a large file. Knows nothing of Electron, so that plain Node.js can try it too.
const { createHash } = require('node:crypto')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')

const STEP = 2 ** 20

/** Reads a file to its end and reports on it; `zeroCopy` is `false` in Electron, where Buffers are copies. */
exports.report = function report(path) {
  const manager = new SlidingWindowMapManager({ windowSize: 16 * STEP, maxMemorySize: 64 * STEP })
  try {
    const cursor = manager.makeCursor(path)
    const { length } = new SlidingWindowMapBuffer(cursor)
    const hash = createHash('sha256')
    for (let offset = 0; offset < length; offset += STEP) hash.update(cursor.useRegion(offset, STEP).buffer())
    const last = cursor.useRegion(Math.max(0, length - 16)).buffer()
    return {
      length,
      sha256: hash.digest('hex'),
      last: last.toString('hex'),
      zeroCopy: manager.zeroCopy,
      // A copy keeps no more memory than it has bytes; a view lies in a region of many.
      memory: last.buffer.byteLength,
      runtime: process.versions.electron
        ? `Electron ${process.versions.electron}`
        : `Node.js ${process.version}`,
    }
  } finally {
    manager.close()
  }
}
