// A region is given back by release() while a cursor is on it, and the cursor then leaves it: what a buffer
// saw of it in place was unmapped without its knowledge, and the next read there ended the process.
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
const { answer, collectGarbage } = require('./kit.cjs')

const [how] = process.argv.slice(2)
const WINDOW = 2 ** 18
const path = resolve('data')
writeFileSync(path, Buffer.alloc(4 * WINDOW, 7))
const manager = new SlidingWindowMapManager({ windowSize: WINDOW, access: 'map' })
const cursor = manager.makeCursor(path)
const buffer = new SlidingWindowMapBuffer(cursor)

const ways = {
  end: () => releaseAndLeave(4 * WINDOW),
  known: () => releaseAndLeave(WINDOW),
  // The finalizer of another cursor, which was dropped, is the last to let go.
  garbage: async () => {
    releaseAndForget()
    cursor.useRegion(WINDOW, 1)
    await collectGarbage()
  },
  list: () => {
    for (const region of manager.regionList(path)) region.release()
    releaseAndLeave(4 * WINDOW)
  },
}

function releaseAndLeave(offset) {
  cursor.useRegion(0, 1).region?.release()
  cursor.useRegion(offset, 1)
}

function releaseAndForget() {
  manager.makeCursor(path).useRegion(0, 1).region.release()
}

async function main() {
  // Both windows are seen, and the cursor is on the first.
  buffer.at(WINDOW)
  buffer.at(0)
  await ways[how]()
  const read = [buffer.at(5), buffer.at(WINDOW + 5), buffer.readUInt32LE(8), ...buffer.slice(0, 2)]
  answer({ read })
}

void main()
