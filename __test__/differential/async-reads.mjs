/**
 * @file The reading methods that work off the main thread, each beside what a Buffer with the same bytes
 * answers.
 */

import { createHash } from 'node:crypto'
import { isSame, Difference, inShort } from './difference.mjs'
import { linesOf } from './reads.mjs'

/** Larger files would take too long in a Buffer. */
const LARGEST = 2 ** 21

const text = (bytes) => bytes.toString('latin1')
const offsetsOf = (bytes, needle) => {
  const offsets = []
  for (let at = bytes.indexOf(needle); at >= 0; at = bytes.indexOf(needle, at + needle.length))
    offsets.push(at)
  return offsets
}
const newlinesOf = (bytes) => offsetsOf(bytes, '\n').length

async function all(iterable) {
  const list = []
  for await (const value of iterable) list.push(value)
  return list
}

const whole = (parts) => Buffer.concat(parts.map((part) => Buffer.from(part)))

/** How each is asked, and what a Buffer answers. */
const METHODS = {
  find: [(it, { needle }) => it.find(needle), (bytes, { needle }) => bytes.indexOf(needle)],
  findRegex: [(it) => it.find({ regex: '(?-u)E.R' }), (bytes) => text(bytes).search(/E[^\n]R/)],
  findAll: [(it, { needle }) => all(it.findAll(needle)), (bytes, { needle }) => offsetsOf(bytes, needle)],
  count: [(it, { needle }) => it.count(needle), (bytes, { needle }) => offsetsOf(bytes, needle).length],
  countLines: [(it) => it.countLines(), newlinesOf],
  hash: [(it) => it.hash('sha1'), (bytes) => createHash('sha1').update(bytes).digest()],
  read: [(it, { at, size }) => it.read(at, size), (bytes, { at, size }) => bytes.subarray(at, at + size)],
  prefetch: [(it, { at, size }) => it.prefetch({ start: at, end: at + size }), () => undefined],
  offsetOfLine: [(it, { line }) => it.offsetOfLine(line), offsetOfLine],
  grep: [
    async (it, { needle }) => (await all(it.grep(needle))).map(({ start }) => start),
    (bytes, { needle }) =>
      lineStarts(bytes)
        .filter(([start, line]) => line.includes(needle) && start >= 0)
        .map(([start]) => start),
  ],
  stream: [async (it) => whole(await all(it.createReadStream())), (bytes) => bytes],
  webStream: [async (it) => whole(await all(it.toWebStream())), (bytes) => bytes],
  chunks: [async (it) => whole(await all(it.chunks())), (bytes) => bytes],
  lines: [(it) => all(it.lines({ encoding: 'latin1' })), (bytes) => linesOf(bytes, false).map(text)],
  splitRanges: [async (it) => (await it.splitRanges(3)).at(-1)?.end, (bytes) => bytes.length || undefined],
}

function lineStarts(bytes) {
  let start = 0
  return linesOf(bytes, true).map((line) => {
    start += line.length
    return [start - line.length, line]
  })
}

function offsetOfLine(bytes, { line }) {
  const newlines = offsetsOf(bytes, '\n')
  return line === 0 ? 0 : line <= newlines.length ? newlines[line - 1] + 1 : -1
}

/** Asks one of them, while nothing else happens. */
export async function asyncReads(session, target) {
  const { random } = session
  if (target.length > LARGEST || target.length === 0 || target.isClosed) return
  if (target.places.length > 1) target.places.splice(0, target.places.length - 1)
  const name = random.pick(Object.keys(METHODS))
  const [ask, answer] = METHODS[name]
  const at = random.below(target.length)
  const size = random.below(5000)
  const part = target.bytes.subarray(at, at + 1 + random.below(12)).filter((byte) => byte !== 10)
  const needle = part.length === 0 ? Buffer.from('ERROR') : Buffer.from(part)
  const args = { at, size, needle, line: random.below(60) }
  session.note(`async ${name}`, at, size, needle, args.line)
  session.counts.kinds[name] = (session.counts.kinds[name] ?? 0) + 1
  let got
  try {
    got = await ask(target.buffer, args)
  } catch (error) {
    if (!target.mayThrow(error)) throw error
    return
  }
  if (!answersOf(target, answer, args).some((wanted) => isSame(got, wanted))) {
    throw new Difference(`async ${name}: got ${inShort(got)}; wanted ${inShort(answer(target.bytes, args))}`)
  }
}

function answersOf({ file, base, place }, answer, args) {
  const { begin, length } = place
  return file.versions.slice(base).map(({ bytes }) => answer(bytes.subarray(begin, begin + length), args))
}
