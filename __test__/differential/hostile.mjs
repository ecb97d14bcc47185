/** @file Arguments that are a program's own code: asked for their value, they do something else first. */

/**
 * A number to call with, and what it is; in a hostile mix now and then an object that has an event happen
 * when it is asked.
 */
export function hostileNumber(session, target, value) {
  const { hostile } = session.mix
  if (hostile === undefined || !session.random.once(hostile)) return { given: value, value }
  let isAsked = false
  const valueOf = () => {
    // Once: it may be asked again for the same call.
    if (!isAsked) session.eventWithin(target)
    isAsked = true
    return value
  }
  const given = session.random.once(2) ? { valueOf } : { [Symbol.toPrimitive]: valueOf }
  return { given, value }
}
