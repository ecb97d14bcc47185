// Queues views in a socket, or in a file's stream, before anything is read; ends all that made them; compares
// what arrives.
const { createWriteStream, readFileSync } = require('node:fs')
const { connect, createServer } = require('node:net')
const { SlidingWindowMapManager } = require('smmap')
const { MIB, answer, collectGarbage, makeFile } = require('./kit.cjs')

const [way] = process.argv.slice(2)
const WINDOW = 256 * 1024
const { path, bytes } = makeFile(64 * WINDOW)

/** Moves, closes and drops cursors and the manager while 64 views wait in the stream. */
function queueViews(stream) {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 4 * MIB })
  let cursor = manager.makeCursor(path)
  for (let i = 0; i < 64; i += 1) {
    stream.write(cursor.useRegion(i * WINDOW).buffer())
    if (i % 8 === 3) cursor.close()
    if (i % 4 === 3) cursor = manager.makeCursor(path)
  }
  stream.end()
  manager.collect()
  manager.close()
}

async function throughSocket() {
  const server = createServer((socket) => queueViews(socket))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const socket = connect(server.address().port, '127.0.0.1')
  socket.pause()
  await new Promise((resolve) => socket.once('connect', resolve))
  await collectGarbage()
  const parts = []
  socket.on('data', (part) => parts.push(part)).resume()
  await new Promise((resolve) => socket.once('end', resolve))
  server.close()
  return Buffer.concat(parts)
}

async function throughFile() {
  const stream = createWriteStream('out')
  queueViews(stream)
  await collectGarbage()
  if (!stream.closed) await new Promise((resolve) => stream.once('close', resolve))
  return readFileSync('out')
}

async function main() {
  const arrived = await (way === 'socket' ? throughSocket() : throughFile())
  answer({ arrived: arrived.length / WINDOW, right: arrived.equals(bytes) })
}

main()
