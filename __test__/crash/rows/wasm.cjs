// WebAssembly's own out-of-bounds traps, before the library is there, with it, and after a fault was
// repaired.
const { truncateSync } = require('node:fs')
const { answer, makeFile } = require('./kit.cjs')

// (module (memory 1) (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
const MODULE = Buffer.from(
  '0061736d01000000010601' +
    '60017f017f' +
    '03020100' +
    '0503010001' +
    '070801046c6f61640000' +
    '0a0901070020002802000b',
  'hex',
)
const { load } = new WebAssembly.Instance(new WebAssembly.Module(MODULE)).exports

/** How a load at the very end of the address space fails, also in optimised code. */
function trap() {
  for (let i = 0; i < 100_000; i += 1) load(i % 65_000)
  const names = [65_533, 2 ** 31, -4].map((address) => {
    try {
      return load(address)
    } catch (error) {
      return error instanceof WebAssembly.RuntimeError ? 'RuntimeError' : String(error)
    }
  })
  return [...new Set(names)].join()
}

const before = trap()
const { SlidingWindowMapManager } = require('smmap')
const { path } = makeFile(65_536)
const cursor = new SlidingWindowMapManager().makeCursor(path).useRegion()
const view = cursor.buffer()
const loaded = trap()
truncateSync(path, 10)
const zero = view.at(-1)
answer({ before, loaded, zero, repaired: trap() })
