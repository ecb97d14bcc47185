/**
 * @file Runs one Node contender of one row, in the process the harness started for it. Prints the sample as
 * JSON.
 */
import { type Input, MissingError, type Sample } from './row'
import { rows } from './rows/index'

async function main([id, name, input]: readonly string[]): Promise<void> {
  const row = rows.find((candidate) => candidate.id === id)
  const contender = [...(row?.ours ?? []), ...(row?.rivals ?? [])].find(
    (candidate) => candidate.name === name,
  )
  if (contender === undefined || !('run' in contender) || input === undefined) {
    throw new Error(`no contender "${name}" in a row "${id}"`)
  }
  const sample = await sampleOf(() => contender.run(JSON.parse(input) as Input))
  process.stdout.write(JSON.stringify(sample))
}

/** What the package under test does not have yet is told as such, and is no fault of the row. */
async function sampleOf(run: () => Sample | Promise<Sample>): Promise<Sample | { missing: string }> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof MissingError) return { missing: error.message }
    throw error
  }
}

void main(process.argv.slice(2))
