// Empties views by force, reads and writes them all the same, and uses the file again.
const { SlidingWindowMapManager } = require('smmap')
const { answer, collectGarbage, countMappings, makeFile } = require('./kit.cjs')

const [way] = process.argv.slice(2)
const WINDOW = 65_536
const { path, bytes } = makeFile(4 * WINDOW)
const manager = new SlidingWindowMapManager({ windowSize: WINDOW, maxMemorySize: 2 * WINDOW })
const cursors = [0, 1, 2, 3].map((i) => manager.makeCursor(path).useRegion(i * WINDOW))
const views = cursors.map((cursor) => cursor.buffer())
cursors[3].close()

function readAll() {
  const undefinedOnes = views.filter((view) => view[0] === undefined && view[WINDOW - 1] === undefined).length
  for (const view of views) view[0] = 1
  const texts = views.map((view) => view.toString('latin1')).join('')
  return { lengths: views.map(({ length }) => length), undefinedOnes, texts }
}

async function main() {
  if (way === 'forceUnmap') manager.forceUnmap(path)
  else manager.close({ detach: true })
  const mapped = countMappings(path)
  const read = readAll()
  const valid = cursors.filter(({ isValid }) => isValid).length
  await collectGarbage()
  const again = way === 'forceUnmap' ? manager : new SlidingWindowMapManager()
  const right = again
    .makeCursor(path)
    .useRegion(WINDOW, WINDOW)
    .buffer()
    .equals(bytes.subarray(WINDOW, 2 * WINDOW))
  answer({ ...read, mapped, valid, right, afterwards: readAll().lengths })
}

main()
