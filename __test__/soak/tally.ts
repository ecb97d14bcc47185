/** @file What the programs of one runtime did, added up. Knows no way to run them. */

import type { Told } from '../differential/run.mjs'

/** What happens to files and mappings behind the reader's back. */
const INJECTED = ['cut', 'cutAndRegrow', 'rewrite', 'forceUnmap', 'release', 'releaseAndLeave']

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, each) => total + each, 0)

export class Tally {
  /** Each wrong answer and each death, with the command that shows it again. */
  readonly faults: string[] = []
  readonly #runtime: string
  readonly #totals = { programs: 0, calls: 0, jobs: 0, threads: 0, injected: 0, refused: 0, collections: 0 }
  #largest = 0
  #last = 0

  constructor(runtime: string) {
    this.#runtime = runtime
  }

  add({ counts }: Told, fault: string): void {
    if (fault !== '') this.faults.push(`${this.#runtime}: ${fault}`)
    this.#totals.programs += 1
    if (counts === undefined) return
    const { calls, kinds, errors, rss } = counts
    const injected = sum(INJECTED.map((name) => kinds[name] ?? 0))
    const collections = (kinds['garbage'] ?? 0) + (kinds['drop'] ?? 0)
    this.#totals.calls += calls
    this.#totals.injected += injected
    this.#totals.collections += collections
    this.#totals.jobs += sum(
      ['hash', 'count', 'countLines', 'grep', 'find', 'findAll', 'read', 'lines'].map(
        (name) => kinds[name] ?? 0,
      ),
    )
    this.#totals.refused += sum(Object.values(errors))
    this.#last = rss
    this.#largest = Math.max(this.#largest, rss)
  }

  addThreads({ threads, fault }: { threads: number; fault: string }): void {
    this.#totals.threads += threads
    if (fault !== '') this.faults.push(`${this.#runtime}: ${fault}`)
  }

  inShort(): string {
    const { programs, calls } = this.#totals
    const counts = `${programs} programs, ${calls} calls, ${this.faults.length} failures`
    return `${this.#runtime}: ${counts}, RSS ${this.#last} MiB`
  }

  row(): Record<string, string | number> {
    const { injected, refused, collections, ...rest } = this.#totals
    return {
      runtime: this.#runtime,
      ...rest,
      'faults injected': injected,
      'answered with an error': refused,
      'GC storms': collections,
      'largest RSS, MiB': this.#largest,
      failures: this.faults.length,
    }
  }
}
