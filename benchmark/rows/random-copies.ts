/**
 * @file Row `random-copies`: numbers at random where a runtime lets no map be shown, as in Electron. What the
 * copy costs.
 */
import { openSync, readSync } from 'node:fs'
import { mappedFile, sumAtPlaces, touchedCursor } from '../mapped-file'
import type { Input, Row, Sample } from '../row'
import { atEachSize, atMostTimesAtWorst } from '../window-sizes'

const OURS = "smmap, zeroCopy: 'never'"
const READ_SYNC = 'fs.readSync, 4 bytes'

export const randomCopies: Row = {
  id: 'random-copies',
  work: 'readUInt32LE at random, within the limit, no memory shown',
  unit: 'ns per operation',
  setup: mappedFile,
  ours: atEachSize(OURS, readCopies),
  rivals: [{ name: READ_SYNC, run: readBySync }],
  goals: [atMostTimesAtWorst(0.3, OURS, READ_SYNC)],
}

async function readCopies(input: Input, windowSize: number): Promise<Sample> {
  const cursor = await touchedCursor(input, windowSize, 'never')
  return await sumAtPlaces(input, (place) => cursor.readUInt32LE(place))
}

async function readBySync(input: Input): Promise<Sample> {
  const fd = openSync(input.path, 'r')
  const buffer = Buffer.alloc(4)
  return await sumAtPlaces(input, (place) => {
    readSync(fd, buffer, 0, 4, place)
    return buffer.readUInt32LE(0)
  })
}
