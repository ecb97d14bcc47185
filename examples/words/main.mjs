/**
 * @file Counts the words of a file by several workers within one memory limit:
 * `main.mjs [--workers N] [--max-memory BYTES] FILE`.
 */
import { parseArgs } from 'node:util'
import { Piscina } from 'piscina'
import { open, SlidingWindowMapManager } from 'smmap'

const MIB = 2 ** 20
const USAGE = 'usage: main.mjs [--workers N] [--max-memory BYTES] FILE'

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      workers: { type: 'string', default: '4' },
      'max-memory': { type: 'string', default: `${256 * MIB}` },
    },
  })
  const [workers, maxMemorySize] = [Number(values.workers), Number(values['max-memory'])]
  if (positionals.length !== 1 || !(workers >= 1) || !(maxMemorySize >= MIB)) throw new Error(USAGE)
  return { workers, maxMemorySize, file: positionals[0] }
}

async function main() {
  const { workers, maxMemorySize, file } = readOptions()
  // One manager for all threads: together they map no more than its limit.
  const manager = new SlidingWindowMapManager({ windowSize: MIB, maxMemorySize })
  const text = open(file, { manager })
  const pool = new Piscina({
    filename: new URL('count-words.mjs', import.meta.url).href,
    maxThreads: workers,
  })
  try {
    // More ranges than workers: who is done early takes another.
    const ranges = await text.splitRanges(4 * workers)
    const shared = manager.share()
    const parts = await Promise.all(ranges.map((range) => pool.run({ shared, file, range })))
    const { mappedMemorySize, lingeringBytes } = manager.stats()
    console.log(JSON.stringify({ words: sumOf(parts), mapped: mappedMemorySize + lingeringBytes }))
  } finally {
    await pool.destroy()
    text.close()
    manager.close()
  }
}

/** The words of all parts and how often each is there, the most frequent first. */
function sumOf(parts) {
  const sums = new Map()
  for (const part of parts) for (const [word, count] of part) sums.set(word, (sums.get(word) ?? 0) + count)
  return Object.fromEntries([...sums].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
}

await main().catch((error) => {
  console.error(error.message)
  process.exitCode = 1
})
