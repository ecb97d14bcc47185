/**
 * @file Row `streams`: four places of a file read in turn, as a merge reads its runs, against one. What a
 * change of place costs.
 */
import { arrayOfBuffers, mappedFile, touchedCursor } from '../mapped-file'
import { nanosecondsPerStep } from '../measure'
import type { Input, Row, Sample } from '../row'
import { atEachSize, atMostTimesAtWorst } from '../window-sizes'

const NUMBER = 4
const PLACES = 4
const TASK = 'one place'

const FOUR = 'smmap, four places in turn'
const ONE = 'smmap, one place'

export const streams: Row = {
  id: 'streams',
  work: 'readUInt32LE forwards at four places in turn, all mapped',
  unit: 'ns per operation',
  setup: mappedFile,
  ours: [
    ...atEachSize(FOUR, (input, windowSize) => readForwards(input, windowSize, PLACES)),
    ...atEachSize(ONE, (input, windowSize) => readForwards(input, windowSize, 1), TASK),
  ],
  rivals: atEachSize('array of Buffers, four places in turn', readBuffersForwards),
  goals: [atMostTimesAtWorst(1.2, FOUR, ONE)],
}

async function readForwards(input: Input, windowSize: number, places: number): Promise<Sample> {
  const cursor = await touchedCursor(input, windowSize)
  return await sumForwards(input, places, (place) => cursor.readUInt32LE(place))
}

async function readBuffersForwards(input: Input, windowSize: number): Promise<Sample> {
  const { buffers, window } = await arrayOfBuffers(input, windowSize)
  return await sumForwards(input, PLACES, (place) =>
    (buffers[Math.floor(place / window)] as Buffer).readUInt32LE(place % window),
  )
}

/** The places lie as far apart as the file lets them; each goes round its part. */
function sumForwards(input: Input, places: number, read: (place: number) => number): Promise<Sample> {
  const apart = Number(input.size) / places
  return nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      sum += read((i % places) * apart + ((Math.floor(i / places) * NUMBER) % apart))
    }
    return sum
  })
}
