/**
 * @file Row `arrow`: a table is opened and one of its columns summed. What not reading the rest of a file is
 * worth.
 */
import { readFileSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { RecordBatch } from 'apache-arrow'
import { arrowTable } from '../arrow-content'
import { atLeastTimes } from '../goals'
import { gigabytesPerSecond } from '../measure'
import type { Input, Row, Sample } from '../row'
import { importSmmap, importAdapters } from '../package-under-test'

const MB = 1e6
const COLUMN = 'c3'
const WARM_UPS = 20

const OURS = 'smmap, the whole file as a view'
const READ_FILE = 'readFileSync'

export const arrow: Row = {
  id: 'arrow',
  work: 'open an Arrow IPC file and sum one column of five',
  unit: 'GB/s',
  setup: async ({ smoke, folder }) => {
    const [small, path] = [
      await arrowTable(folder, 8 * MB),
      await arrowTable(folder, (smoke ? 40 : 400) * MB),
    ]
    return { small, path, size: statSync(path).size }
  },
  ours: [{ name: OURS, run: sumOverView }],
  rivals: [
    { name: READ_FILE, run: sumOverFile },
    { name: 'FileHandle, batch by batch', run: sumByHandle },
  ],
  goals: [atLeastTimes(10, OURS, READ_FILE)],
}

async function sumOverView(input: Input): Promise<Sample> {
  const { tableFromIPC } = await import('apache-arrow')
  const { SlidingWindowMapBuffer, StaticWindowMapManager } = await importSmmap()
  const { wholeBuffer } = await importAdapters()
  return await timed(input, (path) => {
    using manager = new StaticWindowMapManager()
    const file = new SlidingWindowMapBuffer(manager.makeCursor(path))
    return sumOf(tableFromIPC(wholeBuffer(file)).batches)
  })
}

async function sumOverFile(input: Input): Promise<Sample> {
  const { tableFromIPC } = await import('apache-arrow')
  return await timed(input, (path) => sumOf(tableFromIPC(readFileSync(path)).batches))
}

async function sumByHandle(input: Input): Promise<Sample> {
  const { RecordBatchReader } = await import('apache-arrow')
  return await timed(input, async (path) => {
    let sum = 0
    // The reader closes the file.
    for await (const batch of await RecordBatchReader.from(await open(path))) sum += sumOf([batch])
    return sum
  })
}

/** A small table first, untimed, so that the code of all is compiled when the clock starts. */
async function timed(
  { small, path, size }: Input,
  sum: (path: string) => number | Promise<number>,
): Promise<Sample> {
  for (let run = 0; run < WARM_UPS; run++) await sum(String(small))
  return await gigabytesPerSecond(Number(size), () => sum(path))
}

function sumOf(batches: readonly RecordBatch[]): number {
  let sum = 0
  for (const batch of batches) {
    const values = batch.getChild(COLUMN)?.data[0]?.values as Float64Array
    for (let row = 0; row < values.length; row++) sum += values[row] as number
  }
  return sum
}
