/** @file Knows how a run's progress looks: the bar, the name, the figures. Not when it is shown. */
import { SingleBar } from 'cli-progress'
import { columnsOf, shorten } from './columns.js'
import { formatRate, formatSeconds, formatSize } from './size.js'
import { type Colors, colorsFor, printable } from './terminal.js'

const BAR_WIDTHS = { least: 5, most: 40 }
const NAME_WIDTH = 24
const GAP = '  '

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

/** A line on stderr that is drawn over and over. */
export function makeBar(): SingleBar {
  const colors = colorsFor(process.stderr)
  return new SingleBar({
    stream: process.stderr,
    format: (_options, _params, payload: { state: ProgressState }) => drawBar(payload.state, colors),
    clearOnComplete: true,
    // The command handles signals itself; the bar's own handler would swallow them.
    gracefulExit: false,
  })
}

/** For a log: without a bar. */
export function lineOf(state: ProgressState): string {
  return [nameOf(state), figuresOf(state)].join(GAP)
}

function drawBar(state: ProgressState, colors: Colors): string {
  const name = nameOf(state)
  const figures = figuresOf(state)
  const taken = columnsOf(name) + figures.length + 2 * GAP.length + 1
  const room = (process.stderr.columns || 80) - taken
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
