// One page cannot be had (a hole on a full tmpfs): it alone may be missing, not all after it up to the
// region's end, and it is no truncation. Runs itself again where it may mount.
const { spawnSync } = require('node:child_process')
const { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } = require('node:fs')
const { join, resolve } = require('node:path')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
const { MIB, answer, codeOf } = require('./kit.cjs')

const [, , folder] = process.argv
const TAIL = 2 ** 16

function makeSparse(path) {
  writeFileSync(path, '')
  truncateSync(path, MIB)
  const fd = openSync(path, 'r+')
  writeSync(fd, Buffer.alloc(TAIL, 'Z'), 0, TAIL, MIB - TAIL)
  closeSync(fd)
  codeOf(() => writeFileSync(join(folder, 'filler'), Buffer.alloc(MIB)))
}

function main() {
  const path = join(folder, 'sparse')
  makeSparse(path)
  const truth = readFileSync(path)
  const manager = new SlidingWindowMapManager({ windowSize: MIB })
  const cursor = manager.makeCursor(path).useRegion(0, MIB)
  const view = cursor.buffer()
  const wrong = view.findIndex((byte, at) => byte !== truth[at])
  const checked = codeOf(() => cursor.check())
  const tail = codeOf(() => {
    const own = new SlidingWindowMapBuffer(manager.makeCursor(path)).slice(MIB - 10)
    if (!own.equals(truth.subarray(MIB - 10))) throw new Error('other bytes')
  })
  answer({ told: wrong < 0 || checked !== null, tail })
}

if (folder !== undefined) main()
else {
  const place = resolve('place')
  const script = 'mkdir "$1" && mount -t tmpfs -o size=256k none "$1" && exec "$2" --expose-gc "$3" "$1"'
  const args = ['-Urm', 'sh', '-c', script, 'sh', place, process.execPath, __filename]
  const { stdout, stderr, status, signal } = spawnSync('unshare', args, { encoding: 'utf8', timeout: 30_000 })
  process.stderr.write(stderr)
  process.stdout.write(stdout)
  process.exitCode = signal === null ? status : 1
}
