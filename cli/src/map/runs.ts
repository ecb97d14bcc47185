/** @file Ways to read a file, to see which windows that maps. Knows no trace. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Session } from '../session.js'

export const RUNS = ['sequential', 'random'] as const
export type Run = (typeof RUNS)[number]

/** What a random read is: a page. */
const READ = 4096
/** After this many reads, signals are heard. */
const TURN = 256

type Cursor = ReturnType<Session['manager']['makeCursor']>

/** Touches a file's pages as a program would: all of them in order, or some at random offsets. */
export async function runOver(
  cursor: Cursor,
  run: Run,
  reads: number,
  { signal, onProgress }: { signal: AbortSignal; onProgress: (done: number, all: number) => void },
): Promise<void> {
  if (cursor.fileSize === 0) return
  await (run === 'sequential' ? sequential : random)(cursor, reads, async (done, all) => {
    onProgress(done, all)
    await turn()
    signal.throwIfAborted()
  })
}

type Pause = (done: number, all: number) => Promise<void>

async function sequential(cursor: Cursor, _reads: number, pause: Pause): Promise<void> {
  for (let at = 0; cursor.useRegion(at).isValid; at = cursor.ofsEnd) {
    touch(cursor.buffer())
    await pause(cursor.ofsEnd, cursor.fileSize)
  }
}

async function random(cursor: Cursor, reads: number, pause: Pause): Promise<void> {
  const next = fractions()
  for (let read = 0; read < reads; read += 1) {
    cursor.useRegion(Math.floor(next() * cursor.fileSize), READ)
    touch(cursor.buffer())
    cursor.unuseRegion()
    if (read % TURN === 0) await pause(read, reads)
  }
}

function touch(bytes: Buffer): number {
  let sum = 0
  for (let at = 0; at < bytes.length; at += READ) sum += bytes[at] ?? 0
  return sum
}

/** The same in every run, so that runs can be compared: mulberry32. */
function fractions(): () => number {
  let state = 1
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
