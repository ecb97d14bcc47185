/** @file Knows which signals end a run, and with which exit code. Not what is done when one comes. */
const SIGNALS = [
  ['SIGINT', 2],
  ['SIGTERM', 15],
] as const

/** Aborts `controller` at the first signal; the handlers are gone then, so that a second one kills as usual. */
export class Interruption {
  #exitCode: number | undefined

  constructor(controller: AbortController) {
    for (const [name, number] of SIGNALS) {
      process.once(name, () => {
        this.#exitCode ??= 128 + number
        controller.abort()
      })
    }
  }

  /** 128 + the signal's number; `undefined` when none came. */
  get exitCode(): number | undefined {
    return this.#exitCode
  }
}
