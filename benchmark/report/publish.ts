/** @file Writes what a run found: results.json and a chart a row. Knows nothing of how it was measured. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import type { RowResult } from '../harness/run-row'
import { chart } from './chart'
import type { Machine } from './machine'

export interface Results {
  readonly smoke: boolean
  readonly rounds: number
  readonly machine: Machine
  readonly rows: readonly RowResult[]
}

export interface Places {
  readonly results: string
  readonly charts: string
}

/**
 * Rows that were not run stay as they were, each with its date.
 *
 * @param order - The ids of all rows there are.
 */
export async function publish(
  results: Results,
  order: readonly string[],
  { results: file, charts }: Places,
): Promise<void> {
  await mkdir(charts, { recursive: true })
  const rows = [...results.rows, ...(await knownRows(file))]
  const all = order.flatMap((id) => rows.find((row) => row.id === id) ?? [])
  await writeFile(file, await asJson({ ...results, rows: all }, file))
  for (const row of results.rows) await writeFile(join(charts, `benchmark-${row.id}.svg`), chart(row))
}

async function knownRows(file: string): Promise<readonly RowResult[]> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as Results).rows
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** A line a contender where it fits; as many digits as a measurement is worth. */
async function asJson(results: Results, file: string): Promise<string> {
  const text = JSON.stringify(results, (_, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value,
  )
  return await format(text, { ...(await resolveConfig(file)), parser: 'json' })
}
