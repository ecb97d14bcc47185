/**
 * @file What all commands have in common: one file after another, their errors, the limits, signals. Does not
 * know what is done with a file.
 */
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import type { Readable } from 'node:stream'
import type * as Library from 'smmap'
import type { Progress as Scanned } from 'smmap'
import { describeError } from './describe-error.js'
import { expandFiles } from './files.js'
import { type Input, openInput, openStream } from './inputs.js'
import { Interruption } from './interruption.js'
import { chooseWindow } from './memory.js'
import { type Outcome, type Reached, describePartial, isPartial, toJson } from './outcome.js'
import { Output } from './output.js'
import { Progress, type ProgressWhen } from './progress.js'
import { rateOf } from './report.js'
import { type Segment, eachSegment } from './segments.js'
import { printable } from './terminal.js'
import { UsageError } from './usage-error.js'

/** The options that every command has that reads files. */
export interface CommonOptions {
  readonly maxMemory: number
  readonly window?: number
  readonly json?: boolean
  readonly quiet?: boolean
  /** Whether nothing is said of files that cannot be opened. */
  readonly messages?: boolean
  /** Whether gzip and zstd files are unpacked first. */
  readonly decompress?: boolean
  readonly progress: ProgressWhen
}

export type Reader = InstanceType<typeof Library.SlidingWindowMapBuffer>

/** One file's work. */
export interface Task<T> {
  readonly file: string
  readonly reader: Reader
  /** Whoever takes it stops when the run does. */
  readonly signal: AbortSignal
  readonly threads: number
  readonly onProgress: (progress: Pick<Scanned, 'bytesScanned' | 'bytesTotal'>) => void
  /** What was found so far, should the run end here. */
  soFar: T | undefined
}

/** How stdin is worked on, segment after segment as it comes. */
export interface StreamWork<T> {
  /** How many lines of each segment the next one begins with. */
  readonly keep: number
  /** Whether more is wanted. What was found so far stands in the task. */
  readonly work: (task: Task<T> & { soFar: T }, segment: Segment) => Promise<boolean>
  /** What is found in nothing. */
  readonly nothing: T
}

/** Errors that say that the file is no longer what was read. */
const CHANGES = new Set(['ERR_SMMAP_FILE_TRUNCATED', 'ERR_SMMAP_FILE_CHANGED'])

/** Errors of files that are not there or may not be read: what `grep -s` is silent about. */
const UNOPENED = new Set([
  'ENOENT',
  'EACCES',
  'EISDIR',
  'ENOTDIR',
  'ELOOP',
  'EPERM',
  'ERR_SMMAP_NOT_REGULAR_FILE',
])

/** A run of a command. */
export class Session {
  readonly library: typeof Library
  readonly manager: InstanceType<typeof Library.SlidingWindowMapManager>
  readonly output: Output
  readonly options: CommonOptions
  readonly windowSize: number
  readonly #controller: AbortController = new AbortController()
  readonly #interruption: Interruption
  readonly #progress: Progress
  #hasFailed = false

  /** @param isStream - Whether results go to stdout while the run goes on. */
  constructor(library: typeof Library, options: CommonOptions, isStream: boolean) {
    this.library = library
    this.options = options
    this.windowSize = chooseWindow(options.maxMemory, options.window, library.ALLOCATIONGRANULARITY)
    this.#interruption = new Interruption(this.#controller)
    this.output = new Output(this.#controller)
    // A line redrawn between lines of results would be torn to pieces.
    const isInTheWay = options.json || options.quiet || (isStream && process.stdout.isTTY)
    this.#progress = new Progress(options.progress === 'auto' && isInTheWay ? 'never' : options.progress)
    // Strict: the limit is the tool's promise, so an error is better than more memory.
    this.manager = new library.SlidingWindowMapManager({
      windowSize: this.windowSize,
      maxMemorySize: options.maxMemory,
      strict: true,
    })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Whether a signal ended the run. */
  get isInterrupted(): boolean {
    return this.#interruption.exitCode !== undefined
  }

  /** What `--json` reports at the end: what became of each file, `more`, and {@link ending}. */
  summary<T extends object>(outcomes: readonly Outcome<T>[], more: object = {}): object {
    return { files: outcomes.map((outcome) => toJson(outcome)), ...more, ...this.ending(outcomes) }
  }

  /** Whether some files' results are not all there is, and the memory used. */
  ending<T>(outcomes: readonly Outcome<T>[]): object {
    return { partial: isPartial(outcomes), memory: this.memory() }
  }

  /** What `--json` reports of the memory used. */
  memory(): { maxMemory: number; window: number; peakMapped: number; peakRss: number } {
    return {
      maxMemory: this.options.maxMemory,
      window: this.windowSize,
      peakMapped: this.manager.stats().peakMappedMemorySize,
      peakRss: process.resourceUsage().maxRSS * 1024,
    }
  }

  /**
   * Does the work for one file after the other. Errors are reported on stderr, and the other files are worked
   * on.
   *
   * @param stream - Without it, stdin is read to its end first.
   */
  async eachFile<T>(
    names: readonly string[],
    work: (task: Task<T>) => Promise<T>,
    stream?: StreamWork<T>,
  ): Promise<Outcome<T>[]> {
    const files = expandFiles(names)
    const outcomes: Outcome<T>[] = []
    for (const [index, file] of files.entries()) {
      const position = files.length > 1 ? `${index + 1}/${files.length}` : ''
      outcomes.push(
        this.signal.aborted
          ? { file, status: 'skipped' }
          : await this.#oneInput(file, position, work, stream),
      )
    }
    this.#progress.close()
    return outcomes
  }

  async #oneInput<T>(
    file: string,
    position: string,
    work: (task: Task<T>) => Promise<T>,
    stream: StreamWork<T> | undefined,
  ): Promise<Outcome<T>> {
    let input: Input
    try {
      const unpacks = this.options.decompress === true
      const source = stream && (await openStream(file, unpacks))
      if (stream && source) return await this.#oneStream(file, source, stream)
      input = await openInput(file, unpacks, this.signal)
    } catch (error) {
      if (error instanceof UsageError) throw error
      return this.#unfinished(file, undefined, { bytes: 0, fileSize: 0, seconds: 0 }, error)
    }
    try {
      return await this.#oneFile(file, input.pathOrFd, position, work)
    } finally {
      input.close()
    }
  }

  async #oneFile<T>(
    file: string,
    pathOrFd: string | number,
    position: string,
    work: (task: Task<T>) => Promise<T>,
  ): Promise<Outcome<T>> {
    const begun = process.uptime()
    const cursor = this.manager.makeCursor(pathOrFd)
    const reached: Partial<Reached> & { bytes: number } = { bytes: 0 }
    let task: Task<T> | undefined
    try {
      const reader = new this.library.SlidingWindowMapBuffer(cursor)
      // What is read is read by cursors of its own: a strict limit of one window has no room for two.
      cursor.unuseRegion()
      const onProgress: Task<T>['onProgress'] = ({ bytesScanned, bytesTotal }) => {
        Object.assign(reached, { bytes: bytesScanned, fileSize: bytesTotal })
        this.#show(file, position, { bytes: bytesScanned, fileSize: bytesTotal, seconds: since(begun) })
      }
      task = {
        file,
        reader,
        signal: this.signal,
        threads: availableParallelism(),
        onProgress,
        soFar: undefined,
      }
      const result = await work(task)
      task.soFar = result
      reached.bytes = cursor.fileSize
      cursor.check({ mayGrow: true })
      return { file, status: 'done', seconds: since(begun), result }
    } catch (error) {
      if (error instanceof UsageError) throw error
      const figures = { fileSize: sizeOf(cursor), ...reached, seconds: since(begun) }
      return this.#unfinished(file, task, figures, error)
    } finally {
      cursor.close()
    }
  }

