/**
 * @file The child: runs sessions until enough calls were made. Tells its parent on stdout, a line of JSON at
 * a time.
 */

import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeContent } from './content.mjs'
import { ModelFile } from './model-file.mjs'
import { MIXES, Session } from './session.mjs'

const { root, calls, seed, mixes, session, trace } = JSON.parse(process.argv[2])
const smmap = createRequire(import.meta.url)(root)
const counts = { calls: 0, errors: {}, sessions: 0, kinds: {} }

/** At once, also where the process dies next. */
function tell(message) {
  writeSync(1, `${JSON.stringify(message)}\n`)
}

function makeSession(index, folder, content, big) {
  const mix = mixes[index % mixes.length]
  tell({ begins: { session: index, mix } })
  const write = trace ? (line) => tell({ trace: line }) : undefined
  return new Session(smmap, { seed, index, mix, content, folder, big, counts, trace: write })
}

async function runSession(index, ...things) {
  let at
  try {
    at = makeSession(index, ...things)
    await at.run()
    counts.sessions += 1
    return true
  } catch (error) {
    const { options, lastNotes = [], files = [] } = at ?? {}
    const sizes = files.map(({ versions }) => versions.map(({ size }) => size))
    tell({ difference: { session: index, message: error.stack ?? error.message, options, sizes, lastNotes } })
    return false
  }
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), 'smmap-differential-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const content = makeContent()
  const big = new ModelFile(join(folder, 'big'), content)
  const started = performance.now()
  // Most errors are right answers: where they come from is not worth the time.
  if (!trace) Error.stackTraceLimit = 0
  let isRight = true
  if (session !== undefined) isRight = await runSession(session, folder, content, big)
  else
    for (let index = 0; isRight && counts.calls < calls; index += 1)
      isRight = await runSession(index, folder, content, big)
  const rss = Math.round(process.memoryUsage.rss() / 2 ** 20)
  tell({ counts: { ...counts, rss, seconds: (performance.now() - started) / 1000 } })
  process.exitCode = isRight ? 0 : 1
}

if (mixes.some((mix) => MIXES[mix] === undefined)) throw new Error(`mixes are ${Object.keys(MIXES).join()}`)
await main()
