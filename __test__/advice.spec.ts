// What the system is told of how windows will be read, and which way scans go.
import { readFileSync } from 'node:fs'
import test from 'ava'
import { scan, SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import { PAGE, pseudoRandomBytes, tempFile } from './helpers/files.js'

/** The flags of the mapping of a file in this process: see proc_pid_smaps(5). */
function flagsOf(path: string): string[] {
  const maps = readFileSync('/proc/self/smaps', 'utf8').split(/\n(?=[0-9a-f]+-[0-9a-f]+ )/)
  const flags = maps.find((map) => map.includes(path))?.match(/^VmFlags: (.*)$/m)?.[1]
  return flags?.trim().split(' ') ?? []
}

const linux = process.platform === 'linux' ? test : test.skip

linux('sequential and random are told to the kernel, and nothing by default', (t) => {
  for (const [advice, flags] of [
    [undefined, []],
    ['normal', []],
    ['sequential', ['sr']],
    ['random', ['rr']],
    ['willneed', []],
  ] as const) {
    const { path } = tempFile(t, pseudoRandomBytes(4 * PAGE))
    using manager = new SlidingWindowMapManager({ windowSize: 4 * PAGE, advice })
    manager.makeCursor(path).useRegion(0)
    const seen = flagsOf(path)
    t.true(seen.length > 0)
    t.deepEqual(
      seen.filter((flag) => ['sr', 'rr'].includes(flag)),
      [...flags],
      advice,
    )
  }
})

test('whatever is advised, the bytes are the same', (t) => {
  const { path, bytes } = tempFile(t, pseudoRandomBytes(9 * PAGE + 5))
  for (const advice of ['normal', 'sequential', 'random', 'willneed', 'hugepage'] as const) {
    using manager = new SlidingWindowMapManager({ windowSize: 2 * PAGE, advice })
    const buffer = new SlidingWindowMapBuffer(manager.makeCursor(path))
    t.true(Buffer.from(buffer.slice()).equals(bytes), advice)
  }
})

test('advice that is none is refused by name', (t) => {
  t.throws(() => new SlidingWindowMapManager({ advice: 'dontneed' as never }), {
    code: 'ERR_INVALID_ARG_VALUE',
    message: /options\.advice.*'hugepage'/,
  })
  t.throws(() => new SlidingWindowMapManager({ advice: 1 as never }), { code: 'ERR_INVALID_ARG_TYPE' })
})

test('a scan goes the way that is forced, and says how often it read', async (t) => {
  const { path, bytes } = tempFile(t, pseudoRandomBytes(20 * PAGE))
  const lines = bytes.filter((byte) => byte === 10).length
  for (const [access, isRight] of [
    ['map', (reads: number, maps: number) => reads === 0 && maps === 10],
    ['read', (reads: number, maps: number) => reads === 10 && maps === 0],
    // Both are tried; of steps this small nothing is learnt, and the rest is mapped.
    ['auto', (reads: number, maps: number) => reads === 2 && maps === 8],
  ] as const) {
    using manager = new SlidingWindowMapManager({ windowSize: 2 * PAGE, access })
    t.is((await scan(manager, path)).lines, lines)
    const { reads, maps } = manager.stats()
    t.true(isRight(reads, maps), `${access}: ${reads} reads, ${maps} maps`)
  }
})
