/** @file Knows what a trace says: lives of windows, memory over time, rates. Not how it is shown. */
import type { TraceData, TraceEvent } from 'smmap'
import type { Part } from './cells.js'

/**
 * A window from its map to its end; in milliseconds, with the trace's start and end where those were not
 * seen.
 */
export interface Life extends Part {
  readonly file: string
  readonly from: number
  readonly to: number
}

/** What happened between two moments. */
export interface Rate {
  /** Milliseconds since the trace began. */
  readonly time: number
  readonly hits: number
  readonly misses: number
  readonly evictions: number
}

/** A window, and how often it was mapped. */
export interface Mapped extends Part {
  readonly file: string
  readonly maps: number
}

/** In the order in which they were mapped. */
export function livesOf({ events, duration }: TraceData): Life[] {
  const lives: { file: string; start: number; end: number; from: number; to: number }[] = []
  const alive = new Map<string, (typeof lives)[number]>()
  for (const { kind, time, file, offset, size } of events) {
    if (kind !== 'map' && kind !== 'evict' && kind !== 'release') continue
    const key = `${offset} ${size} ${file}`
    if (kind === 'map') {
      const life = { file, start: offset, end: offset + size, from: time, to: duration }
      lives.push(life)
      alive.set(key, life)
      continue
    }
    const life = alive.get(key)
    alive.delete(key)
    if (life) life.to = time
    else lives.push({ file, start: offset, end: offset + size, from: 0, to: time })
  }
  return lives
}

/** Bytes mapped: `[milliseconds, bytes]` at each change, and at both ends. */
export function memoryOf({ events, duration, mappedBefore }: TraceData): [number, number][] {
  const steps: [number, number][] = [[0, events[0] ? before(events[0]) : mappedBefore]]
  for (const { time, mapped } of events) {
    if (mapped !== steps.at(-1)?.[1]) steps.push([time, mapped])
  }
  return [...steps, [duration, steps.at(-1)?.[1] ?? 0]]
}

function before({ kind, mapped, size }: TraceEvent): number {
  if (kind === 'map') return mapped - size
  return kind === 'evict' || kind === 'release' ? mapped + size : mapped
}

/** The most bytes that were mapped at once. */
export function peakOf({ events, mappedBefore }: TraceData): number {
  return events.reduce((most, { mapped }) => Math.max(most, mapped), mappedBefore)
}

/** The time in equal parts. Hits are known only at events, and are counted at the next one. */
export function ratesOf({ events, duration, counts }: TraceData, parts: number): Rate[] {
  const length = duration / parts || 1
  const rates = Array.from({ length: parts }, (_, part) => ({
    time: part * length,
    hits: 0,
    misses: 0,
    evictions: 0,
  }))
  let hits = 0
  for (const event of events) {
    const rate = rates[Math.min(Math.floor(event.time / length), parts - 1)]
    if (!rate) continue
    rate.hits += event.hits - hits
    hits = event.hits
    if (event.kind === 'miss') rate.misses += 1
    if (event.kind === 'evict') rate.evictions += 1
  }
  const last = rates.at(-1)
  if (last) last.hits += Math.max(counts.hits - hits, 0)
  return rates
}

/** The windows that were mapped, most often first. */
export function mappedOf({ events }: TraceData): Mapped[] {
  const windows = new Map<string, { file: string; start: number; end: number; maps: number }>()
  for (const { kind, file, offset, size } of events) {
    if (kind !== 'map') continue
    const key = `${offset} ${size} ${file}`
    const known = windows.get(key)
    if (known) known.maps += 1
    else windows.set(key, { file, start: offset, end: offset + size, maps: 1 })
  }
  return [...windows.values()].toSorted((a, b) => b.maps - a.maps || a.start - b.start)
}
