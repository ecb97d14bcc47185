/**
 * @file One bar chart a row, as SVG, drawn by ECharts without a browser. Knows no file. As narrow as a
 * telephone, where it is read unscaled: a contender's name stands above its bar.
 */
import { BarChart } from 'echarts/charts'
import { GridComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { RowResult } from '../harness/run-row'
import { lessIsBetter } from '../row'
import { absent, asFigure, bestFirst } from './order'

use([BarChart, GridComponent, TitleComponent, SVGRenderer])

const WIDTH = 420
/** Letters of a line of the title: without a browser nothing measures the text. */
const LETTERS = 58
const TEXT = 12
const LINE = 16
const BAR = 12
const A_CONTENDER = 36
const OURS = '#2563eb'
const RIVAL = '#94a3b8'

export function chart(row: RowResult): string {
  const bars = bestFirst(row)
  const lines = subtitle(row)
  const head = 42 + LINE * lines.length
  const drawing = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: head + A_CONTENDER * bars.length + 8,
  })
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: {
      text: row.id,
      subtext: lines.join('\n'),
      textStyle: { fontSize: 15 },
      subtextStyle: { fontSize: TEXT, lineHeight: LINE, color: '#475569' },
      left: 8,
      top: 4,
      itemGap: 6,
    },
    grid: { top: head, right: 12, bottom: 8, left: 12, outerBoundsMode: 'none' },
    xAxis: { type: 'value', show: false },
    yAxis: { type: 'category', inverse: true, show: false, data: bars.map(({ name }) => name) },
    series: { type: 'bar', barWidth: BAR, data: bars.map((bar) => barOf(bar, row)) },
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return `${svg}\n`
}

function barOf({ name, median, ours }: ReturnType<typeof bestFirst>[number], { unit }: RowResult): object {
  return {
    value: median.value,
    itemStyle: { color: ours ? OURS : RIVAL },
    label: {
      show: true,
      position: [0, -TEXT - 3],
      align: 'left',
      fontSize: TEXT,
      color: '#0f172a',
      formatter: `${name}: ${asFigure(median.value, unit)}`,
    },
  }
}

function subtitle(row: RowResult): string[] {
  const sense = lessIsBetter(row.unit) ? 'less is better' : 'more is better'
  const gaps = absent(row).map(({ name }) => name)
  const notMeasured = gaps.length > 0 ? [`not measured: ${gaps.join(', ')}`] : []
  return [row.work, `${row.unit}, ${sense}`, ...notMeasured].flatMap(wrapped)
}

function wrapped(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= LETTERS) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}
