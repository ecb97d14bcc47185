/**
 * @file Knows how a run's progress is shown: a bar on a terminal, a line now and then in a log. Not what is
 * done.
 */
import { createRequire } from 'node:module'
import type * as Bars from 'cli-progress'
import { formatRate, formatSeconds, formatSize } from './size.js'
import { type Colors, colorsFor, isAnimated, printable, shorten } from './terminal.js'

/** A run that is over sooner shows no bar: it would only flicker. */
const QUIET_MS = 200
/** A log grows by a line in that time. */
const LINE_MS = 5000
const BAR_WIDTHS = { least: 5, most: 40 }
const NAME_WIDTH = 24
const GAP = '  '

export type ProgressWhen = 'auto' | 'always' | 'never'

/** A file of which the first `bytes` bytes are done. */
export interface ProgressState {
  readonly file: string
  readonly bytes: number
  readonly seconds: number
  readonly bytesPerSecond: number
  /** Such as `2/5`; empty when there is one file only. */
  readonly position: string
  readonly fileSize: number
  readonly mapped: number
}

/**
 * On stderr: one line, redrawn as the run goes on, where it is a terminal; elsewhere a line every few
 * seconds, with `always`, or with `auto` where the environment says that it is a CI's.
 */
export class Progress {
  #way: 'bar' | 'lines' | 'none'
  readonly #begun: number = performance.now()
  #written: number = this.#begun
  #bar: Bars.SingleBar | null = null

  constructor(when: ProgressWhen) {
    const wantsLines = when === 'always' || Boolean(process.env['CI'])
    this.#way = when === 'never' ? 'none' : isAnimated(process.stderr) ? 'bar' : wantsLines ? 'lines' : 'none'
  }

  update(state: ProgressState): void {
    if (this.#way === 'bar') this.#draw(state)
    else if (this.#way === 'lines') this.#write(state)
  }

  #draw(state: ProgressState): void {
    if (performance.now() - this.#begun < QUIET_MS) return
    if (this.#bar) {
      this.#bar.setTotal(state.fileSize)
      this.#bar.update(state.bytes, { state })
    } else {
      this.#bar = makeBar()
      this.#bar.start(state.fileSize, state.bytes, { state })
    }
  }

  #write(state: ProgressState): void {
    const now = performance.now()
    if (now - this.#written < LINE_MS) return
    this.#written = now
    process.stderr.write(`smmap: ${nameOf(state)}${GAP}${figuresOf(state)}\n`)
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

function makeBar(): Bars.SingleBar {
  const colors = colorsFor(process.stderr)
  // Most runs show no bar, and start without it.
  const bars = createRequire(import.meta.url)('cli-progress') as typeof Bars
  return new bars.SingleBar({
    stream: process.stderr,
    format: (_options, _params, payload: { state: ProgressState }) => line(payload.state, colors),
    clearOnComplete: true,
    // The command handles signals itself; the bar's own handler would swallow them.
    gracefulExit: false,
  })
}

function line(state: ProgressState, colors: Colors): string {
  const name = nameOf(state)
  const figures = figuresOf(state)
  const room = (process.stderr.columns || 80) - name.length - figures.length - 2 * GAP.length - 1
  const width = Math.max(BAR_WIDTHS.least, Math.min(room, BAR_WIDTHS.most))
  const filled = Math.round(doneOf(state) * width)
  const bar = colors.cyan('━'.repeat(filled)) + colors.dim('─'.repeat(width - filled))
  return [colors.bold(name), bar, figures].join(GAP)
}

function nameOf({ file, position }: ProgressState): string {
  return shorten(printable(file), NAME_WIDTH) + (position && ` ${position}`)
}

function figuresOf(state: ProgressState): string {
  const { bytes, fileSize, seconds, bytesPerSecond, mapped } = state
  const left = bytes > 0 ? (seconds / bytes) * (fileSize - bytes) : 0
  return [
    `${Math.floor(doneOf(state) * 100)}%`.padStart(4),
    formatRate(bytesPerSecond),
    `ETA ${left < 1 ? '<1 s' : formatSeconds(Math.round(left))}`,
    `${formatSize(mapped)} mapped`,
  ].join(GAP)
}

function doneOf({ bytes, fileSize }: ProgressState): number {
  return fileSize > 0 ? Math.min(bytes / fileSize, 1) : 1
}
