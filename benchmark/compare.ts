/**
 * @file Runs our own contenders of chosen rows on two built checkouts in turn: whether a change cost or
 * gained anything, on a machine that wanders more from minute to minute than the change is worth.
 */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chosenRows } from './chosen-rows'
import { runContender, runTool } from './harness/run-contender'
import { middle } from './harness/summary'
import { BRIEF } from './measure'
import { UNDER_TEST } from './package-under-test'
import { asFigure } from './report/order'
import { type Contender, type Input, lessIsBetter, type Row } from './row'

const USAGE = 'usage: node benchmark/compare.mjs DIR_A DIR_B ROW… [--rounds N] [--smoke]'
const ROUNDS = '5'

const { values: options, positionals } = parseArgs({
  options: {
    rounds: { type: 'string', default: ROUNDS },
    smoke: { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
  },
  allowPositionals: true,
})

async function main([a, b, ...ids]: readonly string[]): Promise<void> {
  if (a === undefined || b === undefined || ids.length === 0) throw new Error(USAGE)
  const folders = [a, b].map(built)
  const rounds = Number(options.rounds)
  if (options.smoke) process.env[BRIEF] = '1'
  console.log(
    `A: ${folders[0]}\nB: ${folders[1]}\nspeed: of B, where that of A is 1; the median of ${rounds} rounds\n`,
  )
  for (const row of chosenRows(ids)) await compareRow(row, folders, rounds)
}

function built(folder: string): string {
  const path = resolve(folder)
  if (!existsSync(join(path, 'dist', 'index.mjs')))
    throw new Error(`${path} is not built: npm run build there`)
  return path
}

async function compareRow(row: Row, folders: readonly string[], rounds: number): Promise<void> {
  const input = await row.setup({ smoke: options.smoke, folder: options.folder })
  for (const contender of row.ours) {
    const pairs: number[][] = []
    for (let round = 0; round < rounds; round++)
      pairs.push(await runPair(row, contender, input, folders, round))
    const medians = folders.map((_, i) => middle(pairs.map((pair) => pair[i] as number)))
    const speed = middle(pairs.map((pair) => speedOfB(row, pair)))
    const figures = medians.map((median) => asFigure(median, row.unit).padStart(10)).join(' ')
    console.log(`${row.id.padEnd(16)} ${contender.name.padEnd(40)} ${figures}   speed ${speed.toFixed(3)}`)
  }
  await row.cleanUp?.(input)
}

/** The figures of A and B, the one first in even rounds and the other in odd ones. */
async function runPair(
  row: Row,
  contender: Contender,
  input: Input,
  folders: readonly string[],
  round: number,
): Promise<number[]> {
  const values: number[] = []
  for (const turn of [round % 2, 1 - (round % 2)]) {
    process.env[UNDER_TEST] = folders[turn]
    await row.beforeEach?.(input, runTool)
    values[turn] = (await runContender(row, contender, input)).value
  }
  return values
}

function speedOfB({ unit }: Row, [a, b]: readonly number[]): number {
  const ratio = (b as number) / (a as number)
  return lessIsBetter(unit) ? 1 / ratio : ratio
}

main(positionals).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
