/**
 * @file Row `random-use`: a view at a random place of a file that is all mapped. What `useRegion` costs where
 * every region is there.
 */
import { arrayOfBuffers, limitOf, mappedFile, sumAtPlaces, touch } from '../mapped-file'
import { importSmmap } from '../package-under-test'
import type { Input, Row, Sample } from '../row'
import { atEachSize, atMostTimesAtWorst } from '../window-sizes'

const SPAN = 64

const OURS = 'smmap, useRegion + buffer()'
const BUFFERS = 'array of Buffers, subarray'

export const randomUse: Row = {
  id: 'random-use',
  work: 'a view of 64 bytes at random, all mapped',
  unit: 'ns per operation',
  setup: mappedFile,
  ours: atEachSize(OURS, useRegions),
  rivals: atEachSize(BUFFERS, takeSubarrays),
  goals: [atMostTimesAtWorst(2, OURS, BUFFERS)],
}

async function useRegions(input: Input, windowSize: number): Promise<Sample> {
  const { SlidingWindowMapManager } = await importSmmap()
  using manager = new SlidingWindowMapManager({ windowSize, maxMemorySize: limitOf(input) })
  using cursor = manager.makeCursor(input.path)
  const read = (place: number): number => cursor.useRegion(place, SPAN).buffer()[0] as number
  touch(input, read)
  return await sumAtPlaces(input, read)
}

async function takeSubarrays(input: Input, windowSize: number): Promise<Sample> {
  const { buffers, window } = await arrayOfBuffers(input, windowSize)
  return await sumAtPlaces(input, (place) => {
    const within = place % window
    return (buffers[Math.floor(place / window)] as Buffer).subarray(within, within + SPAN)[0] as number
  })
}
