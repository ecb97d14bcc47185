/**
 * @file Knows how results get to stdout: no faster than they are read, and no further than that. Not what
 * they are.
 */
import type { SlidingWindowMapBuffer } from 'smmap'
import { inertJson } from './terminal.js'

const PIECE = 2 ** 20

/** Writes to stdout; `controller` is aborted when whoever reads it has stopped (`| head`). */
export class Output {
  readonly #controller: AbortController
  /** Resolved when there is room again: one promise for all who write, and so one listener. */
  #room: Promise<void> | undefined

  constructor(controller: AbortController) {
    this.#controller = controller
    process.stdout.once('error', () => controller.abort())
  }

  /** Waits until there is room for more. */
  async write(data: string | Uint8Array): Promise<void> {
    const { signal } = this.#controller
    if (data.length === 0 || process.stdout.write(data) || signal.aborted) return
    await (this.#room ??= this.#drained())
  }

  #drained(): Promise<void> {
    const { signal } = this.#controller
    return new Promise((resolve) => {
      const go = (): void => {
        process.stdout.off('drain', go)
        signal.removeEventListener('abort', go)
        this.#room = undefined
        resolve()
      }
      process.stdout.once('drain', go)
      signal.addEventListener('abort', go)
    })
  }

  /**
   * The bytes of a file from `start` to `end`, or with `quiet` none of them. They are read, not shown: views
   * that wait to be written keep their windows.
   *
   * @param onWritten - Called with how many were written so far, and which last.
   */
  async copy(
    reader: Pick<SlidingWindowMapBuffer, 'read'>,
    start: number,
    end: number,
    signal: AbortSignal,
    onWritten?: (bytes: number, piece: Buffer) => void,
    quiet = false,
  ): Promise<void> {
    for (let at = start; at < end; at += PIECE) {
      const piece = await reader.read(at, Math.min(PIECE, end - at), { signal })
      if (!quiet) await this.write(piece)
      onWritten?.(at + piece.length - start, piece)
      signal.throwIfAborted()
    }
  }

  /** One object on one line. */
  writeJson(value: unknown): Promise<void> {
    return this.writeJsonLines([value])
  }

  /** Each on a line of its own. */
  writeJsonLines(values: readonly unknown[]): Promise<void> {
    const lines = values.map((value) => `${JSON.stringify(value)}\n`)
    const { isTTY } = process.stdout
    return this.write((isTTY ? lines.map((line) => `${inertJson(line.trimEnd())}\n`) : lines).join(''))
  }
}
