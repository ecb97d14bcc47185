/** What TypeScript uses of `run.mjs`. */

export interface Job {
  /** The package under test. */
  root: string
  node: string
  calls: number
  seed: number
  mixes: string[]
}

/** What a program told before it ended. */
export interface Told {
  counts?: {
    calls: number
    sessions: number
    /** How often each event happened, and each method that works off the main thread was asked. */
    kinds: Record<string, number>
    /** How often each error was the right answer. */
    errors: Record<string, number>
    /** Resident memory in the end, in MiB. */
    rss: number
  }
}

export function runChild(job: Job): Promise<Told>
export function faultOf(job: Job, told: Told): Promise<string>
