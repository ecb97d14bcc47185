/** @file Knows the order of a scan's events: files one after the other, errors, signals, the report. Counting is the library's work. */
import { ALLOCATIONGRANULARITY, SlidingWindowMapManager, alignToMmap, scan } from '../index.js'
import { describeError } from './describe-error.js'
import { Progress } from './progress.js'
import { renderReport } from './render-report.js'
import { type Counts, type FileReport, type ScanReport, rateOf, totalOf } from './report.js'
import { formatCount, formatSize } from './size.js'
import { colorsFor, printable } from './terminal.js'
import { UsageError } from './usage-error.js'

const DEFAULT_WINDOW = 64 * 1024 ** 2

export interface ScanOptions {
  readonly maxMemory: number
  readonly window?: number
  readonly find?: string
  readonly json?: boolean
  readonly quiet?: boolean
  readonly progress: boolean
}

type ScanResult = Awaited<ReturnType<typeof scan>>

interface Step {
  readonly fileSize: number
  /** What was counted so far. */
  readonly result: ScanResult
}

/** What a run carries from file to file. */
interface Run {
  readonly manager: SlidingWindowMapManager
  readonly find: string | undefined
  readonly progress: Progress
  readonly signal: AbortSignal
}

/**
 * Scans the files, prints the report, and returns the exit code: 0, 1 when the text was found nowhere, 2 after an
 * error in any file, 128 + the signal's number when it was interrupted.
 *
 * @throws UsageError when the window does not fit the memory.
 */
export async function scanCommand(files: readonly string[], options: ScanOptions): Promise<number> {
  const windowSize = chooseWindow(options)
  const progress = new Progress(options.progress && !options.json && !options.quiet)
  const interruption = listenForSignals(() => progress.close())
  // Strict: the limit is the promise of this command, so an error is better than more memory.
  const manager = new SlidingWindowMapManager({ windowSize, maxMemorySize: options.maxMemory, strict: true })
  try {
    const reports = await scanAll(files, {
      manager,
      find: options.find,
      progress,
      signal: interruption.signal,
    })
    const report = {
      files: reports,
      total: totalOf(reports),
      partial: interruption.signal.aborted,
      memory: {
        maxMemory: options.maxMemory,
        window: windowSize,
        peakMapped: manager.stats().peakMappedMemorySize,
        peakRss: process.resourceUsage().maxRSS * 1024,
      },
    }
    print(report, options)
    return interruption.exitCode() ?? exitCodeOf(report, options)
  } finally {
    manager.close()
  }
}

function chooseWindow({ window, maxMemory }: ScanOptions): number {
  if (maxMemory < ALLOCATIONGRANULARITY) {
    throw new UsageError(
      `--max-memory is ${written(maxMemory)}; the least is ${written(ALLOCATIONGRANULARITY)}`,
    )
  }
  const size = window ?? Math.min(DEFAULT_WINDOW, maxMemory)
  if (size < ALLOCATIONGRANULARITY || size > maxMemory) {
    const least = written(ALLOCATIONGRANULARITY)
    throw new UsageError(
      `--window is ${written(size)}; allowed are ${least} to --max-memory, which is ${written(maxMemory)}`,
    )
  }
  // Windows are mapped in whole pages: rounded up, one could exceed the limit.
  return alignToMmap(size, false)
}

function written(bytes: number): string {
  return bytes < 1024 ? formatSize(bytes) : `${formatSize(bytes)} (${formatCount(bytes)} bytes)`
}

async function scanAll(files: readonly string[], run: Run): Promise<FileReport[]> {
  const reports: FileReport[] = []
  for (const [index, file] of files.entries()) {
    const position = files.length > 1 ? `${index + 1}/${files.length}` : ''
    reports.push(run.signal.aborted ? { file, status: 'skipped' } : await scanFile(file, position, run))
  }
  run.progress.close()
  return reports
}

async function scanFile(file: string, position: string, run: Run): Promise<FileReport> {
  const { manager, find, progress, signal } = run
  const begun = performance.now()
  let last: Step | undefined
  const counted = (result: ScanResult): Counts => {
    const { found, offsets, ...counts } = result
    const seconds = (performance.now() - begun) / 1000
    const matches = find === undefined ? {} : { found, offsets }
    return { ...counts, ...matches, seconds, bytesPerSecond: rateOf(counts.bytes, seconds) }
  }
  try {
    const onProgress = (step: Step): void => {
      last = step
      const mapped = manager.mappedMemorySize
      progress.update({ file, ...counted(step.result), position, fileSize: step.fileSize, mapped })
    }
    return { file, status: 'done', ...counted(await scan(manager, file, { find, signal, onProgress })) }
  } catch (error) {
    if (signal.aborted && error === signal.reason) {
      if (!last) return { file, status: 'skipped' }
      return { file, status: 'partial', ...counted(last.result), fileSize: last.fileSize }
    }
    progress.clear()
    const described = describeError(error, file)
    process.stderr.write(`smmap: ${printable(described.message)}\n`)
    return { file, status: 'failed', error: described }
  }
}

/** The first signal ends the scan in order; the handlers are gone then, so that a second one kills as usual. */
function listenForSignals(onSignal: () => void): { signal: AbortSignal; exitCode: () => number | undefined } {
  const controller = new AbortController()
  let exitCode: number | undefined
  for (const [name, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ] as const) {
    process.once(name, () => {
      exitCode ??= 128 + number
      onSignal()
      controller.abort()
    })
  }
  return { signal: controller.signal, exitCode: () => exitCode }
}

function print(report: ScanReport, { json, quiet, find }: ScanOptions): void {
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`)
  else if (!quiet) {
    // `columns` is undefined where stdout is no terminal, and 0 in some pseudo-terminals: there, names stand in full.
    const style = { colors: colorsFor(process.stdout), width: process.stdout.columns || Infinity }
    process.stdout.write(renderReport(report, find, style))
  }
}

function exitCodeOf({ files, total }: ScanReport, { find }: ScanOptions): number {
  if (files.some((file) => file.status === 'failed')) return 2
  return find !== undefined && !total.found ? 1 : 0
}
