/**
 * @file Bytes that come bit by bit, as files of whole lines one after the other. Knows how they are divided;
 * searches nothing.
 */
import { EventEmitter, once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type * as Library from 'smmap'

const NEWLINE = 10
const BLOCK = 2 ** 16
/** No more is read while so much waits to be searched. */
const MOST = 2 ** 24

/** A part of the bytes that came: whole lines, but for the very last one. */
export interface Segment {
  /** A file with them at its beginning. */
  readonly fd: number
  readonly size: number
  /** How many bytes at the beginning also ended the segment before. */
  readonly carried: number
  /** Where those bytes begin that the next segment will have, too. */
  readonly kept: number
  /** What came before the first byte. */
  readonly offset: number
}

/** What segments are read with. */
interface Means {
  readonly library: typeof Library
  readonly manager: InstanceType<typeof Library.SlidingWindowMapManager>
  readonly signal: AbortSignal
}

/** A file that is being filled. */
class Spool {
  readonly fd: number
  readonly offset: number
  readonly carried: number
  size = 0
  /** Where the last whole line ends. */
  lineEnd = 0

  constructor(folder: string, offset: number, carried: number) {
    const file = path.join(folder, 'input')
    this.fd = openSync(file, 'w+', 0o600)
    // Where the system lets go of names of open files, nothing is left however this ends.
    if (process.platform !== 'win32') rmSync(file)
    this.offset = offset
    this.carried = carried
    this.lineEnd = carried
  }

  /** How many bytes of whole lines were in no segment yet. */
  get waiting(): number {
    return this.lineEnd - this.carried
  }

  add(piece: Uint8Array): void {
    for (let done = 0; done < piece.length;)
      done += writeSync(this.fd, piece, done, undefined, this.size + done)
    const newline = piece.lastIndexOf(NEWLINE)
    if (newline !== -1) this.lineEnd = Math.max(this.lineEnd, this.size + newline + 1)
    this.size += piece.length
  }

  /** Where the last `lines` whole lines start. */
  lastLines(lines: number): number {
    if (lines === 0) return this.lineEnd
    const block = Buffer.alloc(BLOCK)
    let left = lines
    // The newline that ends the last line is before no line.
    for (let end = this.lineEnd - 1; end > 0;) {
      const start = Math.max(0, end - BLOCK)
      const bytes = block.subarray(0, readSync(this.fd, block, 0, end - start, start))
      for (let at = bytes.length; at > 0 && (at = bytes.lastIndexOf(NEWLINE, at - 1)) !== -1;) {
        left -= 1
        if (left === 0) return start + at + 1
      }
      end = start
    }
    return 0
  }

  /** Puts what follows `start` into another one. */
  copyTo(other: Spool, start: number): void {
    const block = Buffer.alloc(BLOCK)
    for (let at = start; at < this.size;) {
      const read = readSync(this.fd, block, 0, BLOCK, at)
      other.add(block.subarray(0, read))
      at += read
    }
  }
}

/**
 * The segments of a stream, each with a reader that is closed when the next one is asked for.
 *
 * @param keep - How many lines of each segment the next one begins with.
 * @param figures - How many bytes were worked on, and how many came.
 */
export async function* eachSegment(
  { library, manager, signal }: Means,
  source: Readable,
  keep: number,
  figures: { bytes: number; fileSize: number },
): AsyncGenerator<
  Segment & { readonly reader: InstanceType<typeof Library.SlidingWindowMapBuffer> },
  void,
  undefined
> {
  const segments = new Segments(source, keep)
  const stop = (): void => segments.stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    for (let segment; (segment = await segments.next()) !== undefined;) {
      const cursor = manager.makeCursor(segment.fd)
      try {
        const reader = new library.SlidingWindowMapBuffer(cursor, 0, segment.size)
        // What is read is read by cursors of its own: a strict limit of one window has no room for two.
        cursor.unuseRegion()
        yield { ...segment, reader }
      } finally {
        cursor.close()
        // The next file may get the same inode in the same tick of the clock: it must not be taken for this.
        manager.collect()
        closeSync(segment.fd)
        figures.fileSize = segments.received
      }
      figures.bytes = segment.offset + segment.size
      signal.throwIfAborted()
    }
    signal.throwIfAborted()
  } finally {
    figures.fileSize = segments.received
    signal.removeEventListener('abort', stop)
    segments.close()
  }
}

/** Divides what a stream gives. */
class Segments {
  /** How many bytes came. */
  received = 0
  readonly #source: Readable
  readonly #keep: number
  readonly #folder: string = mkdtempSync(path.join(tmpdir(), 'smmap-'))
  /** Said when there is more, or there is room. */
  readonly #changes: EventEmitter = new EventEmitter()
  #spool: Spool
  #state: 'open' | 'ended' | 'over' = 'open'
  #error: unknown

  /** @param keep - How many lines of each segment the next one begins with. */
  constructor(source: Readable, keep: number) {
    this.#source = source
    this.#keep = keep
    this.#spool = new Spool(this.#folder, 0, 0)
    void this.#read()
  }

  async #read(): Promise<void> {
    try {
      for await (const piece of this.#source as AsyncIterable<Buffer>) {
        if (this.#state !== 'open') return
        this.#spool.add(piece)
        this.received += piece.length
        this.#changes.emit('change')
        while (this.#state === 'open' && this.#spool.waiting >= MOST) await once(this.#changes, 'change')
      }
    } catch (error) {
      this.#error = error
    }
    if (this.#state === 'open') this.#state = 'ended'
    this.#changes.emit('change')
  }

  /** The next one, whose descriptor is to be closed; `undefined`: there are no more. */
  async next(): Promise<Segment | undefined> {
    while (this.#state === 'open' && this.#spool.waiting === 0) await once(this.#changes, 'change')
    const full = this.#spool
    const { fd, carried, offset } = full
    const size = this.#state === 'ended' ? full.size : full.lineEnd
    if (this.#state === 'over' || size === carried) {
      if (this.#error !== undefined) throw this.#error
      return undefined
    }
    const kept = full.lastLines(this.#keep)
    this.#spool = new Spool(this.#folder, offset + kept, full.lineEnd - kept)
    if (this.#state === 'ended') this.#state = 'over'
    else full.copyTo(this.#spool, kept)
    this.#changes.emit('change')
    return { fd, size, carried, kept, offset }
  }

  /** Nothing is read any more, nor given. */
  stop(): void {
    this.#state = 'over'
    this.#source.destroy()
    this.#changes.emit('change')
  }

  close(): void {
    this.stop()
    closeSync(this.#spool.fd)
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
