/** @file Runs one Node contender of one row, in the process the harness started for it. Prints the sample as JSON. */
import type { Input } from './row'
import { rows } from './rows/index'

async function main([id, name, input]: readonly string[]): Promise<void> {
  const row = rows.find((candidate) => candidate.id === id)
  const contender = [...(row?.ours ?? []), ...(row?.rivals ?? [])].find(
    (candidate) => candidate.name === name,
  )
  if (contender === undefined || !('run' in contender) || input === undefined) {
    throw new Error(`no contender "${name}" in a row "${id}"`)
  }
  process.stdout.write(JSON.stringify(await contender.run(JSON.parse(input) as Input)))
}

void main(process.argv.slice(2))
