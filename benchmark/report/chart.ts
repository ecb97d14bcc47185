/** @file One bar chart a row, as SVG, drawn by ECharts without a browser. Knows no file. */
import { BarChart } from 'echarts/charts'
import { GridComponent, TitleComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { RowResult } from '../harness/run-row'
import { lessIsBetter } from '../row'
import { absent, asFigure, bestFirst } from './order'

use([BarChart, GridComponent, TitleComponent, SVGRenderer])

const WIDTH = 800
// Fixed: without a browser nothing measures the text, and an estimate cut the longest name.
const NAMES = 280
const BAR = 34
const AROUND_BARS = 110
const OURS = '#2563eb'
const RIVAL = '#94a3b8'

export function chart(row: RowResult): string {
  const bars = bestFirst(row)
  const drawing = init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: AROUND_BARS + BAR * bars.length,
  })
  drawing.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: `${row.id}: ${row.work}`, subtext: subtitle(row), textStyle: { fontSize: 15 } },
    grid: { top: 64, right: 90, bottom: 36, left: NAMES, outerBoundsMode: 'none' },
    xAxis: { type: 'value', axisLabel: { hideOverlap: true } },
    yAxis: { type: 'category', inverse: true, data: bars.map(({ name }) => name), axisTick: { show: false } },
    series: {
      type: 'bar',
      barCategoryGap: '30%',
      data: bars.map(({ median, ours }) => ({
        value: median.value,
        itemStyle: { color: ours ? OURS : RIVAL },
        label: { show: true, position: 'right', formatter: asFigure(median.value, row.unit) },
      })),
    },
  })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return `${svg}\n`
}

function subtitle(row: RowResult): string {
  const sense = lessIsBetter(row.unit) ? 'less is better' : 'more is better'
  const gaps = absent(row).map(({ name }) => name)
  return [`${row.unit}, ${sense}`, ...(gaps.length > 0 ? [`not measured: ${gaps.join(', ')}`] : [])].join(
    '; ',
  )
}
