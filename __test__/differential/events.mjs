/**
 * @file What happens between two reads. Each takes the session, and leaves its model as the real things are.
 */

import { Difference, inShort } from './difference.mjs'
import { Target } from './target.mjs'

const PAGE = 4096
const CLOSED = new Set([
  'ERR_SMMAP_CLOSED',
  'ERR_OUT_OF_RANGE',
  'ERR_BUFFER_OUT_OF_BOUNDS',
  'ERR_SMMAP_FILE_TRUNCATED',
])

export const events = {
  collect,
  elsewhere,
  unuse,
  renew,
  drop,
  garbage,
  look,
  release,
  releaseAndLeave,
  claim,
  move,
  forceUnmap,
  closeManager,
  rewrite,
  cut,
  cutAndRegrow,
}

function collect({ manager, tiling }) {
  manager.collect()
  tiling.collect()
}

/** A cursor of the program's moves: its own, or that of a buffer. */
function elsewhere(session) {
  const { random } = session
  const { cursor, file } = random.pick(session.targets) ?? {}
  if (typeof cursor?.useRegion !== 'function') return
  const offset = random.below(file.latest.size + PAGE)
  quietly(session, file, () => cursor.useRegion(offset, random.pick([0, 1, PAGE])))
}

function unuse(session) {
  session.random.pick(session.targets)?.cursor.unuseRegion?.()
}

/** A buffer is closed, and another one made; closed, it must say so. */
function renew(session) {
  const { random, targets } = session
  const [target] = targets.splice(random.below(targets.length), 1)
  if (target !== undefined) {
    target.isClosed = true
    target.cursor.close()
    askClosed(target)
  }
  session.addTarget()
}

/** What a closed one answers: nothing of another file. */
function askClosed({ buffer, file, base, place, length }) {
  const answers = file.versions
    .slice(base)
    .map(({ bytes }) => bytes.subarray(place.begin, place.begin + length))
  for (const ask of [
    (it) => it.at(0),
    (it) => it.slice(0, 4).toString('hex'),
    (it) => it.readUInt8(length - 1),
  ]) {
    let got
    try {
      got = ask(buffer)
    } catch ({ code }) {
      if (!CLOSED.has(code)) throw new Difference(`closed: ${code}`)
      continue
    }
    const isNothing = got === undefined || got === ''
    if (!isNothing && !answers.some((bytes) => ask(bytes) === got))
      throw new Difference(`closed: got ${inShort(got)}`)
  }
}

/** A buffer and its cursor are forgotten without being closed. */
function drop(session) {
  const { random, targets } = session
  targets.splice(random.below(targets.length), 1)
  session.addTarget()
}

function garbage(session) {
  session.wantsGarbage = true
}

/** Views that were kept are what they were, or empty where that was forced. */
function look(session) {
  session.kept = session.kept.filter(({ view, file, base, offset, length }) => {
    if (view.length === 0 && length > 0 && file.wasForced) return false
    if (view.length !== length) throw new Difference(`a kept view has ${view.length} bytes of ${length}`)
    if (Target.isRightView(view, file, base, offset)) return true
    throw new Difference(
      `a kept view of ${offset}: ${inShort(view)}, not ${inShort(file.latest.bytes.subarray(offset))}`,
    )
  })
}

/** A region is given back while cursors are on it. */
function release(session) {
  const region = anyRegion(session)
  region?.release()
}

/** A cursor gives its region back and moves on: past the end, or to another region that may be known. */
function releaseAndLeave(session) {
  const { random } = session
  const { cursor, file } = random.pick(session.targets) ?? {}
  if (typeof cursor?.useRegion !== 'function') return
  cursor.region?.release()
  const { size } = file.latest
  quietly(session, file, () => cursor.useRegion(random.once(2) ? size + PAGE : random.below(size), 1))
}

/** What limits and cuts may answer is no fault. */
function quietly(session, file, body) {
  try {
    body()
  } catch (error) {
    const isCut = error.code === 'ERR_SMMAP_FILE_TRUNCATED' && file.versions.length > 1
    if (!session.isLimit(error) && !isCut) throw error
  }
}

/** Clients are added, and taken away. */
function claim(session) {
  const region = anyRegion(session)
  if (region === undefined) return
  try {
    region.incrementClientCount(1)
    region.incrementClientCount(-1 - session.random.below(2))
  } catch ({ code }) {
    if (code !== 'ERR_SMMAP_RELEASED' && code !== 'ERR_OUT_OF_RANGE')
      throw new Difference(`client count: ${code}`)
  }
}

function anyRegion({ random, manager, tiling, targets }) {
  const { cursor, file } = random.pick(targets) ?? {}
  if (cursor === undefined) return undefined
  if (random.once(2)) return cursor.region ?? undefined
  return random.pick([...(random.once(2) ? manager : tiling).regionList(file.path)])
}

/** A buffer reads from somewhere else on, in its file as it is now or in another. */
function move(session) {
  const { random } = session
  const target = random.pick(session.targets)
  if (target !== undefined) moveTarget(session, target)
}

function moveTarget(session, target) {
  const { random } = session
  const { buffer, file, base } = target
  const { size } = file.versions[base]
  if (typeof buffer.beginAccess !== 'function' || file.now !== base) return
  const begin = random.below(size)
  const length = random.below(size - begin) + 1
  // Where that fails, the buffer is what it was before.
  quietly(session, file, () => {
    if (buffer.beginAccess(undefined, begin, length)) target.move(begin, length)
  })
}

function forceUnmap({ random, manager, tiling, files }) {
  const file = random.pick(files)
  file.wasForced = true
  manager.forceUnmap(file.path)
  tiling.forceUnmap(file.path)
}

/** Managers are closed with all that is open, and others made. */
function closeManager(session) {
  session.manager.close()
  session.tiling.close()
  for (const target of session.targets) {
    target.isClosed = true
    askClosed(target)
  }
  session.targets = []
  session.makeManager()
  session.addTarget()
}

function rewrite({ random, files, content }) {
  const file = random.pick(files)
  const length = random.below(3 * PAGE) + 1
  file.rewrite(content.subarray(random.below(2 ** 24)), random.below(file.latest.size), length)
}

/** Cut inside a page, on a page's border, or all of it, as copytruncate does. */
function cut({ random, files }) {
  const file = random.pick(files)
  const at = random.below(file.latest.size)
  file.cut(random.once(8) ? 0 : random.once(3) ? at - (at % PAGE) : at)
}

function cutAndRegrow(session) {
  cut(session)
  for (const file of session.files) file.regrow(session.content.subarray(session.random.below(2 ** 24)))
}
