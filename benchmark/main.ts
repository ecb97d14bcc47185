/** @file The benchmark's command line: which rows, how many rounds, where the results go. */
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { chosenRows } from './chosen-rows'
import { benchmarkFolder, projectFolder } from './harness/folders'
import { runRow, type RowResult } from './harness/run-row'
import { BRIEF } from './measure'
import { machine } from './report/machine'
import { publish, type Places } from './report/publish'
import { contendersTable, goalsTable } from './report/table'
import { rows } from './rows/index'

const FULL_ROUNDS = 5
const SMOKE_ROUNDS = 1

const { values: options, positionals } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    folder: { type: 'string', default: tmpdir() },
  },
  allowPositionals: true,
})

async function main(): Promise<void> {
  const { smoke, folder } = options
  const chosen = chosenRows(positionals)
  const rounds = Number(options.rounds ?? (smoke ? SMOKE_ROUNDS : FULL_ROUNDS))
  if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds ${options.rounds}: not a count`)
  if (smoke) process.env[BRIEF] = '1'
  const results: RowResult[] = []
  for (const row of chosen) {
    const result = await runRow(row, { scale: { smoke, folder }, rounds, onRun: showProgress })
    console.log(`\n${contendersTable(result)}`)
    results.push({ ...result, date: new Date().toISOString() })
  }
  // On small files and in short timings a goal says nothing.
  if (!smoke) console.log(`\n${goalsTable(results)}`)
  const broken = results.some(hasFailed)
  // Only what ran at full size is what the docs show. A goal compares contenders of one row, which ran
  // together.
  const isFull = !broken && !smoke && rounds >= FULL_ROUNDS
  const places = isFull ? publicPlaces : await privatePlaces()
  const order = rows.map(({ id }) => id)
  await publish({ smoke, rounds, machine: machine(folder), rows: results }, order, places)
  console.log(`\nwritten: ${places.results}, charts in ${places.charts}`)
  if (broken) process.exitCode = 1
}

const publicPlaces: Places = {
  results: join(benchmarkFolder, 'results.json'),
  charts: join(projectFolder, 'docs'),
}

async function privatePlaces(): Promise<Places> {
  const charts = join(tmpdir(), 'smmap-benchmark')
  await mkdir(charts, { recursive: true })
  return { results: join(charts, 'results.json'), charts }
}

function hasFailed({ contenders }: RowResult): boolean {
  return contenders.some(({ failed }) => failed !== undefined)
}

function showProgress(row: string, round: number, contender: string): void {
  process.stderr.write(`${row}, round ${round}: ${contender}\n`)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
