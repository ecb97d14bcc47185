// Every system call of the addon fails once, in a session that uses all of it: each failure is told or made
// good, the counters stay those of the kernel, nothing leaks, and the next call works.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { inChild } from './fixtures/child.js'
import { onLinux } from './fixtures/platform.js'
import { PAGE, pseudoRandomBytes, tempFolder } from './helpers/files.js'
import { compile } from './injected/tools.js'

/**
 * How many faults became the error they were, and how many nobody noticed, by
 * `<call> <code> <failures in a row>`.
 */
type Outcomes = Record<string, { told: number; madeGood: number }>

/** Three windows of four pages, thrice, and a small file. */
function writeFiles(folder: string): string {
  const files = join(folder, 'files')
  mkdirSync(files)
  for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) {
    writeFileSync(join(files, name), pseudoRandomBytes((name === 'd' ? 3 : 12) * PAGE, index + 1))
  }
  return files
}

function inject(t: ExecutionContext, kind: string, zeroCopy: string): Outcomes {
  const folder = tempFolder(t)
  const library = compile(join('__test__', 'injected', 'faults.c'), folder)
  const answer = inChild(t, '../injected/session.cjs', [writeFiles(folder), kind, zeroCopy], {
    nodeOptions: ['--expose-gc'],
    env: { LD_PRELOAD: library },
    timeout: 110_000,
  })
  t.deepEqual(answer['complaints'], [])
  return answer['outcomes'] as Outcomes
}

/**
 * A shortage that lasts, and what is no shortage, is always told: as the error of the system, which the child
 * checks.
 */
function expectTold(t: ExecutionContext, outcomes: Outcomes, calls: readonly string[]): void {
  for (const call of calls) {
    for (const failure of ['ENOMEM 4', 'EMFILE 4', 'EIO 1', 'EIO 4']) {
      const { told = 0, madeGood } = outcomes[`${call} ${failure}`] ?? {}
      t.true(told > 0 && madeGood === 0, `${call} ${failure}: ${told} told, ${madeGood} not`)
    }
  }
}

onLinux('windows: the n-th call of each kind fails, for every n', (t) => {
  const outcomes = inject(t, 'sliding', 'auto')
  expectTold(t, outcomes, ['open', 'mmap'])
  for (const call of ['fstat', 'stat', 'dup']) t.true(outcomes[`${call} EIO 1`]!.told > 0, call)
  for (const failure of ['open ENOMEM 1', 'open EMFILE 1', 'mmap ENOMEM 1', 'mmap EMFILE 1']) {
    t.true(outcomes[failure]!.madeGood > 0, `${failure}: idle regions make way, and it is tried again`)
  }
  t.is(outcomes['mmap ENOMEM 1']!.told, 0, 'a private map that is refused becomes a read-only one')
})

onLinux('whole files: the n-th call of each kind fails, for every n', (t) => {
  expectTold(t, inject(t, 'static', 'auto'), ['open', 'mmap'])
})

onLinux('copies: the n-th call of each kind fails, for every n', (t) => {
  expectTold(t, inject(t, 'sliding', 'never'), ['open', 'mmap', 'read'])
})
