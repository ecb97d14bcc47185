/** @file Knows what became of each file, as objects and in words. Not how it came about. */
import { formatSize } from './size.js'

/** An error as it is shown, and as `--json` has it. */
export interface Described {
  readonly code: string
  readonly message: string
}

/** How far the work got: `bytes` of the `fileSize` that there were to do. */
export interface Reached {
  readonly bytes: number
  readonly fileSize: number
  readonly seconds: number
}

/** What became of one file. */
export type Outcome<T> =
  | { readonly file: string; readonly status: 'done'; readonly seconds: number; readonly result: T }
  /** `result` is what was found on the way; without `error` where a signal ended the run. */
  | ({
      readonly file: string
      readonly status: 'partial'
      readonly result: T
      readonly error?: Described
    } & Reached)
  /** Begun when a signal ended the run, and what was found is no result yet. */
  | ({ readonly file: string; readonly status: 'stopped' } & Reached)
  | { readonly file: string; readonly status: 'failed'; readonly error: Described }
  /** Not begun when a signal ended the run. */
  | { readonly file: string; readonly status: 'skipped' }

/** Whether something was left undone, other than by an error that was reported. */
export function isPartial<T>(outcomes: readonly Outcome<T>[]): boolean {
  return outcomes.some(({ status }) => status !== 'done' && status !== 'failed')
}

/** What was left undone, a line each. */
export function describePartial<T>(outcomes: readonly Outcome<T>[]): string[] {
  const skipped = outcomes.filter(({ status }) => status === 'skipped').length
  const lines = outcomes.flatMap((outcome) => {
    if (outcome.status !== 'partial' && outcome.status !== 'stopped') return []
    const { file, bytes, fileSize } = outcome
    const reached = `stopped after ${formatSize(bytes)} of ${formatSize(fileSize)}`
    return [`${file}: ${reached}${outcome.status === 'stopped' ? ', without a result' : ''}`]
  })
  return skipped === 0 ? lines : [...lines, `${skipped} of ${outcomes.length} files not begun`]
}

/** A file's outcome as `--json` has it: its result among its figures. */
export function toJson<T extends object>(outcome: Outcome<T>): object {
  if (!('result' in outcome)) return outcome
  const { result, file, status, ...figures } = outcome
  return { file, status, ...result, ...figures }
}
