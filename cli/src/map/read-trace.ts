/**
 * @file Knows how a trace that an app has written is read and checked: nothing of it is believed. Not what is
 * made of it.
 */
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { TraceData, TraceEvent } from 'smmap'
import { UsageError } from '../usage-error.js'

const KINDS: ReadonlySet<unknown> = new Set(['open', 'hit', 'miss', 'map', 'evict', 'release'])

/** @throws UsageError for a file that is no trace; what the system says. */
export async function readTrace(file: string): Promise<TraceData> {
  if (!(await stat(file)).isFile())
    throw new UsageError(
      `--trace is ${file}; allowed is what JSON.stringify(manager.trace()) gives, in a regular file`,
    )
  const text = await readFile(file, 'utf8')
  const reader = new TraceReader(file)
  try {
    return reader.trace(JSON.parse(text))
  } catch (error) {
    if (error instanceof UsageError) throw error
    return reader.refuse()
  }
}

/**
 * Copies what a trace has, and nothing else: whatever it is in the file, it is a number here where one is
 * expected. What is drawn from it goes into a page and to a terminal.
 */
class TraceReader {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  refuse(reason?: string): never {
    const detail = reason === undefined ? '' : ` (${reason})`
    throw new UsageError(
      `--trace is ${this.#file}; allowed is what JSON.stringify(manager.trace()) gives${detail}`,
    )
  }

  trace(value: unknown): TraceData {
    const { manager, counts, duration, dropped, mappedBefore, events } = this.#object(value)
    const limits = this.#object(manager)
    const { hits, misses, maps, evictions, reads } = this.#object(counts)
    if (!Array.isArray(events)) return this.refuse()
    return {
      manager: {
        windowSize: this.#number(limits['windowSize'], 'windowSize'),
        maxMappedMemorySize: this.#limit(limits['maxMappedMemorySize'], 'maxMappedMemorySize') ?? Infinity,
        maxFileHandles: this.#limit(limits['maxFileHandles'], 'maxFileHandles'),
      },
      duration: this.#number(duration, 'duration'),
      mappedBefore: this.#number(mappedBefore ?? 0, 'mappedBefore'),
      counts: {
        hits: this.#number(hits, 'counts.hits'),
        misses: this.#number(misses, 'counts.misses'),
        maps: this.#number(maps, 'counts.maps'),
        evictions: this.#number(evictions, 'counts.evictions'),
        reads: this.#number(reads ?? 0, 'counts.reads'),
      },
      dropped: this.#number(dropped, 'dropped'),
      events: events.map((event, index) => this.#event(event, `events[${index}]`)),
    }
  }

  #event(value: unknown, name: string): TraceEvent {
    const event = this.#object(value)
    const { kind, file } = event
    if (!KINDS.has(kind)) return this.refuse(`${name}.kind is none`)
    if (typeof file !== 'string') return this.refuse(`${name}.file is no text`)
    const number = (key: string): number => this.#number(event[key], `${name}.${key}`)
    return {
      kind: kind as TraceEvent['kind'],
      time: number('time'),
      file,
      offset: number('offset'),
      size: number('size'),
      mapped: number('mapped'),
      hits: number('hits'),
    }
  }

  #object(value: unknown): Record<string, unknown> {
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
    return this.refuse()
  }

  #number(value: unknown, name: string): number {
    if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value
    return this.refuse(`${name} is no number from 0 on`)
  }

  /** JSON has `null` for no limit. */
  #limit(value: unknown, name: string): number | null {
    return value === null || value === undefined ? null : this.#number(value, name)
  }
}

/** Its events with the files named as they are here, whichever way the app spelt their paths. */
export function withNames(trace: TraceData, files: readonly string[]): TraceData {
  const names = new Map(files.map((file) => [path.resolve(file), file]))
  const nameOf = (file: string): string => names.get(path.resolve(file)) ?? file
  return { ...trace, events: trace.events.map((event) => ({ ...event, file: nameOf(event.file) })) }
}
