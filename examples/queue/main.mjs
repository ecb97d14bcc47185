/**
 * @file Counts lines and a text in one file by several processes that share a queue:
 * `main.mjs --find TEXT FILE`.
 */
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Queue, QueueEvents } from 'bullmq'
import { SingleBar } from 'cli-progress'
import { splitFile } from './count-range.mjs'
import { startRedis } from './redis.mjs'

const WORKER = new URL('worker.mjs', import.meta.url)
const USAGE = 'usage: main.mjs --find TEXT [--workers N] [--ranges N] [--redis URL] [--kill | --freeze] FILE'

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      find: { type: 'string', default: '' },
      workers: { type: 'string', default: '2' },
      ranges: { type: 'string', default: '16' },
      redis: { type: 'string' },
      kill: { type: 'boolean', default: false },
      freeze: { type: 'boolean', default: false },
    },
  })
  const [file] = positionals
  const counts = [values.workers, values.ranges].map(Number)
  // With a newline in it, a text could lie across the border of two ranges.
  const isRight = positionals.length === 1 && /^[^\n]+$/.test(values.find)
  if (!isRight || !counts.every((count) => Number.isInteger(count) && count > 0)) throw new Error(USAGE)
  const [workers, ranges] = counts
  return { ...values, workers, ranges, file: resolve(file) }
}

async function untilNoneIsLeft(workers) {
  await Promise.all(workers.map((worker) => once(worker, 'exit')))
  throw new Error('every worker ended before the work was done')
}

async function untilSignal(name) {
  await once(process, name)
  throw new Error(`ended by ${name}`)
}

/** Draws how much of all jobs is done; a line every few seconds where stderr is no terminal. */
function showProgress(events, jobs) {
  const done = new Map()
  const bar = new SingleBar({
    format: '{bar} {percentage}% | ETA {eta} s',
    noTTYOutput: true,
    gracefulExit: false,
  })
  bar.start(jobs, 0)
  events.on('progress', ({ jobId, data }) => {
    done.set(jobId, data)
    bar.update([...done.values()].reduce((all, part) => all + part, 0))
  })
  return () => bar.stop()
}

/** Starts the workers: with an accident, first one that will have it, and the others once it has a range. */
async function startWorkers({ workers, kill, freeze }, url, queue, events) {
  const children = []
  const start = (...args) => children.push(fork(WORKER, [url, queue.name, ...args]))
  if (kill || freeze) {
    start(kill ? 'SIGKILL' : 'SIGSTOP')
    await Promise.race([once(events, 'active'), untilNoneIsLeft(children)])
  }
  while (children.length < workers) start()
  return children
}

/** What all ranges have together. A range is a job, and a job has one result, however often it was begun. */
async function countAll(options, url, queue, events) {
  const parts = await splitFile(options.file, options.ranges)
  const jobs = await queue.addBulk(
    parts.map((part) => ({ name: 'count', data: { ...part, find: options.find } })),
  )
  queue.setMaxListeners(jobs.length + 10)
  let redone = 0
  const stopShowing = showProgress(events, jobs.length)
  const workers = await startWorkers(options, url, queue, events)
  events.on('stalled', () => {
    redone += 1
    // One that was frozen goes on, too late: its result is refused.
    workers[0].kill('SIGCONT')
  })
  try {
    const results = Promise.all(jobs.map((job) => job.waitUntilFinished(events)))
    const counts = await Promise.race([results, untilNoneIsLeft(workers)])
    const sum = (key) => counts.reduce((all, count) => all + count[key], 0)
    return { bytes: sum('bytes'), lines: sum('lines'), found: sum('found'), ranges: jobs.length, redone }
  } finally {
    stopShowing()
    for (const worker of workers) worker.kill()
  }
}

async function main() {
  const options = readOptions()
  const redis = options.redis ? { url: options.redis, stop() {} } : await startRedis()
  const connection = { url: redis.url }
  const queue = new Queue(`smmap-${randomUUID()}`, { connection })
  const events = new QueueEvents(queue.name, { connection })
  try {
    await events.waitUntilReady()
    if (options.redis) process.stderr.write(`queue ${queue.name}\n`)
    const counted = countAll(options, redis.url, queue, events)
    const total = await Promise.race([counted, untilSignal('SIGINT'), untilSignal('SIGTERM')])
    process.stdout.write(`${JSON.stringify(total)}\n`)
  } finally {
    await queue.obliterate({ force: true })
    await Promise.all([queue.close(), events.close()])
    await redis.stop()
  }
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  // Not the exit code only: workers may still be there, and end when this process does.
  process.exit(error.message === USAGE ? 2 : 1)
}
