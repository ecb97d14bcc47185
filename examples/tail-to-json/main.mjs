/**
 * @file Follows a log through its rotations and prints each line as JSON: `main.mjs FILE`. It waits for the
 * file where there is none yet, and ends by Ctrl-C, or when nobody reads its output any more.
 */
import { once } from 'node:events'
import { follow } from 'smmap'

function toRecord(line) {
  const [, time, level, message] = /^(\S+) ([A-Z]+) (.*)$/.exec(line) ?? []
  return time === undefined ? { message: line } : { time, level, message }
}

/** Whole lines, each once, however they were written. */
async function* linesOf(file, signal) {
  const events = follow(file, { from: 0, wholeLines: true, wait: true, output: 1, signal })
  for await (const event of events) {
    if (event.type !== 'data') console.error(`${file}: ${event.type}`)
    // Of a file that was replaced the last line may lack its newline.
    else yield* event.bytes.toString().replace(/\n$/, '').split('\n')
  }
}

async function main([file], signal) {
  for await (const line of linesOf(file, signal)) {
    const isTaken = process.stdout.write(`${JSON.stringify(toRecord(line))}\n`)
    if (!isTaken) await once(process.stdout, 'drain', { signal })
  }
}

const ending = new AbortController()
process.once('SIGINT', () => ending.abort())
await main(process.argv.slice(2), ending.signal).catch((error) => {
  if (!ending.signal.aborted) throw error
})
