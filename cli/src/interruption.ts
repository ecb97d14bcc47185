/** @file Knows which signals end a run, and with which exit code. Not what is done when one comes. */
const SIGNALS = [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const

/**
 * Aborts `controller` at the first signal. Whichever comes next ends the process as usual, also where the
 * first was another one: the run may be unable to end, because nobody reads what it wrote.
 */
export class Interruption {
  readonly #handlers: [name: NodeJS.Signals, handler: () => void][]
  #exitCode: number | undefined

  constructor(controller: AbortController) {
    this.#handlers = SIGNALS.map(([name, number]) => [
      name,
      () => {
        this.close()
        this.#exitCode = 128 + number
        controller.abort()
      },
    ])
    for (const [name, handler] of this.#handlers) process.on(name, handler)
  }

  /** 128 + the signal's number; `undefined` when none came. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }

  /** From now on signals do what they do to every program. */
  close(): void {
    for (const [name, handler] of this.#handlers) process.off(name, handler)
  }
}
