// Cuts a file inside its last page, or cuts it and lets it grow again, as copytruncate does to a log: no
// signal tells, check() must.
const { appendFileSync, statSync, truncateSync } = require('node:fs')
const { SlidingWindowMapManager } = require('smmap')
const { answer, codeOf, makeFile } = require('./kit.cjs')

const [way] = process.argv.slice(2)
const SIZE = 2 * 65_536 + 1000
const { path } = makeFile(SIZE)
const cursor = new SlidingWindowMapManager().makeCursor(path).useRegion()
const view = cursor.buffer()
const before = codeOf(() => cursor.check())
const { mtimeNs } = statSync(path, { bigint: true })
// A clock tick of the file system's, so that its times can differ.
while (statSync('.', { bigint: true }).atimeNs === mtimeNs) break
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
truncateSync(path, way === 'lastPage' ? SIZE - 500 : 100)
if (way === 'regrown') truncateSync(path, SIZE)
const zero = view.at(-1)
if (way === 'copytruncated') appendFileSync(path, Buffer.alloc(2 * SIZE, 7))
answer({ before, zero, check: codeOf(() => cursor.check({ mayGrow: way === 'copytruncated' })) })
