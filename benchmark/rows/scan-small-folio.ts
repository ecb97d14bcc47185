/**
 * @file Row `scan-small-folio`: the scan of row `scan` where the page cache holds single pages, so that
 * faults cost most.
 */
import { rm, statfs } from 'node:fs/promises'
import { logFile } from '../content'
import * as counting from '../counting'
import { atLeastTimes } from '../goals'
import { MissingError, type Row } from '../row'

const MIB = 2 ** 20
/**
 * A file system in memory, which Linux systems have there; its pages are single unless it was mounted
 * otherwise.
 */
const FOLDER = '/dev/shm'
const TMPFS = 0x01021994

const OURS = 'smmap countLines, limit 256 MiB'
const MMAP = 'Rust memchr over mmap'
const PREAD = 'Rust memchr over pread'

export const scanSmallFolio: Row = {
  id: 'scan-small-folio',
  work: 'count the newlines of a log on tmpfs',
  unit: 'GB/s',
  setup: async ({ smoke }) => {
    await requireTmpfs()
    const size = (smoke ? 256 : 1024) * MIB
    return { path: await logFile(FOLDER, size), size }
  },
  // It is memory that the file takes.
  cleanUp: ({ path }) => rm(path),
  ours: [counting.countLines(OURS), counting.scan('smmap scan, limit 256 MiB')],
  rivals: [
    counting.stream('createReadStream'),
    counting.readSync('fs.readSync, 1 MiB', MIB),
    counting.mmapIoWindows('mmap-io, windows of 64 MiB'),
    counting.python('Python smmap 5'),
    counting.rustMmap(MMAP),
    counting.rustPread(PREAD),
  ],
  goals: [atLeastTimes(0.9, OURS, MMAP, PREAD)],
}

async function requireTmpfs(): Promise<void> {
  const kind = await statfs(FOLDER).then(
    ({ type }) => type,
    () => undefined,
  )
  if (kind !== TMPFS) throw new MissingError(`no tmpfs at ${FOLDER}`)
}
