/**
 * @file Runs a row: all its contenders, interleaved, round by round; then medians and verdicts. Prints
 * nothing.
 */
import {
  type Contender,
  type Goal,
  type Input,
  type Median,
  type Medians,
  MissingError,
  type Row,
  type Sample,
  type Scale,
  type Unit,
} from '../row'
import { runContender, runTool } from './run-contender'
import { summaryOf } from './summary'
import { reasonOf } from './toolbox'

export interface ContenderResult {
  readonly name: string
  readonly ours: boolean
  median?: Median
  /** Why the contender could not take part here. */
  missing?: string
  /** Why it took part and gave no figure: a fault. */
  failed?: string
}

/** A contender while its rounds go on. */
interface Rounds extends ContenderResult {
  readonly samples: Sample[]
}

export interface GoalResult {
  readonly text: string
  readonly figure: string
  readonly verdict: 'reached' | 'missed' | 'not measured'
}

export interface RowResult {
  readonly id: string
  readonly work: string
  readonly unit: Unit
  readonly contenders: readonly ContenderResult[]
  readonly goals: readonly GoalResult[]
  /** When it ended, as an ISO string. */
  readonly date?: string
}

export interface RunOptions {
  readonly scale: Scale
  readonly rounds: number
  readonly onRun: (row: string, round: number, contender: string) => void
}

/** @throws when two contenders computed different answers: the row compares nothing then. */
export async function runRow(row: Row, options: RunOptions): Promise<RowResult> {
  const results = [...row.ours, ...row.rivals].map(({ name }, i): Rounds => ({
    name,
    ours: i < row.ours.length,
    samples: [],
  }))
  try {
    const input = await row.setup(options.scale)
    await runRounds(row, input, results, options)
    await row.cleanUp?.(input)
  } catch (error) {
    if (!(error instanceof MissingError)) throw error
    for (const result of results) result.missing = error.message
  }
  requireOneAnswer(row, results)
  const contenders = results.map(summedUp)
  const medians: Medians = new Map(
    contenders.flatMap(({ name, median }) => (median === undefined ? [] : [[name, median] as const])),
  )
  const { id, work, unit } = row
  return { id, work, unit, contenders, goals: row.goals.map((goal) => judged(goal, medians)) }
}

async function runRounds(
  row: Row,
  input: Input,
  results: readonly Rounds[],
  { rounds, onRun }: RunOptions,
): Promise<void> {
  const contenders = [...row.ours, ...row.rivals]
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      // Each round begins with another contender, so that none always runs in the wake of the same one.
      const i = (round + turn) % contenders.length
      const [contender, result] = [contenders[i] as Contender, results[i] as Rounds]
      if (result.missing !== undefined || result.failed !== undefined) continue
      onRun(row.id, round + 1, contender.name)
      await addSample(row, contender, input, result)
    }
  }
}

async function addSample(row: Row, contender: Contender, input: Input, result: Rounds): Promise<void> {
  try {
    await row.beforeEach?.(input, runTool)
    result.samples.push(await runContender(row, contender, input))
  } catch (error) {
    result.samples.length = 0
    result[error instanceof MissingError ? 'missing' : 'failed'] = reasonOf(error)
  }
}

function requireOneAnswer(row: Row, results: readonly Rounds[]): void {
  const first = new Map<string | undefined, { name: string; answer: number }>()
  for (const [i, { task }] of [...row.ours, ...row.rivals].entries()) {
    const { name, samples } = results[i] as Rounds
    for (const { answer } of samples) {
      const other = first.get(task) ?? { name, answer }
      first.set(task, other)
      if (answer === other.answer) continue
      throw new Error(
        `${row.id}: "${other.name}" computed ${other.answer}, "${name}" ${answer}; not the same work`,
      )
    }
  }
}

function summedUp({ samples, ...result }: Rounds): ContenderResult {
  return samples.length === 0 ? result : { ...result, median: summaryOf(samples) }
}

function judged({ text, judge }: Goal, medians: Medians): GoalResult {
  const judgement = judge(medians)
  if (judgement === undefined) return { text, figure: '–', verdict: 'not measured' }
  return { text, figure: judgement.figure, verdict: judgement.reached ? 'reached' : 'missed' }
}
