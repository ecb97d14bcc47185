/** @file Knows how a trace that an app has written is read, and told from other files. Not what is in it. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { TraceData } from 'smmap'
import { UsageError } from '../usage-error.js'

/** @throws UsageError for a file that is no trace; what the system says. */
export async function readTrace(file: string): Promise<TraceData> {
  const text = await readFile(file, 'utf8')
  let data: Partial<TraceData> | null = null
  try {
    data = JSON.parse(text) as Partial<TraceData> | null
  } catch {
    // Said below.
  }
  if (Array.isArray(data?.events) && data.counts && data.manager) return data as TraceData
  throw new UsageError(`--trace is ${file}; allowed is what JSON.stringify(manager.trace()) gives`)
}

/** Its events with the files named as they are here, whichever way the app spelt their paths. */
export function withNames(trace: TraceData, files: readonly string[]): TraceData {
  const names = new Map(files.map((file) => [path.resolve(file), file]))
  const nameOf = (file: string): string => names.get(path.resolve(file)) ?? file
  return { ...trace, events: trace.events.map((event) => ({ ...event, file: nameOf(event.file) })) }
}
