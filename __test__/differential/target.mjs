/** @file A long buffer beside its model: asks both, and says when their answers may differ. */

import { Difference, inShort, isSame } from './difference.mjs'

const TRUNCATED = 'ERR_SMMAP_FILE_TRUNCATED'
const RELEASED = 'ERR_SMMAP_RELEASED'
const SAMPLE = 4096

export class Target {
  buffer
  /** What it is read by: a WindowCursor, or the buffer itself. */
  cursor
  file
  /** The file's content when it was opened. */
  base
  /** Where its bytes lie: several, while a call may have been before or after a move. */
  places
  isClosed = false
  /** The index read last. */
  last = 0
  /** The index of the number read last. */
  lastRead = NaN

  constructor(session, file, buffer, cursor, begin, length) {
    this.session = session
    this.file = file
    this.buffer = buffer
    this.cursor = cursor
    this.base = file.now
    this.places = [{ begin, length }]
    this.#takeBytes()
  }

  get place() {
    return this.places[this.places.length - 1]
  }

  get length() {
    return this.place.length
  }

  /** It reads elsewhere from now on. */
  move(begin, length) {
    this.places.push({ begin, length })
    this.#takeBytes()
  }

  #takeBytes() {
    const { begin, length } = this.place
    this.bytes = this.file.versions[this.base].bytes.subarray(begin, begin + length)
  }

  /**
   * Asks the buffer and a Buffer with its bytes.
   *
   * @param call - What is asked of the buffer.
   * @param answer - The same of a Buffer.
   * @param options - `mayBe`: whether a search's answer is one that parts of several versions can give.
   * `end`: the index behind the last byte that is needed.
   */
  check(call, answer, { mayBe, end = Infinity } = {}) {
    if (this.places.length > 1) this.places.splice(0, this.places.length - 1)
    let got
    try {
      got = call(this.buffer)
    } catch (error) {
      return this.#checkError(error, call, answer, end)
    }
    let wanted
    try {
      wanted = answer(this.bytes)
    } catch (error) {
      wanted = error
    }
    if (isSame(got, wanted) || this.#isOther(got, answer)) return
    if (mayBe === undefined || !this.#isPartOfSeveral(got, mayBe)) this.#differs(got, wanted)
  }

  #isPartOfSeveral(got, mayBe) {
    const { file, base, place } = this
    const versions = file.versions.slice(base)
    return (
      versions.some(({ bytes }) => bytes !== versions[0].bytes) &&
      versions.some(({ bytes }) => mayBe(got, bytes.subarray(place.begin, place.begin + place.length)))
    )
  }

  /**
   * Whether it is what another version of the file, or another place in it, answers; bytes may be of several.
   */
  #isOther(got, answer) {
    for (const { begin, length } of this.places) {
      const answers = []
      for (let at = this.base; at <= this.file.now; at += 1) {
        const { bytes } = this.file.versions[at]
        try {
          answers.push(answer(bytes.subarray(begin, begin + length)))
        } catch {
          // No answer of that version.
        }
      }
      const isTorn = typeof got === 'number' || typeof got === 'bigint'
      if (isTorn) answers.push(...this.#torn(answer, begin, length))
      if (answers.some((wanted) => isSame(got, wanted)) || isMixed(got, answers)) return true
      // Texts and lists that are partly of one version and partly of another: then at least nothing in them
      // was never there.
      if (answers.length > 1 && !isTorn && !Buffer.isBuffer(got))
        return !JSON.stringify(got).includes('\\u0000')
    }
    return false
  }

  /**
   * A number that lies in two pages may be of two versions, where the first page was read before the second
   * was written.
   */
  #torn(answer, begin, length) {
    const border = 4096 * Math.ceil((begin + this.lastRead) / 4096)
    if (!(border - begin - this.lastRead < 8)) return []
    const contents = [...new Set(this.file.versions.slice(this.base).map(({ bytes }) => bytes))]
    return contents.flatMap((one) =>
      contents.map((other) =>
        answer(Buffer.concat([one.subarray(begin, border), other.subarray(border, begin + length)])),
      ),
    )
  }

  #checkError(error, call, answer, end) {
    let wanted
    try {
      wanted = answer(this.bytes)
    } catch (other) {
      if (other.code === error.code) return
      wanted = other
    }
    if (!this.mayThrow(error)) this.#differs(error, wanted)
    const { counts } = this.session
    counts.errors[error.code] = (counts.errors[error.code] ?? 0) + 1
    // A region that was given back, or damaged, may be refused once, though all that is asked for is there.
    const isThere = this.place.begin + end <= this.file.leastSince(this.base)
    const mayOnce = error.code === RELEASED || (error.code === TRUNCATED && isThere)
    if (mayOnce && this.places.length === 1) this.#checkAgain(error, call, answer)
  }

  #checkAgain(error, call, answer) {
    let got
    try {
      got = call(this.buffer)
    } catch (again) {
      got = again
    }
    if (!isSame(got, answer(this.bytes)) && !this.#isOther(got, answer))
      this.#differs(got, `bytes after ${error.code}`)
  }

  /** Whether what was done may end a read with that error. */
  mayThrow({ code, name }) {
    const { options, isHostile } = this.session
    const { file, base } = this
    if (code === TRUNCATED) return file.leastSince(base) < file.versions[base].size
    if (code === 'ERR_SMMAP_FILE_CHANGED') return file.now > base
    if (code === 'ERR_SMMAP_CLOSED') return this.isClosed
    if (code === 'ERR_SMMAP_MEMORY_LIMIT') return options.strict
    if (code === 'ERR_SMMAP_HANDLE_LIMIT') return options.maxOpenHandles < Infinity
    if (code === RELEASED) return this.session.mix.events.includes('release')
    return isHostile && name === 'TypeError' && String(code).startsWith('ERR_INVALID_ARG')
  }

  /**
   * A view shows the file's bytes as far as they have been there all the time; behind, zeros are no lie.
   *
   * @param offset - Of the view's first byte in the file.
   */
  static isRightView(view, file, base, offset) {
    const end = Math.min(view.length, Math.max(file.leastSince(base) - offset, 0))
    if (end <= 2 * SAMPLE) return isRightPart(view, file, base, offset, 0, end)
    // A whole window takes too long to compare each time.
    const middle = Math.floor((view[0] / 256) * (end - SAMPLE))
    return [0, middle, end - SAMPLE].every((at) => isRightPart(view, file, base, offset, at, at + SAMPLE))
  }

  #differs(got, wanted) {
    throw new Difference(`got ${inShort(got)}; wanted ${inShort(wanted)}`)
  }
}

function isRightPart(view, file, base, offset, begin, end) {
  const seen = view.subarray(begin, end)
  for (let at = base; at <= file.now; at += 1) {
    if (seen.equals(file.versions[at].bytes.subarray(offset + begin, offset + end))) return true
  }
  return file.now > base && seen.every((byte, at) => isEver(file, base, offset + begin + at, byte))
}

function isMixed(got, answers) {
  if (!Buffer.isBuffer(got) || answers.length < 2) return false
  const alike = answers.filter(({ length }) => length === got.length)
  return got.every((byte, at) => alike.some((answer) => answer[at] === byte))
}

function isEver(file, base, offset, byte) {
  for (let at = base; at <= file.now; at += 1) if (file.versions[at].bytes[offset] === byte) return true
  return false
}
