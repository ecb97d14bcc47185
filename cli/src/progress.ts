/**
 * @file Knows when a run's progress is shown: by a bar on a terminal, by a line now and then in a log. Not
 * how it looks.
 */
import type * as Look from './progress-look.js'
import type { ProgressState } from './progress-look.js'
import { isAnimated } from './terminal.js'

// In seconds on the clock of `process.uptime()`: `performance` takes 3 ms to load.

/** A run that is over sooner shows no bar: it would only flicker. */
const QUIET = 0.2
/** A log grows by a line in that time. */
const LINE = 5

export type ProgressWhen = 'auto' | 'always' | 'never'

/**
 * On stderr: one line, redrawn as the run goes on, where it is a terminal; elsewhere a line every few
 * seconds, with `always`, or with `auto` where the environment says that it is a CI's.
 */
export class Progress {
  #way: 'bar' | 'lines' | 'none'
  readonly #begun: number = process.uptime()
  #written: number = this.#begun
  #look: typeof Look | undefined
  #isLoading = false
  #bar: ReturnType<typeof Look.makeBar> | null = null

  constructor(when: ProgressWhen) {
    const wantsLines = when === 'always' || Boolean(process.env['CI'])
    this.#way = when === 'never' ? 'none' : isAnimated(process.stderr) ? 'bar' : wantsLines ? 'lines' : 'none'
  }

  update(state: ProgressState): void {
    if (this.#way === 'none' || process.uptime() - this.#begun < QUIET) return
    if (!this.#look) void this.#load()
    else if (this.#way === 'bar') this.#draw(state, this.#look)
    else this.#write(state, this.#look)
  }

  /** Most runs are over sooner, and do without. */
  async #load(): Promise<void> {
    if (this.#isLoading) return
    this.#isLoading = true
    this.#look = await import('./progress-look.js')
  }

  #draw(state: ProgressState, { makeBar }: typeof Look): void {
    if (this.#bar) {
      this.#bar.setTotal(state.fileSize)
      this.#bar.update(state.bytes, { state })
    } else {
      this.#bar = makeBar()
      this.#bar.start(state.fileSize, state.bytes, { state })
    }
  }

  #write(state: ProgressState, { lineOf }: typeof Look): void {
    const now = process.uptime()
    if (now - this.#written < LINE) return
    this.#written = now
    process.stderr.write(`smmap: ${lineOf(state)}\n`)
  }

  /** Takes the bar away and leaves the terminal as it was found; the next update draws it again. */
  clear(): void {
    this.#bar?.stop()
    this.#bar = null
  }

  /** As {@link clear}, and no later update shows anything. */
  close(): void {
    this.clear()
    this.#way = 'none'
  }
}
