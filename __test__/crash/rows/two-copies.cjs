// Two copies of the package in one process, each with its guard: both repair their own faults, a foreign one
// kills.
const { truncateSync } = require('node:fs')
const { answer, codeOf, makeFile } = require('./kit.cjs')

const copies = [require('smmap'), require('smmap-again')]
const used = copies.map(({ SlidingWindowMapManager }, i) => {
  const { path } = makeFile(65_536, { name: `data-${i}`, seed: i })
  const cursor = new SlidingWindowMapManager().makeCursor(path).useRegion()
  return { path, cursor, view: cursor.buffer() }
})
const zeros = used.map(({ path, view }) => (truncateSync(path, 10), view.at(-1)))
const codes = used.map(({ cursor }) => codeOf(() => cursor.useRegion()))
answer({ areTwo: copies[0] !== copies[1], zeros, codes })
process.kill(process.pid, 'SIGBUS')
setTimeout(() => {}, 5000)
