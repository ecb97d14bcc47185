// Takes the memory of views away from them in every way JavaScript has, then ends all that made it.
const { MessageChannel, receiveMessageOnPort } = require('node:worker_threads')
const { SlidingWindowMapManager } = require('smmap')
const { answer, codeOf, collectGarbage, countMappings, makeFile, settles } = require('./kit.cjs')

const WINDOW = 65_536
const { path, bytes } = makeFile(8 * WINDOW)
const other = makeFile(100 * WINDOW, { name: 'other', seed: 1 })

const ways = {
  structuredClone: (memory) => structuredClone(memory, { transfer: [memory] }),
  postMessage(memory) {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage(memory, [memory])
    const { message } = receiveMessageOnPort(port2)
    port1.close()
    return message
  },
  transfer: (memory) => memory.transfer(),
  transferToFixedLength: (memory) => memory.transferToFixedLength(),
  transferLonger: (memory) => memory.transfer(memory.byteLength + 10),
  transferShorter: (memory) => memory.transfer(memory.byteLength - 10),
}

/** The memory in its new place, and whether the cursor still works. */
function take(way, i) {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW })
  const offset = i * WINDOW
  const expected = bytes.subarray(offset, offset + WINDOW)
  const cursor = manager.makeCursor(path).useRegion(offset)
  const view = cursor.buffer()
  const at = view.byteOffset
  // Node 20 clones what it may not transfer; later ones refuse it.
  let moved
  const refused = codeOf(() => (moved = ways[way](view.buffer)))
  let again = codeOf(() => cursor.useRegion(offset, WINDOW))
  again ??= codeOf(() => (again = cursor.buffer().equals(expected))) ?? again
  manager.forceUnmap(path)
  manager.close({ detach: true })
  return { way, refused, again, moved: moved && new Uint8Array(moved, at), expected }
}

function churn() {
  const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 10 * WINDOW })
  const cursor = manager.makeCursor(other.path)
  for (let i = 0; i < 1000; i += 1) cursor.useRegion(((i * 37) % 100) * WINDOW).buffer()
  manager.close()
}

async function main() {
  const possible = Object.keys(ways).filter(
    (way) => !way.startsWith('transfer') || ArrayBuffer.prototype.transfer,
  )
  let taken = possible.map(take)
  const refused = taken.filter(({ refused: code }) => code !== null).map(({ way }) => way)
  const notAgain = taken.filter(({ again }) => again !== true).map(({ way, again }) => `${way}: ${again}`)
  await collectGarbage()
  churn()
  const wrong = taken
    .filter(({ moved, expected }) => moved?.some((byte, i) => i < WINDOW && byte !== expected[i]))
    .map(({ way }) => way)
  taken = null
  answer({ refused: refused.join(), notAgain, wrong, letGo: await settles(() => countMappings(path) === 0) })
}

main()
