/**
 * @file What a log says in numbers: `main.mjs FILE`. For each level how many lines, and how long they took,
 * as JSON. Lines look like `2026-01-01T00:00:00Z ERROR request 99 took 2 ms`.
 */
import { open } from 'smmap'

/** The milliseconds of one level's lines, counted by value. */
class Durations {
  #counts = []
  #lines = 0
  #sum = 0

  add(ms) {
    this.#counts[ms] = (this.#counts[ms] ?? 0) + 1
    this.#lines += 1
    this.#sum += ms
  }

  /** The least value that `share` of the lines do not exceed. */
  #quantile(share) {
    let rest = Math.ceil(share * this.#lines)
    return this.#counts.findIndex((count) => (rest -= count ?? 0) <= 0)
  }

  toJSON() {
    const [median, p99, most] = [0.5, 0.99, 1].map((share) => this.#quantile(share))
    return { lines: this.#lines, mean: this.#sum / this.#lines, median, p99, most }
  }
}

function statisticsOf(log) {
  const levels = {}
  // One line is a string at a time, whatever the log's size.
  for (const line of log.lines()) {
    const [, level, ms] = /^\S+ (\w+) .* took (\d+) ms$/.exec(line) ?? []
    if (level !== undefined) (levels[level] ??= new Durations()).add(Number(ms))
  }
  return levels
}

const [file] = process.argv.slice(2)
const log = open(file, { maxMemorySize: 2 ** 26 })
console.log(JSON.stringify(statisticsOf(log)))
log.close()
