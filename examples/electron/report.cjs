// What a main process does with a large file. Knows nothing of Electron, so that plain Node.js can try it too.
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')

/** Reads a file's length and its last 16 bytes; `zeroCopy` is `false` in Electron, where Buffers are copies. */
exports.report = function report(path) {
  const manager = new SlidingWindowMapManager({ windowSize: 2 ** 20 })
  try {
    const cursor = manager.makeCursor(path)
    const file = new SlidingWindowMapBuffer(cursor)
    const last = cursor.useRegion(Math.max(0, file.length - 16)).buffer()
    return {
      length: file.length,
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
