/**
 * @file Knows the page of a report: figures, charts, and words around them, in one file that needs no other.
 * Draws nothing.
 */
import type { TraceData } from 'smmap'
import { formatCount, formatSize } from '../size.js'
import { printable } from '../terminal.js'
import { memoryChart, ratesChart, residencyChart, windowsChart } from './charts.js'
import type { Pictured } from './draw-map.js'
import { livesOf, mappedOf, peakOf } from './trace-figures.js'

/** A file, and what is shown of it. */
export interface PicturedFile extends Pictured {
  readonly file: string
}

/** More would make a page that browsers are slow to show. */
const MOST_LIVES = 4000
const MOST_WINDOWS = 10

/** The page; `trace` is of a run over the files, if there was one, and `made` says when the page was made. */
export function reportPage(
  files: readonly PicturedFile[],
  trace: TraceData | undefined,
  made: Date = new Date(),
): string {
  const title = `smmap: ${files.map(({ file }) => file).join(', ')}`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>What was mapped, and what is in memory</h1>
<p class="note">Made by smmap on <time datetime="${made.toISOString()}">${dayAndMinute(made)}</time></p>
${trace ? runSection(trace) : ''}
${files.map((file) => fileSection(file, trace)).join('\n')}
</body>
</html>
`
}

function runSection(trace: TraceData): string {
  const { counts, manager, duration, dropped } = trace
  const asked = counts.hits + counts.misses
  const figures = [
    ['hits', formatCount(counts.hits)],
    ['misses', formatCount(counts.misses)],
    ['hit rate', asked > 0 ? `${((counts.hits / asked) * 100).toFixed(1)} %` : '–'],
    ['maps', formatCount(counts.maps)],
    ['evictions', formatCount(counts.evictions)],
    ['mapped at most', formatSize(peakOf(trace))],
    ['limit', formatSize(manager.maxMappedMemorySize)],
    ['windows of', manager.windowSize === 0 ? 'whole files' : formatSize(manager.windowSize)],
    ['time', `${duration.toFixed(1)} ms`],
  ]
  const lost = `The first ${formatCount(dropped)} events were not kept: the charts begin after them.`
  const gone = dropped > 0 ? `<p class="note">${lost}</p>` : ''
  const list = figures.map(([name = '', value = '']) => {
    return `<div><dt>${name}</dt><dd id="${name.replaceAll(' ', '-')}">${value}</dd></div>`
  })
  return `<section id="run">
<dl>${list.join('')}</dl>
${gone}
<figure id="rates">${ratesChart(trace)}
<figcaption>How often each happened, in equal parts of the time.</figcaption></figure>
<figure id="memory">${memoryChart(trace)}
<figcaption>${swatch('line')} bytes mapped ${swatch('limit')} the limit</figcaption></figure>
${mostMapped(trace)}
</section>`
}

function mostMapped(trace: TraceData): string {
  const windows = mappedOf(trace)
  const again = windows.filter(({ maps }) => maps > 1)
  if (again.length === 0) return '<p id="again">No window was mapped more than once.</p>'
  const rows = again.slice(0, MOST_WINDOWS).map(({ file, start, end, maps }) => {
    return row('td', [escape(file), formatCount(start), formatSize(end - start), formatCount(maps)])
  })
  const share = `${formatCount(again.length)} of ${formatCount(windows.length)} windows`
  const head = `<thead>${row('th', ['file', 'offset', 'size', 'maps'])}</thead>`
  return `<p id="again">${share} were mapped more than once. Those most often:</p>
<table>${head}<tbody>${rows.join('')}</tbody></table>`
}

function row(kind: 'td' | 'th', cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<${kind}>${cell}</${kind}>`).join('')}</tr>`
}

function fileSection({ file, size, resident, ranges }: PicturedFile, trace: TraceData | undefined): string {
  const share = size > 0 ? ` (${Math.floor((resident / size) * 100)} %)` : ''
  const lives = trace ? livesOf(trace).filter((life) => life.file === file) : []
  const shown = lives.slice(-MOST_LIVES)
  const note =
    shown.length < lives.length
      ? `<p class="note">The last ${formatCount(shown.length)} of ${formatCount(lives.length)} maps.</p>`
      : ''
  const windows =
    trace && size > 0
      ? `<figure class="windows">${windowsChart(shown, trace.duration, size)}
${WINDOWS_LEGEND}</figure>${note}`
      : ''
  return `<section class="file">
<h2>${escape(file)}</h2>
<p>${formatSize(size)}, of which <b class="resident">${formatSize(resident)}</b>${share} in memory</p>
${windows}
${size > 0 ? `<figure class="residency">${residencyChart(ranges, size)}${RESIDENCY_LEGEND}</figure>` : ''}
</section>`
}

/** A little square in the colour of what it stands for. */
function swatch(kind: 'line' | 'limit' | 'window' | 'resident' | 'absent'): string {
  return `<i class="key-${kind}"></i>`
}

const WINDOWS_LEGEND = `<figcaption>${swatch('window')} a window, while it was mapped. Across: time.
Down: where it is in the file.</figcaption>`

const RESIDENCY_LEGEND = `<figcaption>${swatch('resident')} in memory ${swatch('absent')} not in memory;
paler: in part. From left to right and line by line; each line is an eighth of the file.</figcaption>`

/** As `2026-11-27 20:39 UTC`, which means the same wherever it is read. */
function dayAndMinute(made: Date): string {
  return `${made.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Names come from files and folders: none may be markup, or turn round what stands after it. */
function escape(text: string): string {
  return printable(text).replaceAll(/[&<>"]/g, (character) => NAMES[character] ?? character)
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2em auto; padding: 0 1em }
body { color: #1f2937 }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; overflow-wrap: anywhere }
dl { display: flex; flex-wrap: wrap; gap: .5em 2em; margin: 1em 0 }
dt { color: #6b7280; font-size: .85em } dd { margin: 0; font-weight: 600 }
figure { margin: 1em 0; overflow-x: auto } svg { display: block }
figcaption { color: #4b5563; font-size: .9em; margin-top: .3em }
i { display: inline-block; width: .8em; height: .8em; margin: 0 .2em 0 .6em; border-radius: 2px }
i:first-child { margin-left: 0 }
.key-line, .key-window { background: #2563eb } .key-limit { background: #dc2626 }
.key-resident { background: #16a34a } .key-absent { background: #e5e7eb }
table { border-collapse: collapse } th, td { text-align: right; padding: .2em 1em .2em 0 }
th:first-child, td:first-child { text-align: left }
.note { color: #6b7280 }
`
