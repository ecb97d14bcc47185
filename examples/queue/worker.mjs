/**
 * @file A worker process: `worker.mjs REDIS QUEUE` counts in ranges until its parent is gone. Run as many as
 * you like.
 */
import { Worker } from 'bullmq'
import { countRange } from './count-range.mjs'

/**
 * How long a dead worker's range waits until another has it. A living worker renews its lock: counting is off
 * this thread.
 */
const LOCK_MS = 2000

const [url, queue, signal] = process.argv.slice(2)
let accident = signal

async function work(job) {
  return countRange(job.data, (done) => {
    // For the show: in the middle of its first range the process is killed, as if for want of memory, or
    // stopped.
    if (accident && done >= 0.5) {
      process.kill(process.pid, accident)
      accident = undefined
    }
    // Only shown to people: not worth failing for.
    job.updateProgress(done).catch(() => {})
  })
}

const worker = new Worker(queue, work, {
  connection: { url, maxRetriesPerRequest: null },
  lockDuration: LOCK_MS,
  stalledInterval: LOCK_MS / 2,
  // Past this many deaths over one range, the range is at fault, and the job fails.
  maxStalledCount: 3,
})
worker.on('error', (error) => process.stderr.write(`worker ${process.pid}: ${error.message}\n`))
process.once('disconnect', () => process.exit())
