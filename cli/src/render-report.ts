/** @file Knows how a scan's report looks to people. Not how its figures came about. */
import Table from 'cli-table3'
import { abbreviate, shorten } from './columns.js'
import { type Counts, type FileReport, type ScanReport, countedFiles } from './report.js'
import { formatCount, formatRate, formatSeconds, formatSize } from './size.js'
import { type Colors, printable } from './terminal.js'

/** The report as people read it; names are shortened to `width` columns, the terminal's if it is one. */
export function renderReport(
  report: ScanReport,
  find: string | undefined,
  { colors, width }: { colors: Colors; width: number },
): string {
  const sections = [
    renderTable(report, find !== undefined, colors, width),
    find === undefined ? '' : renderMatches(report.files, find, colors),
    renderNotes(report, colors),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function renderTable(report: ScanReport, withFound: boolean, colors: Colors, width: number): string {
  const head = ['file', 'bytes', 'lines', 'longest', ...(withFound ? ['found'] : []), 'time', 'rate']
  // No row for a file without counts: stderr said why, and the notes count it.
  const counted = countedFiles(report.files)
  if (counted.length === 0) return ''
  const rows = counted.map((file) => cells(printable(file.file), file, withFound))
  const totalName = `total (${formatCount(counted.length)} files)`
  const footer = counted.length > 1 ? [cells(totalName, report.total, withFound)] : []
  const plain = [head, ...rows, ...footer]
  const room = width - widthWithoutNames(plain)
  const table = new Table({
    chars: BORDERLESS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
  })
  table.push(head.map((cell) => colors.dim(cell)))
  for (const row of rows) table.push(row.with(0, shorten(row[0] ?? '', Math.max(room, 12))))
  for (const row of footer) table.push(row.map((cell) => colors.bold(cell)))
  return table.toString()
}

const GAP = '  '
const SIDES = ['top', 'bottom', 'left', 'right', 'mid', 'top-mid', 'top-left', 'top-right']
const CORNERS = ['left-mid', 'mid-mid', 'right-mid', 'bottom-mid', 'bottom-left', 'bottom-right']
const BORDERLESS = { ...Object.fromEntries([...SIDES, ...CORNERS].map((name) => [name, ''])), middle: GAP }

function widthWithoutNames(rows: readonly string[][]): number {
  const figures = rows[0]?.slice(1) ?? []
  const widest = (column: number): number =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0)
  return figures.reduce((all, _, index) => all + GAP.length + widest(index + 1), 0)
}

function cells(name: string, counts: Counts, withFound: boolean): string[] {
  const { bytes, lines, longestLine, found, seconds, bytesPerSecond } = counts
  const numbers = [bytes, lines, longestLine, ...(withFound ? [found ?? 0] : [])]
  return [name, ...numbers.map(formatCount), formatSeconds(seconds), formatRate(bytesPerSecond)]
}

/** Offsets stand without separators, to be pasted into another command. */
function renderMatches(files: readonly FileReport[], find: string, colors: Colors): string {
  const counted = countedFiles(files)
  if (counted.length === 0) return ''
  const hits = counted.filter((file) => (file.found ?? 0) > 0)
  const wanted = `“${abbreviate(printable(find), 40)}”`
  if (hits.length === 0) return `${wanted} not found`
  const lines = hits.map(({ file, found = 0, offsets = [] }) => {
    const more = found > offsets.length ? ` … and ${formatCount(found - offsets.length)} more` : ''
    return `  ${printable(file)}: ${colors.green(offsets.join(' '))}${colors.dim(more)}`
  })
  return [`${wanted} found at byte`, ...lines].join('\n')
}

function renderNotes(report: ScanReport, colors: Colors): string {
  const { maxMemory, window, peakMapped, peakRss } = report.memory
  const failed = report.files.filter((file) => file.status === 'failed').length
  const mapped = formatSize(peakMapped)
  const resident = formatSize(peakRss)
  const width = Math.max(mapped.length, resident.length)
  const limits = `limit ${formatSize(maxMemory)}, windows of ${formatSize(window)}`
  return [
    `mapped at most     ${colors.bold(mapped.padStart(width))}   ${limits}`,
    `resident at most   ${colors.bold(resident.padStart(width))}   Node itself included`,
    ...(failed > 0 ? [colors.red(`failed: ${failed} of ${report.files.length} files, see the errors`)] : []),
    ...(report.partial ? [colors.yellow(`partial: ${describePartial(report.files)}`)] : []),
  ].join('\n')
}

function describePartial(files: readonly FileReport[]): string {
  const parts = files.flatMap((file) => {
    if (file.status !== 'partial' && file.status !== 'stopped') return []
    return [`${printable(file.file)} stopped after ${formatSize(file.bytes)} of ${formatSize(file.fileSize)}`]
  })
  const skipped = files.filter((file) => file.status === 'skipped').length
  return [
    'interrupted',
    ...parts,
    ...(skipped > 0 ? [`${skipped} of ${files.length} files not begun`] : []),
  ].join('; ')
}
