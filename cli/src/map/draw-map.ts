/**
 * @file Knows how a file's map looks in a terminal: a line of cells for each part of it. Not how its figures
 * came about.
 */
import type { TraceData } from 'smmap'
import { shorten } from '../columns.js'
import { formatCount, formatSize } from '../size.js'
import { type Colors, printable } from '../terminal.js'
import { coverage, type Part, touching } from './cells.js'
import { mappedOf, peakOf } from './trace-figures.js'

/** What the map says about a file. */
export interface Pictured {
  readonly size: number
  readonly resident: number
  readonly ranges: readonly Part[]
}

export interface MapStyle {
  readonly colors: Colors
  /** Columns of the terminal. */
  readonly width: number
}

const ROWS = 8
const LABEL = 9
const CELLS = { least: 10, most: 128 }
/** No cell is smaller: residency comes in pages. */
const PAGE = 4096
const SHADES = ['·', '░', '▒', '▓', '█'] as const

/**
 * A file's name, how much of it is in memory, and where; and which windows of it were mapped, if there is a
 * trace.
 */
export function drawMap(
  file: string,
  facts: Pictured,
  trace: TraceData | undefined,
  style: MapStyle,
): string {
  const { size, resident, ranges } = facts
  const { colors, width } = style
  const share = size > 0 ? ` (${Math.floor((resident / size) * 100)} %)` : ''
  const figures = `${formatSize(size)}, ${formatSize(resident)} in memory${share}`
  const name = shorten(printable(file), Math.max(width - figures.length - 2, CELLS.least))
  const heading = `${colors.bold(name)}  ${figures}\n`
  if (size === 0) return heading
  const columns = Math.min(Math.max(width - LABEL - 2, CELLS.least), CELLS.most)
  const cells = Math.min(columns * ROWS, Math.ceil(size / PAGE))
  const shades = coverage(ranges, size, cells).map(shade)
  const lines = drawRows(shades, columns, size, colors.green, colors)
  if (!trace) return heading + lines
  const maps = touching(mapsOf(trace, file), size, cells).map(digit)
  const windows = drawRows(maps, columns, size, colors.cyan, colors)
  return `${heading}${lines}\nwindows mapped there, how often\n${windows}`
}

/** What a run came to, in one line. */
export function drawCounts(trace: TraceData): string {
  const { counts, manager, dropped } = trace
  const windows = mappedOf(trace)
  const again = formatCount(windows.filter(({ maps }) => maps > 1).length)
  const maps = `${formatCount(counts.maps)} maps of ${formatCount(windows.length)} windows`
  const facts = [
    `${formatCount(counts.hits)} hits`,
    `${formatCount(counts.misses)} misses`,
    `${formatCount(counts.evictions)} evictions`,
    `${maps}, ${again} of them mapped again`,
    `${formatSize(peakOf(trace))} mapped at most, limit ${formatSize(manager.maxMappedMemorySize)}`,
    ...(dropped > 0 ? [`the first ${formatCount(dropped)} events were not kept`] : []),
  ]
  return `${facts.join('; ')}\n`
}

function mapsOf({ events }: TraceData, file: string): Part[] {
  return events
    .filter((event) => event.kind === 'map' && event.file === file)
    .map(({ offset, size }) => ({ start: offset, end: offset + size }))
}

/** Each line begins with the offset of its first cell. */
function drawRows(
  cells: readonly string[],
  columns: number,
  size: number,
  color: (text: string) => string,
  colors: Colors,
): string {
  let text = ''
  for (let first = 0; first < cells.length; first += columns) {
    const label = formatSize(Math.floor((size / cells.length) * first)).padStart(LABEL)
    text += `${colors.dim(label)}  ${color(cells.slice(first, first + columns).join(''))}\n`
  }
  return text
}

/** Empty and full are said only of cells that are. */
function shade(share: number): string {
  if (share <= 0) return SHADES[0]
  if (share > 0.9999) return SHADES[4]
  return share < 0.3 ? SHADES[1] : share < 0.7 ? SHADES[2] : SHADES[3]
}

function digit(count: number): string {
  return count === 0 ? SHADES[0] : count > 9 ? '+' : String(count)
}
