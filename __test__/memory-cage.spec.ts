// A runtime that refuses external buffers, as Electron does.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { cage } from './copy-mode/cage.js'
import { inChild } from './fixtures/child.js'
import { onLinux, onUnix } from './fixtures/platform.js'
import { tempFile } from './helpers/files.js'

interface Answer {
  zeroCopy: boolean[]
  wrong: number
  /** The length of each Buffer, and that of the memory it keeps. */
  kept: [length: number, memory: number][]
  /** How often external memory was refused so far. */
  refused: [atLoad: number, inTheEnd: number]
}

function run(t: ExecutionContext, env: NodeJS.ProcessEnv): [main: Answer, worker: Answer] {
  const answer = inChild(t, '../copy-mode/copies.cjs', [tempFile(t, 40_960).path], { env })
  return [answer['main'], answer['worker']] as [Answer, Answer]
}

function expectCopies(t: ExecutionContext, answers: readonly Answer[]): void {
  for (const { zeroCopy, wrong, kept, refused } of answers) {
    t.deepEqual([zeroCopy, wrong, kept.length], [[false, false], 0, 11])
    for (const [length, memory] of kept) t.is(memory, length)
    // A report of a job is a typed array: Node-API is asked for each, refuses, and copies. Nothing else asks
    // again.
    t.true(refused[1] - refused[0] <= 2 * answers.length, 'what was found out at load is not asked again')
  }
}

onLinux('in a memory cage every buffer is a copy of exactly the bytes asked for, in workers too', (t) => {
  const [main, worker] = run(t, cage(t).env)
  expectCopies(t, [main, worker])
  t.true(main.refused[0] > 0 && worker.refused[0] > main.refused[1], 'each thread asked')
})

// A loop looks only at numbers in shared memory between two lines; in a cage nobody counts there.
onLinux('a loop over lines ends with an error when another thread closes its manager, caged or not', (t) => {
  const { path } = tempFile(t, Buffer.from('a line\n'.repeat(1000)))
  for (const env of [{}, cage(t).env]) {
    const { ends } = inChild(t, 'closed-loops.cjs', [path], { env })
    const closed = ['ERR_SMMAP_CLOSED', true]
    t.deepEqual(ends, [closed, closed, closed])
  }
})

onUnix('SMMAP_ZERO_COPY=never makes every buffer such a copy', (t) => {
  expectCopies(t, run(t, { SMMAP_ZERO_COPY: 'never' }))
})

onUnix('the same program is zero-copy otherwise', (t) => {
  for (const { zeroCopy, wrong } of run(t, { SMMAP_ZERO_COPY: undefined })) {
    t.deepEqual([zeroCopy, wrong], [[true, true], 0])
  }
})

onLinux("smmap's guide and the specs on managers, cursors and buffers pass in a memory cage", (t) => {
  const { env, refusals } = cage(t)
  const specs = ['guide-smmap5', 'managers', 'window-cursor', 'map-region', 'sliding-window-map-buffer']
  const files = specs.map((name) => join('__test__', `${name}.spec.ts`))
  const ava = join('node_modules', 'ava', 'entrypoints', 'cli.mjs')
  const { status, stdout } = spawnSync(process.execPath, [ava, '--concurrency=1', ...files], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  t.is(status, 0, stdout)
  t.regex(stdout, /\n {2}[1-9]\d+ tests passed\n/)
  t.true(refusals() >= specs.length, 'they ran in the cage')
})
