// examples/electron without Electron: its scripts in processes of Node.js that refuse external buffers, as
// Electron's do, and in Node.js as it is.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { cage } from './copy-mode/cage.js'
import { getRuntime } from './crash/runtimes.mjs'
import { onLinux } from './fixtures/platform.js'
import { tempFile, tempFolder } from './helpers/files.js'

const SIZE = 3_000_000

interface Report {
  zeroCopy: boolean
  memory: number
  runtime: string
}

/** What each process of the example reports on a file; asserts all of it that is the same everywhere. */
function reportsOf(t: ExecutionContext, node: string, env: NodeJS.ProcessEnv): Report[] {
  const app = tempFolder(t)
  cpSync(join('examples', 'electron'), app, { recursive: true })
  mkdirSync(join(app, 'node_modules', 'electron'), { recursive: true })
  symlinkSync(resolve('.'), join(app, 'node_modules', 'smmap'), 'junction')
  cpSync(join('__test__', 'electron', 'electron.cjs'), join(app, 'node_modules', 'electron', 'index.js'))
  const { path, bytes } = tempFile(t, SIZE)
  const options = { cwd: app, env: { ...process.env, ...env }, encoding: 'utf8' } as const
  const reports = JSON.parse(execFileSync(node, ['main.cjs', path], options))
  t.deepEqual(Object.keys(reports), ['main', 'utility', 'renderer'])
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const last = bytes.subarray(-16).toString('hex')
  return Object.values(reports as Record<string, Report>).map(({ zeroCopy, memory, runtime, ...rest }) => {
    t.deepEqual(rest, { length: SIZE, sha256, last } as object)
    return { zeroCopy, memory, runtime }
  })
}

for (const name of ['node20', 'node24']) {
  onLinux(`where external buffers are refused, each process reports copies of the bytes, on ${name}`, (t) => {
    const { env, refusals } = cage(t)
    const { command, version } = getRuntime(name)
    const copies = { zeroCopy: false, memory: 16, runtime: `Node.js v${version}` }
    t.deepEqual(reportsOf(t, command[0], env), [copies, copies, copies])
    t.true(refusals() >= 3)
  })
}

test('elsewhere each process reports views', (t) => {
  for (const { zeroCopy, memory } of reportsOf(t, process.execPath, { SMMAP_ZERO_COPY: undefined }))
    t.true(zeroCopy && memory > 16)
})
