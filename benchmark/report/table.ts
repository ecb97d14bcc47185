/** @file The tables of the terminal: one a row, and the verdicts at the end. Returns text, prints nothing. */
import Table from 'cli-table3'
import pc from 'picocolors'
import { asMebibytes } from '../goals'
import type { GoalResult, RowResult } from '../harness/run-row'
import { lessIsBetter } from '../row'
import { absent, asFigure, bestFirst } from './order'

const VERDICT_COLOURS: Record<GoalResult['verdict'], (text: string) => string> = {
  reached: pc.green,
  missed: pc.red,
  'not measured': pc.yellow,
}

/** Every contender of a row, the best first, with its ratio to ours. */
export function contendersTable(row: RowResult): string {
  const table = new Table({
    head: [row.id, row.unit, 'of ours', 'least', 'most', 'peak RSS'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  const ours = row.contenders[0]?.median?.value
  for (const { name, ours: own, median } of bestFirst(row)) {
    table.push(
      [
        own ? pc.bold(name) : name,
        ...[median.value, median.least, median.most].map((value) => asFigure(value, row.unit)),
        median.peakRss === null ? '–' : asMebibytes(median.peakRss),
      ].toSpliced(2, 0, ours === undefined ? '–' : `${(median.value / ours).toPrecision(3)} ×`),
    )
  }
  const sense = lessIsBetter(row.unit) ? 'less is better' : 'more is better'
  const gaps = absent(row).map(({ name, why }) => pc.yellow(`  ${name}: ${why}`))
  return [`${pc.bold(row.id)}: ${row.work} (${sense})`, table.toString(), ...gaps].join('\n')
}

/** Goal, figure and verdict of every row. */
export function goalsTable(rows: readonly RowResult[]): string {
  const table = new Table({ head: ['row', 'goal', 'figure', 'verdict'], style: { head: [], border: [] } })
  for (const { id, goals } of rows) {
    for (const { text, figure, verdict } of goals)
      table.push([id, text, figure, VERDICT_COLOURS[verdict](verdict)])
  }
  return table.toString()
}
