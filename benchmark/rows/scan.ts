/** @file Row `scan`: the newlines of a file larger than the memory allowed for it. The package's main job. */
import { largeLog } from '../content'
import { atLeastTimes, peakRssAtMost } from '../goals'
import * as counting from '../counting'
import type { Row } from '../row'

const MIB = 2 ** 20
const OURS = 'smmap countLines, limit 256 MiB'
const STREAM = 'createReadStream'
const MMAP = 'Rust memchr over mmap'
const PREAD = 'Rust memchr over pread'

export const scan: Row = {
  id: 'scan',
  work: 'count the newlines of a large log',
  unit: 'GB/s',
  setup: largeLog,
  ours: [counting.countLines(OURS), counting.scan('smmap scan, limit 256 MiB')],
  rivals: [
    counting.stream(STREAM),
    counting.stream('createReadStream, 1 MiB chunks', MIB),
    counting.readSync('fs.readSync, 64 KiB', MIB / 16),
    counting.readSync('fs.readSync, 1 MiB', MIB),
    counting.fileHandle('FileHandle.read, 1 MiB', MIB),
    counting.python('Python smmap 5'),
    counting.rustMmap(MMAP),
    counting.rustPread(PREAD),
  ],
  goals: [
    atLeastTimes(0.9, OURS, MMAP, PREAD),
    atLeastTimes(10, OURS, STREAM),
    peakRssAtMost(counting.LIMIT + 64 * MIB, OURS),
  ],
}
