// Hostile objects in every argument of every public method, a process of its own for all: while they are
// asked for their value, length or memory they give regions back, close, unmap, cut the file, move the
// buffer, detach or shrink what is written to. The process lives, every answer is the files' bytes or an
// error, and what was handed out stays readable.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import test from 'ava'
import { MapRegion, SlidingWindowMapBuffer, SlidingWindowMapManager, WindowCursor } from 'smmap'
import { publicMethodsOf } from './arguments-table/public-names.js'
import { onLinux } from './fixtures/platform.js'

/** The methods that answer wrongly today, die or never end. Only ever gets shorter. */
const KNOWN_GAPS: readonly string[] = []

interface Job {
  readonly access: string
  readonly skip?: readonly string[]
  readonly only?: string
}

/** What is wrong, or how the child ended and in which call. */
function run(job: Job, timeout: number): Promise<readonly string[]> {
  const program = join('__test__', 'hostile', 'program.mjs')
  const args = ['--expose-gc', program, JSON.stringify({ root: process.cwd(), ...job })]
  return new Promise((resolve) => {
    const options = { timeout, killSignal: 'SIGKILL', maxBuffer: 2 ** 26 } as const
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const last = stderr.trimEnd().split('\n').at(-1) ?? ''
      resolve(error ? [`ended in ${last}`] : (JSON.parse(stdout) as { wrong: string[] }).wrong)
    })
  })
}

// While there are gaps, windows that have earned their maps show them in every method.
for (const access of KNOWN_GAPS.length > 0 ? ['map'] : ['map', 'auto']) {
  onLinux(`hostile objects in every argument, access ${access}`, async (t) => {
    t.timeout(300_000)
    t.deepEqual(await run({ access, skip: KNOWN_GAPS }, 280_000), [])
  })
}

const onViews = process.env['SMMAP_ZERO_COPY'] === 'never' ? test.skip : onLinux
for (const only of KNOWN_GAPS) {
  onViews(`${only}: known to answer hostile objects wrongly`, async (t) => {
    t.not((await run({ access: 'map', only }, 15_000)).length, 0, 'right by now: take it out of KNOWN_GAPS')
  })
}

test('every public method is in the table', async (t) => {
  const { tables } = (await import('./hostile/methods.mjs' as string)) as {
    tables: Record<string, [Record<string, unknown>]>
  }
  const classes = { MapRegion, SlidingWindowMapBuffer, SlidingWindowMapManager, WindowCursor }
  for (const [name, { prototype }] of Object.entries(classes)) {
    t.deepEqual(publicMethodsOf(prototype).toSorted(), Object.keys(tables[name]![0]).toSorted(), name)
  }
})
