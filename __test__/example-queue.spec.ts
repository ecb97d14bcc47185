// The example that counts by several processes over a queue, against one process and against the system's
// tools.
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { scan, SlidingWindowMapManager } from 'smmap'
import { onLinux } from './fixtures/platform.js'
import { tempFile, tempFolder } from './helpers/files.js'

const run = promisify(execFile)
const MAIN = resolve('examples/queue/main.mjs')

interface Total {
  bytes: number
  lines: number
  found: number
  ranges: number
  redone: number
}

/**
 * Nearly all of it is the text, so that a range which ended anywhere would cut one; the last line has no
 * newline.
 */
const LOG = Array.from({ length: 60_000 }, (_, n) => `${n} ${'ERROR'.repeat(n % 9)}`).join('\n')

async function count(file: string, ...options: string[]): Promise<Total> {
  const { stdout } = await run(process.execPath, [MAIN, '--find', 'ERROR', ...options, file])
  return JSON.parse(stdout) as Total
}

onLinux('several worker processes count what one process, wc and grep count', async (t) => {
  const { path } = tempFile(t, LOG)
  using manager = new SlidingWindowMapManager()
  const { bytes, lines, found } = await scan(manager, path, { find: 'ERROR' })
  t.is(Number(execFileSync('sh', ['-c', 'wc -l < "$0"', path])), lines)
  t.is(Number(execFileSync('sh', ['-c', 'grep -oF ERROR "$0" | wc -l', path])), found)
  t.deepEqual(await count(path, '--workers', '3', '--ranges', '24'), {
    bytes,
    lines,
    found,
    ranges: 24,
    redone: 0,
  })
})

onLinux(
  'the range of a worker that is killed in the middle of it is done again, and nothing is counted twice',
  async (t) => {
    const { path } = tempFile(t, LOG)
    using manager = new SlidingWindowMapManager()
    const { bytes, lines, found } = await scan(manager, path, { find: 'ERROR' })
    t.deepEqual(await count(path, '--kill'), { bytes, lines, found, ranges: 16, redone: 1 })
  },
)

onLinux(
  'a worker that was frozen, and finishes its range when another has it, changes nothing',
  async (t) => {
    const { path } = tempFile(t, LOG)
    using manager = new SlidingWindowMapManager()
    const { bytes, lines, found } = await scan(manager, path, { find: 'ERROR' })
    t.deepEqual(await count(path, '--freeze'), { bytes, lines, found, ranges: 16, redone: 1 })
  },
)

onLinux(
  'with its only worker killed, the example says that none is left, and leaves no Redis behind',
  async (t) => {
    const { path } = tempFile(t, LOG)
    const temp = tempFolder(t)
    const env = { ...process.env, TMPDIR: temp }
    const args = [MAIN, '--find', 'ERROR', '--kill', '--workers', '1', path]
    const error = await t.throwsAsync(run(process.execPath, args, { env }))
    t.like(error, { code: 1 })
    t.regex(String(error), /every worker ended before the work was done/)
    t.deepEqual(readdirSync(temp), [])
  },
)

onLinux('an empty file has nothing to count', async (t) => {
  const { path } = tempFile(t, '')
  t.deepEqual(await count(path), { bytes: 0, lines: 0, found: 0, ranges: 0, redone: 0 })
})

onLinux('where there is no redis-server, the example says how to get one', async (t) => {
  const { path } = tempFile(t, 'a\n')
  const error = await t.throwsAsync(run(process.execPath, [MAIN, '--find', 'a', path], { env: { PATH: '' } }))
  t.like(error, { code: 1 })
  t.regex(String(error), /redis-server was not found: install it \(apt-get install redis-server/)
})

test('wrong use ends with 2 and one line', async (t) => {
  for (const args of [
    [],
    ['--find', 'a'],
    ['--find', 'a\nb', 'file'],
    ['--workers', '0', '--find', 'a', 'file'],
  ]) {
    const error = await t.throwsAsync(run(process.execPath, [MAIN, ...args]))
    t.like(error, { code: 2, stdout: '' })
    t.regex((error as unknown as { stderr: string }).stderr, /^usage: .*\n$/)
  }
})

test('a range of a file that has another size by now is refused', async (t) => {
  const { path } = tempFile(t, 'one\ntwo\n')
  const { countRange } = (await import(pathToFileURL(resolve('examples/queue/count-range.mjs')).href)) as {
    countRange: (part: object, onProgress: () => void) => Promise<unknown>
  }
  const part = { file: path, fileSize: 9, start: 0, end: 4, find: 'one' }
  await t.throwsAsync(() => countRange(part, () => {}), {
    message: /had 9 bytes when it was split, and has 8 now/,
  })
})
