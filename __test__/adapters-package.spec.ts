// The face of `smmap/adapters`: what `require` and `import` give.
import { createRequire } from 'node:module'
import test from 'ava'
import * as imported from 'smmap/adapters'

test('require and import give the same adapters', (t) => {
  const required: Record<string, unknown> = createRequire(import.meta.url)('smmap/adapters')
  t.deepEqual(Object.keys(imported).toSorted(), Object.keys(required).toSorted())
  for (const [name, value] of Object.entries(imported)) t.is(required[name], value, name)
})

test('an adapter takes a plain Buffer too, and one that reads off the main thread', async (t) => {
  const bytes = Buffer.from('0123456789')
  const { hyparquetBuffer, wholeBuffer } = imported
  t.is(Buffer.from(await hyparquetBuffer(bytes).slice(2, 5)).toString(), '234')
  t.deepEqual(wholeBuffer(bytes), bytes)

  const reads: number[][] = []
  const source = {
    length: bytes.length,
    at: (index: number) => bytes.at(index),
    subarray: () => t.fail() as never,
    copy: () => t.fail() as never,
    read: async (offset: number, length: number) => {
      reads.push([offset, length])
      return bytes.subarray(offset, offset + length)
    },
  }
  t.is(Buffer.from(await hyparquetBuffer(source).slice(-3)).toString(), '789')
  t.deepEqual(reads, [[7, 3]])
})
