// Numbers read close together from blocks that are not mapped: one after the other they come from a read of
// the whole block, and never from one that could have become another's.
import { closeSync, openSync, renameSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import test, { type ExecutionContext } from 'ava'
import type { ManagerOptions, SlidingCursor } from 'smmap'
import { tiling } from './fixtures/fork-managers.js'
import { pseudoRandomBytes, tempFile } from './helpers/files.js'

const BLOCK = 2 ** 16
const BLOCKS = 40
const content = pseudoRandomBytes(BLOCKS * BLOCK - 100)
/** Bursts before the next one is answered from its block. */
const ENOUGH = 4
const NUMBERS = 12

const inPlace = process.env['SMMAP_ZERO_COPY'] === 'never' ? test.skip : test

interface Place {
  readonly path: string
  readonly cursor: SlidingCursor
  readonly reads: () => number
}

/** There is room for one region, which is in use: nothing earns a map. */
function place(t: ExecutionContext, options: ManagerOptions = {}): Place {
  const { path } = tempFile(t, content)
  const manager = tiling(t, { windowSize: 4 * BLOCK, maxOpenHandles: 1, ...options })
  manager.makeCursor(path, { size: 1 })
  return { path, cursor: manager.makeCursor(path, { sliding: true }), reads: () => manager.stats().reads }
}

/** Looks a dozen numbers of a block up. */
function lookUp(t: ExecutionContext, cursor: SlidingCursor, block: number): void {
  for (let i = 0; i < NUMBERS; i += 1) {
    const at = block * BLOCK + ((i * 5003) % (BLOCK - 108))
    t.is(cursor.readUInt32LE(at), content.readUInt32LE(at))
  }
}

/** Bursts in blocks from the eighth on: as many as it takes. */
function warmUp(t: ExecutionContext, cursor: SlidingCursor): void {
  for (let block = 8; block < 8 + ENOUGH; block += 1) lookUp(t, cursor, block)
}

function overwrite(path: string, at: number, byte: number): void {
  const fd = openSync(path, 'r+')
  writeSync(fd, Buffer.of(byte), 0, 1, at)
  closeSync(fd)
}

inPlace('after some bursts a block is one read, whatever numbers it is asked for', (t) => {
  const { cursor, reads } = place(t)
  warmUp(t, cursor)
  const before = reads()
  t.is(before, NUMBERS * ENOUGH)
  for (let block = 20; block < 30; block += 1) lookUp(t, cursor, block)
  t.is(reads(), before + 10)
  const at = 30 * BLOCK + 5
  t.is(cursor.readDoubleBE(at), content.readDoubleBE(at))
  t.is(cursor.readIntLE(at, 6), content.readIntLE(at, 6))
  t.is(cursor.at(at), content[at])
  t.is(reads(), before + 11)
})

inPlace('numbers across two blocks, in the last block and at the end of the file are right', (t) => {
  const { cursor } = place(t)
  warmUp(t, cursor)
  for (const at of [30 * BLOCK - 2, 31 * BLOCK - 4, content.length - 4, content.length - 50_000]) {
    t.is(cursor.readUInt32BE(at), content.readUInt32BE(at))
    t.is(cursor.readUInt32BE(at), content.readUInt32BE(at))
  }
  t.is(cursor.at(content.length), undefined)
})

inPlace('what was written shows in the next synchronous run of code, and in every other block', async (t) => {
  const { path, cursor } = place(t)
  warmUp(t, cursor)
  lookUp(t, cursor, 20)
  const [at, other] = [20 * BLOCK + 7, 21 * BLOCK + 7]
  const [byte, otherByte] = [255 - content[at]!, 255 - content[other]!]
  overwrite(path, at, byte)
  overwrite(path, other, otherByte)
  t.is(cursor.at(other), otherByte)
  t.is(cursor.at(at), byte, 'the other block took the place of this one')
  lookUp(t, cursor, 22)
  overwrite(path, 22 * BLOCK + 9, 255 - content[22 * BLOCK + 9]!)
  await Promise.resolve()
  t.is(cursor.at(22 * BLOCK + 9), 255 - content[22 * BLOCK + 9]!)
})

inPlace('no block answers reads without end', (t) => {
  const { path, cursor } = place(t)
  warmUp(t, cursor)
  const at = 20 * BLOCK
  t.is(cursor.at(at), content[at])
  overwrite(path, at, 255 - content[at]!)
  let waited = 0
  while (cursor.at(at) === content[at]) waited += 1
  t.true(waited <= 64, `${waited} reads`)
})

test('access read asks the file each time', (t) => {
  const { path, cursor, reads } = place(t, { access: 'read' })
  warmUp(t, cursor)
  lookUp(t, cursor, 20)
  t.is(reads(), NUMBERS * (ENOUGH + 1))
  overwrite(path, 20 * BLOCK, 255 - content[20 * BLOCK]!)
  t.is(cursor.at(20 * BLOCK), 255 - content[20 * BLOCK]!)
})

inPlace('a block of a file cut short gives what is left, and an error for the rest', (t) => {
  const { path, cursor } = place(t)
  warmUp(t, cursor)
  truncateSync(path, 20 * BLOCK + 1000)
  t.is(cursor.readUInt32LE(20 * BLOCK + 500), content.readUInt32LE(20 * BLOCK + 500))
  t.throws(() => cursor.readUInt32LE(20 * BLOCK + 998), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  t.throws(() => cursor.readUInt32LE(21 * BLOCK), { code: 'ERR_SMMAP_FILE_TRUNCATED' })
  t.is(cursor.readUInt32LE(19 * BLOCK), content.readUInt32LE(19 * BLOCK))
})

inPlace('a closed cursor gives nothing of its block, and another reader none of it', (t) => {
  const { path, cursor } = place(t)
  warmUp(t, cursor)
  lookUp(t, cursor, 20)
  writeFileSync(`${path}.new`, pseudoRandomBytes(content.length, 2))
  renameSync(`${path}.new`, path)
  const manager = tiling(t, { windowSize: 4 * BLOCK })
  const other = manager.makeCursor(path, { sliding: true })
  t.is(other.at(20 * BLOCK), pseudoRandomBytes(content.length, 2)[20 * BLOCK])
  t.is(cursor.at(20 * BLOCK), content[20 * BLOCK], 'the file it opened')
  cursor.close()
  t.is(cursor.at(20 * BLOCK), undefined)
})

inPlace('nor does one of a closed manager', (t) => {
  const { path } = tempFile(t, content)
  const manager = tiling(t, { windowSize: 4 * BLOCK, maxOpenHandles: 1 })
  manager.makeCursor(path, { size: 1 })
  const cursor = manager.makeCursor(path, { sliding: true })
  warmUp(t, cursor)
  lookUp(t, cursor, 20)
  manager.close()
  t.throws(() => cursor.readUInt8(20 * BLOCK), { code: 'ERR_SMMAP_CLOSED' })
})
