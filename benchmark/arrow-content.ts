/** @file Makes the Arrow file that row `arrow` reads, once. */
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { makeVector, RecordBatchFileWriter, Table } from 'apache-arrow'
import { warm } from './content'

const COLUMNS = 5
const ROWS_PER_BATCH = 200_000
const BYTES_PER_BATCH = COLUMNS * ROWS_PER_BATCH * Float64Array.BYTES_PER_ELEMENT

/**
 * The path of an Arrow IPC file in `folder`, of about `size` bytes in columns `c0`, `c1` … of doubles; warm.
 */
export async function arrowTable(folder: string, size: number): Promise<string> {
  const batches = Math.round(size / BYTES_PER_BATCH)
  const path = join(folder, `smmap-benchmark-${batches}x${ROWS_PER_BATCH}.arrow`)
  if (!existsSync(path)) {
    await write(`${path}.part`, batches)
    await rename(`${path}.part`, path)
  }
  await warm(path)
  return path
}

async function write(path: string, batches: number): Promise<void> {
  const file = createWriteStream(path)
  const writer = new RecordBatchFileWriter()
  const copied = copyTo(file, writer)
  for (let batch = 0; batch < batches; batch++) {
    for (const recordBatch of tableOf(batch).batches) writer.write(recordBatch)
  }
  writer.finish()
  await copied
  await finished(file.end())
}

async function copyTo(
  file: ReturnType<typeof createWriteStream>,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of chunks) if (!file.write(chunk)) await once(file, 'drain')
}

/** Whole numbers, so that their sum is exact in whatever order. */
function tableOf(batch: number): Table {
  const columns = Array.from({ length: COLUMNS }, (_, column) => {
    const values = Float64Array.from(
      { length: ROWS_PER_BATCH },
      (_item, row) => (batch * ROWS_PER_BATCH + row) % (1000 + column),
    )
    return [`c${column}`, makeVector(values)] as const
  })
  return new Table(Object.fromEntries(columns))
}
