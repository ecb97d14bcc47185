/** @file Draws a trace by ECharts, as SVG and without a browser. Knows what goes on which axis; no page. */
import { BarChart, CustomChart, HeatmapChart, LineChart } from 'echarts/charts'
import {
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
} from 'echarts/components'
import { type EChartsCoreOption, init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'
import type { TraceData } from 'smmap'
import { formatSize } from '../size.js'
import { coverage, type Part } from './cells.js'
import { type Life, memoryOf, ratesOf } from './trace-figures.js'

use([
  BarChart,
  CustomChart,
  HeatmapChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  VisualMapComponent,
  SVGRenderer,
])

const WIDTH = 960
const BLUE = '#2563eb'
const GREEN = '#16a34a'
const AMBER = '#d97706'
const RED = '#dc2626'
/** Of time, in the chart of rates. */
const PARTS = 60
/** Of a file, in the chart of residency: a line of cells for each eighth of it. */
const ROWS = 8
const COLUMNS = 120

/** Which windows were mapped, from when to when. */
export function windowsChart(lives: readonly Life[], duration: number, fileSize: number): string {
  return draw(340, {
    title: title('Windows mapped, by offset and time'),
    grid: GRID,
    xAxis: timeAxis(duration),
    yAxis: { ...sizeAxis(fileSize), max: fileSize, inverse: true },
    series: {
      type: 'custom',
      silent: true,
      renderItem: rectangle,
      encode: { x: [0, 1], y: [2, 3] },
      data: lives.map(({ from, to, start, end }) => [from, to, start, end]),
    },
  })
}

/** Bytes mapped over time, and the limit. */
export function memoryChart(trace: TraceData): string {
  const limit = trace.manager.maxMappedMemorySize
  const steps = memoryOf(trace)
  const most = Math.max(...steps.map(([, bytes]) => bytes))
  return draw(240, {
    title: title('Memory mapped'),
    grid: GRID,
    xAxis: timeAxis(trace.duration),
    // A limit that is far away would press the line flat: it is in the table.
    yAxis: sizeAxis(limit > 4 * most ? most : Math.max(limit, most)),
    series: {
      type: 'line',
      silent: true,
      step: 'end',
      showSymbol: false,
      lineStyle: { color: BLUE },
      areaStyle: { color: BLUE, opacity: 0.15 },
      data: steps,
      markLine: {
        silent: true,
        symbol: 'none',
        lineStyle: { color: RED, type: 'dashed' },
        label: { formatter: `limit ${formatSize(limit)}`, position: 'insideEndTop' },
        data: [{ yAxis: limit }],
      },
    },
  })
}

/** Hits, misses and evictions over time. */
export function ratesChart(trace: TraceData): string {
  const rates = ratesOf(trace, PARTS)
  const series = ([name, color, pick]: readonly [
    string,
    string,
    (rate: (typeof rates)[number]) => number,
  ]): object => ({
    name,
    type: 'bar',
    silent: true,
    itemStyle: { color },
    barGap: '0%',
    data: rates.map(pick),
  })
  return draw(260, {
    title: title('Hits, misses, evictions'),
    legend: { top: 8, right: 16 },
    grid: GRID,
    xAxis: {
      type: 'category',
      data: rates.map(({ time }) => `${Number(time.toPrecision(3))} ms`),
      axisLabel: { hideOverlap: true },
    },
    yAxis: { type: 'value', minInterval: 1 },
    series: [
      series(['hits', GREEN, ({ hits }) => hits]),
      series(['misses', AMBER, ({ misses }) => misses]),
      series(['evictions', RED, ({ evictions }) => evictions]),
    ],
  })
}

/** Which of a file's bytes are in memory: line by line, from left to right. */
export function residencyChart(ranges: readonly Part[], fileSize: number): string {
  const cells = coverage(ranges, fileSize, ROWS * COLUMNS)
  const row = (index: number): string => formatSize((fileSize / ROWS) * index)
  return draw(240, {
    title: title('In memory (page cache)'),
    grid: { ...GRID, bottom: 16 },
    xAxis: { type: 'category', show: false, data: Array.from({ length: COLUMNS }, (_, column) => column) },
    yAxis: {
      type: 'category',
      inverse: true,
      axisTick: { show: false },
      data: Array.from({ length: ROWS }, (_, index) => row(index)),
    },
    visualMap: { show: false, min: 0, max: 1, inRange: { color: ['#e5e7eb', GREEN] } },
    series: {
      type: 'heatmap',
      silent: true,
      itemStyle: { borderColor: '#ffffff', borderWidth: 1 },
      data: cells.map((share, cell) => [cell % COLUMNS, Math.floor(cell / COLUMNS), share]),
    },
  })
}

// Fixed: without a browser nothing measures the labels.
const GRID = { top: 48, right: 24, bottom: 40, left: 90, outerBoundsMode: 'none' }
/**
 * Up to `most` bytes or a little more, with lines at round numbers of them: those of people who count in tens
 * are not.
 */
function sizeAxis(most: number): object {
  const interval = 2 ** Math.ceil(Math.log2(Math.max(most, 1) / 6))
  const max = (Math.floor(most / interval) + 1) * interval
  return { type: 'value', interval, max, axisLabel: { formatter: (bytes: number) => formatSize(bytes) } }
}

function timeAxis(duration: number): object {
  return {
    type: 'value',
    min: 0,
    max: duration || 1,
    axisLabel: { formatter: '{value} ms', hideOverlap: true, showMaxLabel: false },
  }
}

function title(text: string): object {
  return { text, left: 8, top: 8, textStyle: { fontSize: 15 } }
}

interface Api {
  value(dimension: number): number
  coord(point: [number, number]): [number, number]
}

/** A window's life, never too small to be seen. */
function rectangle(_params: unknown, api: Api): object {
  const [left, top] = api.coord([api.value(0), api.value(2)])
  const [right, bottom] = api.coord([api.value(1), api.value(3)])
  const shape = { x: left, y: top, width: Math.max(right - left, 1), height: Math.max(bottom - top, 2) }
  return { type: 'rect', shape, style: { fill: BLUE, opacity: 0.75 } }
}

function draw(height: number, option: EChartsCoreOption): string {
  const drawing = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  drawing.setOption({ animation: false, backgroundColor: '#ffffff', ...option })
  const svg = drawing.renderToSVGString()
  drawing.dispose()
  return svg
}
