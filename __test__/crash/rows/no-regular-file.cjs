// What is no regular file, though it opens: refused at once, by path and by descriptor.
const { execFileSync } = require('node:child_process')
const { constants, openSync } = require('node:fs')
const { createServer } = require('node:net')
const { SlidingWindowMapManager } = require('smmap')
const { answer, codeOf, makeFile } = require('./kit.cjs')

execFileSync('mkfifo', ['fifo'])
const server = createServer().listen('socket', () => {
  const manager = new SlidingWindowMapManager()
  const use = (what) => codeOf(() => manager.makeCursor(what).useRegion())
  const { path, bytes } = makeFile(65_536)
  const codes = {
    fifo: use('fifo'),
    fifoDescriptor: use(openSync('fifo', constants.O_RDONLY | constants.O_NONBLOCK)),
    socket: use('socket'),
    zero: use('/dev/zero'),
    tty: use('/dev/tty'),
    folder: use('.'),
  }
  const works = manager.makeCursor(path).useRegion().buffer().equals(bytes)
  answer({ ...codes, works, numOpenCursors: manager.makeCursor(path) && manager.numOpenFiles })
  server.close()
})
