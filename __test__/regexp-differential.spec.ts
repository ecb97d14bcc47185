// Regular expressions of JavaScript, made at random, find in a file what they find in its text, or are
// refused. `/v(?:\d*|\.)*/` found less. SMMAP_DIFFERENTIAL=10000 tries as many.
import vm from 'node:vm'
import test from 'ava'
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { tempFile } from './helpers/files.js'

const CALLS = Number(process.env.SMMAP_DIFFERENTIAL ?? 600)
const ATOMS = [
  'a',
  'b',
  '1',
  '.',
  'é',
  String.raw`\.`,
  String.raw`\d`,
  String.raw`\w`,
  String.raw`\s`,
  String.raw`\W`,
]
const SETS = [
  '[ab]',
  '[^a]',
  '[^é]',
  String.raw`[\d.]`,
  '[a-z]',
  String.raw`\b`,
  String.raw`\B`,
  '^',
  '$',
  '',
]
const REPEATS = ['', '', '', '?', '??', '{2}', '{1,2}', '{0,2}?']
/** A loop in a loop may take JavaScript's engine for ever. */
const LOOPS = ['*', '+', '*?', '+?', '{1,}', '{2,}?']

/** Numbers that are the same in each run. */
function randomFrom(seed: number) {
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  return { next, pick: <T>(values: readonly T[]): T => values[next(values.length)] as T }
}

type Random = ReturnType<typeof randomFrom>

function makeSource(random: Random, depth: number, isLoop: boolean): string {
  const { next, pick } = random
  const piece = (): string => {
    const isAlsoLoop = !isLoop && next(3) === 0
    const repeat = isAlsoLoop ? pick(LOOPS) : pick(REPEATS)
    if (depth === 0 || next(2) === 0) {
      const atom = pick(next(3) === 0 ? SETS : ATOMS)
      return /^(?:\\[bB]|\^|\$|)$/.test(atom) ? atom : atom + repeat
    }
    return `${pick(['(', '(?:'])}${makeSource(random, depth - 1, isLoop || isAlsoLoop)})${repeat}`
  }
  const sequence = (): string => Array.from({ length: 1 + next(3) }, piece).join('')
  return Array.from({ length: 1 + next(2) }, sequence).join('|')
}

/**
 * What JavaScript's engine finds. It tries ways one after the other, and may take for ever (it even gave no
 * match at all after minutes), so it has a limit; `undefined` where that was not enough.
 */
function matchesOf(text: string, { source, flags }: RegExp): [string, number][] | undefined {
  const script = 'Array.from(text.matchAll(new RegExp(source, flags)), (each) => [each[0], each.index])'
  try {
    const found = vm.runInNewContext(
      `JSON.stringify(${script})`,
      { text, source, flags: `${flags}g` },
      { timeout: 500 },
    )
    return JSON.parse(found as string) as [string, number][]
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error
    return undefined
  }
}

/** Offsets and lengths in bytes. An empty match right behind another one is none, as Rust has it. */
function inBytes(text: string, matches: readonly [string, number][]): number[][] {
  const found: number[][] = []
  let end = -1
  for (const [match, index] of matches) {
    const offset = Buffer.byteLength(text.slice(0, index))
    const length = Buffer.byteLength(match)
    if (length > 0 || offset !== end) found.push([offset, length])
    end = offset + length
  }
  return found
}

test('what RegExp finds in a text is found in a file, or the expression is refused', async (t) => {
  t.timeout(60_000 + CALLS * 20)
  const random = randomFrom(1)
  const text = Array.from({ length: 80 }, () => random.pick([...'aab1.. é\nZ'])).join('')
  const manager = new SlidingWindowMapManager()
  t.teardown(() => manager.close())
  const buffer = new SlidingWindowMapBuffer(manager.makeCursor(tempFile(t, text).path))
  let refused = 0
  let unanswered = 0
  for (let call = 0; call < CALLS; call += 1) {
    const regExp = new RegExp(makeSource(random, 2, false), random.pick(['', '', 's', 'u', 'i']))
    const found: number[][] = []
    try {
      for await (const { offset, length } of buffer.findMatches(regExp)) found.push([offset, length])
    } catch (error) {
      t.is((error as NodeJS.ErrnoException).code, 'ERR_INVALID_ARG_VALUE', String(regExp))
      refused += 1
      continue
    }
    const matches = matchesOf(text, regExp)
    if (matches === undefined) unanswered += 1
    else t.deepEqual(found, inBytes(text, matches), String(regExp))
  }
  t.true(unanswered <= CALLS * 0.01, `JavaScript gave no answer to ${unanswered} of ${CALLS}`)
  t.log(`${CALLS} calls, ${refused} refused, ${unanswered} without an answer of JavaScript's`)
  t.true(refused < CALLS * 0.75, `${refused} of ${CALLS} were refused`)
})