  #show(file: string, position: string, reached: Reached): void {
    const bytesPerSecond = rateOf(reached.bytes, reached.seconds)
    this.#progress.update({
      file,
      position,
      ...reached,
      bytesPerSecond,
      mapped: this.manager.mappedMemorySize,
    })
  }

  async #oneStream<T>(file: string, source: Readable, stream: StreamWork<T>): Promise<Outcome<T>> {
    const begun = process.uptime()
    const figures = { bytes: 0, fileSize: 0 }
    const { signal } = this
    const found = { soFar: stream.nothing }
    try {
      for await (const part of eachSegment(this, source, stream.keep, figures)) {
        const task = {
          file,
          reader: part.reader,
          signal,
          threads: availableParallelism(),
          onProgress: () => {},
        }
        if (!(await stream.work(Object.assign(found, task), part))) break
      }
      return { file, status: 'done', seconds: since(begun), result: found.soFar }
    } catch (error) {
      if (error instanceof UsageError) throw error
      return this.#unfinished(file, found, { ...figures, seconds: since(begun) }, error)
    }
  }

  #unfinished<T>(
    file: string,
    task: Pick<Task<T>, 'soFar'> | undefined,
    figures: Reached,
    error: unknown,
  ): Outcome<T> {
    const result = task?.soFar
    if (this.signal.aborted && error === this.signal.reason) {
      return result === undefined
        ? { file, status: 'stopped', ...figures }
        : { file, status: 'partial', result, ...figures }
    }
    const described = describeError(error, file)
    if (this.options.messages !== false || !UNOPENED.has(described.code)) this.warn(described.message)
    this.#hasFailed = true
    return result !== undefined && CHANGES.has(described.code)
      ? { file, status: 'partial', result, ...figures, error: described }
      : { file, status: 'failed', error: described }
  }

  /** A line on stderr. */
  warn(message: string): void {
    this.#progress.clear()
    process.stderr.write(`smmap: ${printable(message)}\n`)
  }

  /**
   * Reports on stderr which files have partial results, for commands whose output does not show it.
   */
  warnOfPartial<T>(outcomes: readonly Outcome<T>[]): void {
    if (!this.isInterrupted && !this.#hasFailed) return
    for (const line of describePartial(outcomes)) this.warn(`partial: ${line}`)
  }

  /** 128 + the signal's number after an interruption, 2 after an error, else `code`. */
  exitCode(code: number): number {
    return this.#interruption.exitCode ?? (this.#hasFailed ? 2 : code)
  }

  /** Something went wrong that belongs to no file. */
  fail(message: string): void {
    this.warn(message)
    this.#hasFailed = true
  }

  close(): void {
    this.#progress.close()
    this.#interruption.close()
    this.manager.close()
  }
}

// By `require`: `import` would look for its exports first, which takes 3 ms.
const require = createRequire(import.meta.url)

/** Loads the library, which help and version do without, and runs a command's body; gives the exit code. */
export async function inSession(
  options: CommonOptions,
  body: (session: Session) => Promise<number>,
  isStream: boolean = false,
): Promise<void> {
  const session = new Session(require('smmap') as typeof Library, options, isStream)
  try {
    const code = await body(session)
    // It is set already if results could not be written.
    process.exitCode ??= session.exitCode(code)
  } finally {
    session.close()
  }
}

/** Seconds since then. Not by `performance`, which takes 3 ms to load. */
function since(uptime: number): number {
  return process.uptime() - uptime
}

function sizeOf(cursor: { readonly fileSize: number }): number {
  try {
    return cursor.fileSize
  } catch {
    return 0
  }
}
