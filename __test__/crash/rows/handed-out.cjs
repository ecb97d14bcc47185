// A program's own code in mid-read was handed memory that nothing holds: by its target's `set`, or its typed
// array's class. Kept, it was read after the region was unmapped. Whatever is handed out now stays readable
// when the manager is closed.
const { writeFileSync } = require('node:fs')
const { resolve } = require('node:path')
const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
const { answer, collectGarbage } = require('./kit.cjs')

const SIZE = 2 ** 20
const path = resolve('data')
writeFileSync(path, Buffer.alloc(SIZE, 7))
const seen = []

class Target extends Uint8Array {
  set(source, offset) {
    seen.push(source)
    super.set(source, offset)
  }

  subarray(...args) {
    seen.push(super.subarray(...args))
    return seen.at(-1)
  }
}

class Numbers extends Uint16Array {
  constructor(...args) {
    seen.push(...args.filter((value) => typeof value === 'object'))
    super(...args)
  }
}

function withBuffer(body) {
  const manager = new SlidingWindowMapManager({ windowSize: 2 ** 18, access: 'map' })
  body(new SlidingWindowMapBuffer(manager.makeCursor(path)))
  manager.close()
}

async function main() {
  const target = new Target(10)
  // A manager each: a view would keep for all what one of them was handed.
  withBuffer((buffer) => buffer.array(Numbers, 0, 5))
  withBuffer((buffer) => buffer.array(Numbers, 1, 5))
  withBuffer((buffer) => buffer.indexOf(Target.from([7, 7])))
  // Last, so that nothing else is mapped where this was.
  withBuffer((buffer) => buffer.copy(target))
  await collectGarbage()
  const bytes = seen.flatMap((value) => Array.from(new Uint8Array(value.buffer ?? value).subarray(0, 4)))
  answer({ copied: [...target], others: bytes.filter((byte) => byte !== 7 && byte !== 0) })
}

void main()
