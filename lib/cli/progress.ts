/** @file Knows how a running scan is drawn on a terminal. Not what is scanned, nor what comes of it. */
import { SingleBar } from 'cli-progress'
import type { Counts } from './report.js'
import { formatRate, formatSeconds, formatSize } from './size.js'
import { type Colors, colorsFor, isAnimated, printable, shorten } from './terminal.js'

/** A run that is over sooner shows no bar: it would only flicker. */
const QUIET_MS = 200
const BAR_WIDTHS = { least: 5, most: 40 }
const NAME_WIDTH = 24
const GAP = '  '

/** A file of which the first `bytes` bytes are scanned. */
export interface ProgressState extends Counts {
  readonly file: string
  /** Such as `2/5`; empty when there is one file only. */
  readonly position: string
  readonly fileSize: number
  readonly mapped: number
}

/** One line on stderr, redrawn as the scan goes on; silent when `enabled` is false or stderr is no terminal. */
export class Progress {
  #enabled: boolean
  readonly #begun: number = performance.now()
  #bar: SingleBar | null = null

  constructor(enabled: boolean) {
    this.#enabled = enabled && isAnimated(process.stderr)
  }

  update(state: ProgressState): void {
    if (!this.#enabled || performance.now() - this.#begun < QUIET_MS) return
    if (this.#bar) {
      this.#bar.setTotal(state.fileSize)
      this.#bar.update(state.bytes, { state })
    } else {
      this.#bar = makeBar()
      this.#bar.start(state.fileSize, state.bytes, { state })
    }
  }

  /** Takes the line away and leaves the terminal as it was found; the next update draws it again. */
  clear(): void {
    this.#bar?.stop()
    this.#bar = null
  }

  /** As {@link clear}, and no later update draws it again. */
  close(): void {
    this.clear()
    this.#enabled = false
  }
}

function makeBar(): SingleBar {
  const colors = colorsFor(process.stderr)
  return new SingleBar({
    stream: process.stderr,
    format: (_options, _params, payload: { state: ProgressState }) => line(payload.state, colors),
    clearOnComplete: true,
    // The command handles signals itself; the bar's own handler would swallow them.
    gracefulExit: false,
  })
}

function line(state: ProgressState, colors: Colors): string {
  const { bytes, fileSize, seconds, bytesPerSecond, mapped } = state
  const done = fileSize > 0 ? Math.min(bytes / fileSize, 1) : 1
  const left = bytes > 0 ? (seconds / bytes) * (fileSize - bytes) : 0
  const name = shorten(printable(state.file), NAME_WIDTH) + (state.position && ` ${state.position}`)
  const figures = [
    `${Math.floor(done * 100)}%`.padStart(4),
    formatRate(bytesPerSecond),
    `ETA ${left < 1 ? '<1 s' : formatSeconds(Math.round(left))}`,
    `${formatSize(mapped)} mapped`,
  ].join(GAP)
  const room = (process.stderr.columns || 80) - name.length - figures.length - 2 * GAP.length - 1
  const width = Math.max(BAR_WIDTHS.least, Math.min(room, BAR_WIDTHS.most))
  const filled = Math.round(done * width)
  const bar = colors.cyan('━'.repeat(filled)) + colors.dim('─'.repeat(width - filled))
  return [colors.bold(name), bar, figures].join(GAP)
}
