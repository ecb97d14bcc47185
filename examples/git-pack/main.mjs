/**
 * @file Prints what `git verify-pack -v` prints, of a pack of any size in 32 MiB:
 * `main.mjs [--sizes] PACK.idx`.
 */
import { once } from 'node:events'
import { parseArgs } from 'node:util'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { listPack } from './list-pack.mjs'

const MIB = 2 ** 20
const LINES_AT_ONCE = 1000

function* linesOf(objects, hasObjectSizes) {
  const chains = []
  for (const object of objects) {
    const { name, type, packedSize, offset, depth, base } = object
    const size = hasObjectSizes ? object.objectSize() : object.size
    const delta = depth > 0 ? ` ${depth} ${base}` : ''
    chains[depth] = (chains[depth] ?? 0) + 1
    yield `${name} ${type.padEnd(6)} ${size} ${packedSize} ${offset}${delta}`
  }
  for (const [depth, count] of chains.entries()) {
    if (count === undefined) continue
    const label = depth === 0 ? 'non delta' : `chain length = ${depth}`
    yield `${label}: ${count} object${count === 1 ? '' : 's'}`
  }
}

async function print(lines) {
  let batch = []
  for (const line of lines) {
    if (batch.push(`${line}\n`) < LINES_AT_ONCE) continue
    if (!process.stdout.write(batch.join(''))) await once(process.stdout, 'drain')
    batch = []
  }
  process.stdout.write(batch.join(''))
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  // The objects' own sizes, where git prints those of the deltas.
  options: { sizes: { type: 'boolean', default: false } },
})
const [path] = positionals
if (positionals.length !== 1 || !path.endsWith('.idx')) {
  process.stderr.write('usage: main.mjs [--sizes] PACK.idx\n')
  process.exit(2)
}

// Whoever reads may have read enough, as `head` has.
process.stdout.on('error', ({ code }) => process.exit(code === 'EPIPE' ? 0 : 1))
const manager = new SlidingWindowMapManager({ windowSize: MIB, maxMemorySize: 32 * MIB })
const open = (name) => new SlidingWindowMapBuffer(manager.makeCursor(name))
try {
  await print(linesOf(listPack(open(path.replace(/idx$/, 'pack')), open(path)), options.sizes))
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
} finally {
  manager.close()
}
