/**
 * @file Cursors beside a long buffer: useRegion, buffer, map, region. Knows what of a file each must show.
 */

import { Difference, inShort } from './difference.mjs'
import { Target } from './target.mjs'

const PAGE = 4096
/** More is not copied at once. */
const LARGEST = 2 ** 21

/** A cursor of its own on a target's file, moved once and looked at. */
export function cursorReads(session, { file }) {
  const { random, manager } = session
  const offset = random.below(file.latest.size + 10)
  const isLarge = !manager.zeroCopy && file.latest.size > LARGEST
  const size = random.pick([isLarge ? 1 : 0, 1, 100, PAGE, 3 * PAGE, 2 ** 16])
  session.note('useRegion', offset, size)
  const base = file.now
  const cursor = manager.makeCursor(file.path)
  try {
    if (cursor.useRegion(offset, size).isValid !== offset < file.latest.size) {
      throw new Difference(`isValid is ${cursor.isValid} at ${offset} of ${file.latest.size} bytes`)
    }
    if (cursor.isValid) look(session, cursor, file, base, offset, size)
  } catch (error) {
    const { code } = error
    const wasCut = code === 'ERR_SMMAP_FILE_TRUNCATED' && file.versions.length > 1
    if (!session.isLimit(error) && !wasCut) throw error
  } finally {
    if (!random.once(16)) cursor.close()
  }
}

function look(session, cursor, file, base, offset, size) {
  const { windowSize } = session
  const most = size === 0 || size > windowSize ? windowSize : size
  const view = cursor.buffer()
  const isWhole = size > 0 && size <= windowSize
  const wanted = Math.min(most, file.latest.size - offset)
  if (isWhole ? view.length !== wanted : view.length > wanted || view.length === 0) {
    throw new Difference(`${view.length} bytes from ${offset} on instead of ${wanted}`)
  }
  if (!Target.isRightView(view, file, base, offset)) throw new Difference(`cursor shows ${inShort(view)}`)
  session.keep(view, file, base, offset)
  const { ofsBegin, size: length } = cursor.region
  if (ofsBegin > offset || ofsBegin + length < offset + view.length) {
    throw new Difference('region without its bytes')
  }
  if (length >= LARGEST) return
  const region = cursor.map()
  if (region.length !== length || !Target.isRightView(region, file, base, ofsBegin)) {
    throw new Difference(`region shows ${inShort(region)}`)
  }
}
