/** @file Random numbers that a seed repeats. Knows nothing else. */

/** Marsaglia's xorshift32. */
export class Random {
  #state

  constructor(seed, index = 0) {
    // Small seeds are spread over all 32 bits, and never become 0, from which it would not move.
    this.#state = Math.imul(seed + 1, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca6b) || 1
    for (let n = 0; n < 8; n += 1) this.next()
  }

  /** 32 bits, unsigned. */
  next() {
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state
    return state >>> 0
  }

  /** An integer from 0 to `limit - 1`; 0 where there is none. */
  below(limit) {
    return limit <= 1 ? 0 : Math.floor((this.next() / 2 ** 32) * limit)
  }

  /** One call in `times`. */
  once(times) {
    return this.below(times) === 0
  }

  pick(list) {
    return list[this.below(list.length)]
  }

  /** One of `[weight, value]`. */
  weighted(pairs) {
    let at = this.below(pairs.reduce((sum, [weight]) => sum + weight, 0))
    return pairs.find(([weight]) => (at -= weight) < 0)[1]
  }
}
