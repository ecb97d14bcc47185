// Every option of grep at random against GNU grep -a, with one and several threads, on windows of odd sizes.
// With several threads `-m 2` once gave thousands of lines. SMMAP_DIFFERENTIAL=10000 makes as many calls,
// SMMAP_SEED=2 others.
import { spawnSync } from 'node:child_process'
import test, { type ExecutionContext } from 'ava'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { PAGE, tempFile } from './helpers/files.js'

const CALLS = Number(process.env.SMMAP_DIFFERENTIAL ?? 60)
const SEED = Number(process.env.SMMAP_SEED ?? 1)
/** Larger than two parts that a thread is woken for. */
const SIZE = 2.7 * 2 ** 20

interface Options {
  regex: string
  ignoreCase: boolean
  invert: boolean
  matches: boolean
  count: boolean
  maxCount: number
  before: number
  after: number
  threads: number
}

/** Numbers that are the same in each run. */
function randomFrom(seed: number) {
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const pick = <T>(values: readonly T[]): T => values[next(values.length)] as T
  return { next, pick }
}

type Random = ReturnType<typeof randomFrom>

const WORDS = [
  'ERROR',
  'error',
  'fine',
  'é',
  'x',
  ' ',
  '',
  '\t',
  '42',
  '\n',
  '\n\n',
  'ab',
  'ba',
  '\u0000',
  'ÉRROR',
]
const PATTERNS = [
  'ERROR',
  'err',
  'x$',
  '^x',
  '^$',
  '[0-9]+',
  'R+',
  'ba|ab',
  'é',
  '[^a ]b',
  'E.*x',
  '^',
  'no such',
  'b{2,3}',
]

/** Long stretches of the same, so that parts differ in how much they have. */
function makeText({ next, pick }: Random): string {
  const parts: string[] = []
  for (let size = 0; size < SIZE; size += parts.at(-1)!.length) {
    const line = Array.from({ length: 1 + next(pick([8, 8, 400])) }, () => pick(WORDS)).join('')
    const isRare = next(3) > 0
    parts.push(isRare ? `${line}\n` : `${line}\n`.repeat(next(pick([5, 300, 3000]))))
  }
  return parts.join('').slice(0, SIZE) + pick(['', '\n', 'ERROR', 'x\n'])
}

function makeOptions({ next, pick }: Random): Options {
  return {
    regex: pick(PATTERNS),
    ignoreCase: next(3) === 0,
    invert: next(4) === 0,
    matches: next(5) === 0,
    count: next(4) === 0,
    maxCount: pick([0, 0, 1, 2, 7, 1000, 100_000]),
    before: pick([0, 0, 1, 5, 3000]),
    after: pick([0, 0, 1, 5, 3000]),
    threads: pick([1, 2, 4]),
  }
}

function byGrep(path: string, options: Options): string {
  const { regex, ignoreCase, invert, matches, count, maxCount, before, after } = options
  const args = ['-a', '-E', count ? '-c' : '-nb', ...(ignoreCase ? ['-i'] : []), ...(invert ? ['-v'] : [])]
  if (maxCount > 0) args.push(`-m${maxCount}`)
  if (matches && !count) args.push('-o')
  else if (!count) args.push('--no-group-separator', `-B${before}`, `-A${after}`)
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  return spawnSync('grep', [...args, '-e', regex, path], { env, maxBuffer: 2 ** 28, encoding: 'latin1' })
    .stdout
}

async function byUs(buffer: SlidingWindowMapBuffer, options: Options): Promise<string> {
  const { regex, count, maxCount, matches, before, after, ...rest } = options
  const wanted = { ...rest, ...(maxCount > 0 && { maxCount }) }
  if (count) return `${await buffer.countMatchingLines({ regex }, wanted)}\n`
  const parts: string[] = []
  const around = matches ? { matches } : { before, after }
  for await (const batch of buffer.grepBatches({ regex }, { ...wanted, ...around })) {
    for (const { line, start, isSelected, bytes, matches: found } of batch) {
      const text = bytes!.toString('latin1')
      const mark = isSelected ? ':' : '-'
      if (!matches) parts.push(`${line! + 1}${mark}${start}${mark}${text}\n`)
      for (const { offset, length } of found)
        parts.push(`${line! + 1}:${offset}:${text.slice(offset - start, offset - start + length)}\n`)
    }
  }
  return parts.join('')
}

function open(t: ExecutionContext, path: string, windowSize: number) {
  const manager = new SlidingWindowMapManager({ windowSize, maxMemorySize: 2 ** 28 })
  t.teardown(() => manager.close())
  return new SlidingWindowMapBuffer(manager.makeCursor(path))
}

for (const [index, pages] of [3, 257, 4096].entries()) {
  test(`what grep -a finds is found, with windows of ${pages} pages`, async (t) => {
    t.timeout(60_000 + CALLS * 1000)
    const random = randomFrom(3 * SEED + index - 2)
    const { path } = tempFile(t, makeText(random))
    const buffer = open(t, path, pages * PAGE)
    for (let call = 0; call < CALLS / 3; call += 1) {
      const options = makeOptions(random)
      const [found, expected] = [await byUs(buffer, options), byGrep(path, options)]
      // Texts of megabytes are no help in a message.
      if (found !== expected) return t.fail(`${found.length} ${expected.length} ${JSON.stringify(options)}`)
    }
    t.pass()
  })
}
