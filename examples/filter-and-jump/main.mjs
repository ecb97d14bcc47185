/**
 * @file A pager's two moves: `main.mjs FILE PATTERN N` filters a log by a pattern, and jumps to the N-th line
 * found, with two lines around it. The index of lines is kept beside the log, so that every jump after the
 * first takes one read.
 */
import { open } from 'smmap'

const AROUND = 2

/** The number of the N-th line that matches, from 1 on; `undefined` where there are not as many. */
async function find(log, regex, nth) {
  let left = nth
  for await (const { line } of log.grep({ regex }, { maxCount: nth })) if ((left -= 1) === 0) return line
  return undefined
}

async function show(log, index, line) {
  const first = Math.max(line - AROUND, 0)
  const lines = await index.lines(first, Math.min(line + AROUND + 1, index.count))
  for (const [i, text] of lines.entries()) {
    const number = first + i
    console.log(`${number === line ? '>' : ' '} ${number + 1} ${text}`)
  }
}

const [file, pattern, nth] = process.argv.slice(2)
const log = open(file)
try {
  const index = await log.lineIndex({ file: `${file}.index` })
  const line = await find(log, pattern, Number(nth))
  if (line === undefined) console.log(`fewer than ${nth} lines match ${pattern}`)
  else await show(log, index, line)
} finally {
  log.close()
}
