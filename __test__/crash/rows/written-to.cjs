// Writes to views in every way: private pages change, the file never does, and nothing dies.
const { randomFillSync } = require('node:crypto')
const { openSync, readFileSync, readSync } = require('node:fs')
const { SlidingWindowMapManager } = require('smmap')
const { answer, codeOf, makeFile } = require('./kit.cjs')

const [zeroCopy] = process.argv.slice(2)
const { path, bytes } = makeFile(10 * 4096 + 123)
const source = makeFile(4096, { name: 'source', seed: 1 })
const view = new SlidingWindowMapManager({ zeroCopy }).makeCursor(path).useRegion().buffer()
const refused = [
  codeOf(() => (view[0] = 1)),
  codeOf(() => view.fill(7, 4096, 8192)),
  codeOf(() => randomFillSync(view, 8192, 4096)),
  codeOf(() => readSync(openSync(source.path, 'r'), view, 12_288, 4096, 0)),
  codeOf(() => view.write('text', view.length - 4)),
]
answer({
  refused: refused.filter((code) => code !== null),
  seen: [view[0], view[5000], view.toString('latin1', view.length - 4)],
  fileKept: readFileSync(path).equals(bytes),
})
