/**
 * @file Rows `search`, `regex` and `line-index`: a large log gone through while the event loop goes on, by
 * one thread and by one a core, against plain Rust with as many.
 */
import { execFile } from 'node:child_process'
import { open } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { promisify } from 'node:util'
import type { SlidingWindowMapBuffer } from 'smmap'
import { largeLog } from '../content'
import { atLeastTimes, loopDelayAtMost } from '../goals'
import { gigabytesPerSecond, watchingLoop } from '../measure'
import { importSmmap } from '../package-under-test'
import { type Contender, type Input, MissingError, type Row, type Sample } from '../row'

const MIB = 2 ** 20
const NEEDLE = 48
const PATTERN = '"status":5[0-9][0-9]'
const EVERY = 1024

const THREADS = { 'one thread': 1, 'a thread a core': availableParallelism() }

type Work = (log: SlidingWindowMapBuffer, input: Input, threads: number) => Promise<number>
type Args = (input: Input) => readonly string[]

export const search: Row = {
  ...rowOf('search', 'find a text at the end of a large log, off the main thread', [
    'smmap find',
    (log, { needle }, threads) => log.find(String(needle), { threads }),
    'Rust memmem over mmap',
    ({ path, needle }) => ['memmem', path, `${needle}`],
  ]),
  setup: async (scale) => {
    const { path, size } = await largeLog(scale)
    return { path, size, needle: await lastLine(path, size) }
  },
}

export const regex: Row = rowOf('regex', 'count the matches of a regular expression, off the main thread', [
  'smmap count',
  (log, _, threads) => log.count(new RegExp(PATTERN), { threads }),
  'Rust regex-automata over mmap',
  ({ path }) => ['regex', path, PATTERN],
])

export const lineIndex: Row = rowOf('line-index', 'index every 1,024th line, off the main thread', [
  'smmap lineIndex',
  (log, _, threads) => indexLines(log, threads),
  'Rust memchr over mmap',
  ({ path }) => ['line-index', path, `${EVERY}`],
])

function rowOf(id: string, work: string, [ours, run, rust, args]: [string, Work, string, Args]): Row {
  const entries = Object.entries(THREADS)
  return {
    id,
    work,
    unit: 'GB/s',
    setup: largeLog,
    ours: entries.map(([how, threads]) => ({
      name: `${ours}, ${how}`,
      run: (input) => goThrough(input, (log) => run(log, input, threads)),
    })),
    rivals: [
      ...entries.map(([how, threads]): Contender => ({
        name: `${rust}, ${how}`,
        tool: 'limit',
        args: (input) => [...args(input), `${threads}`],
      })),
      ...(id === 'search' ? [{ name: 'grep -F', run: grep }] : []),
    ],
    goals: entries.flatMap(([how]) => [
      atLeastTimes(0.9, `${ours}, ${how}`, `${rust}, ${how}`),
      loopDelayAtMost(5, `${ours}, ${how}`),
    ]),
  }
}

/** How the last line begins that is long enough. Its number is no other line's. */
async function lastLine(path: string, size: number): Promise<string> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(MIB), 0, MIB, size - MIB)
  for (let at = MIB; at > 0;) {
    at = buffer.lastIndexOf('{"id":', at - 1)
    if (at === -1) break
    const text = buffer.toString('latin1', at, at + NEEDLE)
    if (!text.includes('\n')) return text
  }
  throw new Error(`${path} has no line of ${NEEDLE} bytes in its last MiB`)
}

async function goThrough(
  { path, size }: Input,
  work: (log: SlidingWindowMapBuffer) => Promise<number>,
): Promise<Sample> {
  const { SlidingWindowMapBuffer, SlidingWindowMapManager } = await importSmmap()
  using manager = new SlidingWindowMapManager()
  const log = new SlidingWindowMapBuffer(manager.makeCursor(path))
  return await watchingLoop(() => gigabytesPerSecond(Number(size), () => work(log)))
}

/** How many lines there are, plus where the last one that is kept begins: as plain Rust says it. */
async function indexLines(log: SlidingWindowMapBuffer, threads: number): Promise<number> {
  // Not in the types of packages whose indexes know one thread only.
  const options: object = threads === 1 ? { every: EVERY } : { every: EVERY, threads }
  const index = await log.lineIndex(options).catch((error: unknown) => {
    if (!(error instanceof TypeError)) throw error
    throw new MissingError('lineIndex takes no number of threads yet')
  })
  return index.count + (await index.offsetOf((Math.ceil(index.count / EVERY) - 1) * EVERY))
}

function grep({ path, size, needle }: Input): Promise<Sample> {
  return gigabytesPerSecond(Number(size), async () => {
    const { stdout } = await promisify(execFile)('grep', ['-abo', '-m1', '-F', '--', String(needle), path])
    return Number.parseInt(stdout, 10)
  })
}
