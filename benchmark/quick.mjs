/**
 * @file Nanoseconds an operation of the ways to read a file in place, each in a fresh process, within half a
 * minute: for who changes the read path. `node benchmark/quick.mjs [DIR] [NAME…] [--rounds N]`; DIR is a
 * built checkout, NAME a part of a line's title.
 * The benchmark itself (`npm run bench`) is where goals are judged.
 */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { largeFile, smallFiles } from './quick/files.mjs'

const SIZES = { default: -1, '64 MiB': 2 ** 26, '4 MiB': 2 ** 22, '256 KiB': 2 ** 18 }
const WARM_UP = 10_000
const TIMINGS = 5
/** Of one timing. */
const NANOSECONDS = 20e6
const program = fileURLToPath(import.meta.url)

/** The title of a line, what it measures at each window size, its rival, and the goal for their ratio. */
const bySize = [
  ['random readUInt32LE', 'readUInt32LE', 'Buffers readUInt32LE', 1.2],
  ['random at', 'at', 'Buffers [i]', 1.2],
  ['streams: four places, one', 'four places', 'one place', 1.2],
  ['random-use', 'useRegion', 'Buffers subarray', 2],
  ['random-copies', 'readUInt32LE, copied', 'readSync 4 bytes', 0.3],
]
const single = [
  ['hit', 'hit', 'subarray of one', 1.2],
  ['switch, 16 regions', 'switch 16', 'subarray of one', undefined],
  ['switch, 1,000 regions', 'switch 1000', 'subarray of one', undefined],
  ['random-churn copy', 'copy', 'readSync into one', 0.85],
  ['random-churn slice', 'slice', 'readSync into new', 0.85],
  ['small-files', 'open, slice, close', 'readFileSync', 1],
  ['small-files', 'open, slice, close', 'openSync, readSync, closeSync', undefined],
]

function main({ values, positionals }) {
  const [first = ''] = positionals
  const isFolder = /[\\/.]/.test(first)
  const folder = resolve(isFolder ? first : dirname(dirname(program)))
  const wanted = isFolder ? positionals.slice(1) : positionals
  const rounds = Number(values.rounds)
  // Made here, so that no measured process makes them.
  largeFile()
  smallFiles()
  printLine('', ['window', 'ns', 'rival', 'ratio', 'goal'])
  for (const [title, ours, rival, goal] of bySize) {
    if (!isWanted(title, wanted)) continue
    for (const size of Object.keys(SIZES)) compare({ folder, rounds, title, ours, rival, goal, size })
  }
  for (const [title, ours, rival, goal] of single) {
    if (isWanted(title, wanted)) compare({ folder, rounds, title, ours, rival, goal, size: 'default' })
  }
}

function isWanted(title, wanted) {
  return wanted.length === 0 || wanted.some((name) => title.includes(name))
}

/** The two in turn; the least figure of each counts, as what else the machine does only ever adds. */
function compare({ folder, rounds, title, ours, rival, goal, size }) {
  let [mine, theirs] = [Infinity, Infinity]
  for (let round = 0; round < rounds; round++) {
    mine = Math.min(mine, measure(folder, ours, size))
    theirs = Math.min(theirs, measure(folder, rival, size))
  }
  const ratio = mine / theirs
  const missed = ratio > goal ? '  missed' : ''
  printLine(title, [size, asFigure(mine), asFigure(theirs), ratio.toFixed(2), goal ?? ''], missed)
}

function printLine(title, cells, end = '') {
  console.log(`${title.padEnd(26)} ${cells.map((cell) => `${cell}`.padStart(8)).join(' ')}${end}`)
}

function asFigure(nanoseconds) {
  return nanoseconds < 100 ? nanoseconds.toFixed(1) : `${Math.round(nanoseconds)}`
}

function measure(folder, name, size) {
  const args = [program, '--child', '--', folder, name, `${SIZES[size]}`]
  return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }))
}

/**
 * The least of a few timings that follow on each other. Of processor time, not of the clock on the wall:
 * whoever works on the read path builds and tests meanwhile, and a process that waits for a core would look
 * slow.
 */
async function child(folder, name, windowSize) {
  const { measures } = await import('./quick/measures.mjs')
  const smmap = createRequire(join(folder, 'package.json'))('./dist/index.js')
  const step = measures[name]({ smmap, windowSize: Number(windowSize) })
  const timed = (from, count) => {
    const before = process.cpuUsage()
    for (let i = from; i < from + count; i++) sum += step(i)
    const { user, system } = process.cpuUsage(before)
    return ((user + system) * 1000) / count
  }
  let sum = 0
  timed(0, WARM_UP)
  const count = Math.ceil(NANOSECONDS / timed(WARM_UP, WARM_UP))
  timed(0, count)
  console.log(Math.min(...Array.from({ length: TIMINGS }, (_, i) => timed(i * count, count))))
}

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '1' }, child: { type: 'boolean' } },
  allowPositionals: true,
})
if (values.child) await child(...positionals)
else main({ values, positionals })
