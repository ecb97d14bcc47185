/** @file Writes what a run found: results.json and a chart a row. Knows nothing of how it was measured. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RowResult } from '../harness/run-row'
import { chart } from './chart'
import type { Machine } from './machine'

export interface Results {
  readonly date: string
  readonly smoke: boolean
  readonly rounds: number
  readonly machine: Machine
  readonly rows: readonly RowResult[]
}

export interface Places {
  readonly results: string
  readonly charts: string
}

export async function publish(results: Results, { results: file, charts }: Places): Promise<void> {
  await mkdir(charts, { recursive: true })
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`)
  for (const row of results.rows) await writeFile(join(charts, `benchmark-${row.id}.svg`), chart(row))
}
