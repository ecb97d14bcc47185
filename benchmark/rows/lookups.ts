/**
 * @file Row `lookups`: records of a large file found by an index, a dozen numbers of one block each. What a
 * burst of reads close together costs.
 */
import { openSync, readSync } from 'node:fs'
import { largeLog } from '../content'
import { atMostTimes } from '../goals'
import { nanosecondsPerStep } from '../measure'
import { importSmmap } from '../package-under-test'
import { drawPlaces, loadPlaces, PLACES } from '../places'
import type { Contender, Input, Row, Sample } from '../row'

const MIB = 2 ** 20
const RECORD = 64
const BLOCK = 64 * 1024
const NUMBERS = 12
const WINDOW = 16 * MIB
/** Of a file four times as large. The hot blocks are a tenth of the file, which fits. */
const LIMIT = 256 * MIB
const HOT = 0.1

const AUTO = 'smmap'
const READ = "smmap, access: 'read'"
const BLOCKS = 'fs.readSync of the block'

type Reach = 'anywhere' | 'hot'

export const lookups: Row = {
  id: 'lookups',
  work: 'a dozen numbers of a random block of 64 KiB',
  unit: 'ns per operation',
  setup: async (scale) => {
    const log = await largeLog(scale)
    const size = Math.min(log.size, 1024 * MIB)
    const blocks = Math.floor(size / BLOCK)
    const anywhere = await drawPlaces(scale.folder, 'lookups', (random) => random(blocks) * BLOCK)
    const hot = await drawPlaces(scale.folder, 'lookups-hot', (random) => random(blocks * HOT) * BLOCK)
    return {
      path: log.path,
      limit: scale.smoke ? size / 4 : LIMIT,
      anywhere,
      hot,
      steps: scale.smoke ? 500 : 20_000,
    }
  },
  ours: [
    ours(AUTO, 'auto', 'anywhere'),
    ours(AUTO, 'auto', 'hot'),
    ours(READ, 'read', 'anywhere'),
    ours(READ, 'read', 'hot'),
  ],
  rivals: [readingBlocks('anywhere'), readingBlocks('hot')],
  goals: [
    atMostTimes(1, named(AUTO, 'anywhere'), named(READ, 'anywhere')),
    atMostTimes(1, named(AUTO, 'anywhere'), named(BLOCKS, 'anywhere')),
    atMostTimes(0.4, named(AUTO, 'hot'), named(BLOCKS, 'hot')),
  ],
}

function named(name: string, reach: Reach): string {
  return `${name}, ${reach === 'hot' ? 'a hot tenth' : 'anywhere'}`
}

function ours(name: string, access: 'auto' | 'read', reach: Reach): Contender {
  return {
    name: named(name, reach),
    task: reach,
    run: async (input) => {
      const { TilingMemmapManager } = await importSmmap()
      const maxMemorySize = Number(input.limit)
      using manager = new TilingMemmapManager({ windowSize: WINDOW, maxMemorySize, access })
      using cursor = manager.makeCursor(input.path, { sliding: true })
      return await lookUp(input, reach, (block, at) => cursor.readUInt32LE(block + at))
    },
  }
}

function readingBlocks(reach: Reach): Contender {
  return {
    name: named(BLOCKS, reach),
    task: reach,
    run: (input) => {
      const [fd, bytes] = [openSync(input.path, 'r'), Buffer.alloc(BLOCK)]
      let held = -1
      return lookUp(input, reach, (block, at) => {
        if (block !== held) readSync(fd, bytes, 0, BLOCK, block)
        held = block
        return bytes.readUInt32LE(at)
      })
    },
  }
}

/**
 * A lookup is a dozen records of one block, each here and there in it; `read` gets the block and where in it.
 */
function lookUp(input: Input, reach: Reach, read: (block: number, at: number) => number): Promise<Sample> {
  const places = loadPlaces(input[reach])
  const records = BLOCK / RECORD
  return nanosecondsPerStep((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) {
      const block = places[i % PLACES] as number
      for (let k = 0; k < NUMBERS; k++) sum += read(block, ((i * 7 + k * 389) % records) * RECORD)
    }
    return sum
  }, Number(input.steps))
}
