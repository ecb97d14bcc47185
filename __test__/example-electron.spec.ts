// examples/electron without Electron: its report in Node.js as it is, and in one that refuses external buffers.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { cage } from './copy-mode/cage.js'
import { onLinux } from './fixtures/platform.js'
import { tempFile, tempFolder } from './helpers/files.js'

const SIZE = 3_000_000

/** What the example reports on a file, and what it ought to. */
function report(t: ExecutionContext, env: NodeJS.ProcessEnv): [found: object, expected: object] {
  const app = tempFolder(t)
  cpSync(join('examples', 'electron'), app, { recursive: true })
  mkdirSync(join(app, 'node_modules'))
  symlinkSync(resolve('.'), join(app, 'node_modules', 'smmap'), 'junction')
  const { path, bytes } = tempFile(t, SIZE)
  const code = "console.log(JSON.stringify(require('./report.cjs').report(process.argv[1])))"
  const options = { cwd: app, env: { ...process.env, ...env }, encoding: 'utf8' } as const
  const found = JSON.parse(execFileSync(process.execPath, ['-e', code, path], options))
  const last = bytes.subarray(-16).toString('hex')
  return [found, { length: SIZE, last, runtime: `Node.js ${process.version}` }]
}

onLinux(
  'where external buffers are refused, the main process reports copies of exactly the bytes asked for',
  (t) => {
    const { env, refusals } = cage(t)
    const [found, expected] = report(t, env)
    t.deepEqual(found, { ...expected, zeroCopy: false, memory: 16 })
    t.true(refusals() > 0)
  },
)

test('elsewhere it reports views', (t) => {
  const [found, expected] = report(t, { SMMAP_ZERO_COPY: undefined })
  const { zeroCopy, memory, ...rest } = found as { zeroCopy: boolean; memory: number }
  t.deepEqual(rest, expected)
  t.true(zeroCopy && memory > 16)
})
