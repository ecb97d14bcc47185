/** @file A worker process: `worker.mjs REDIS QUEUE [--die]` counts in ranges until its parent is gone. Run as many as you like. */
import { Worker } from 'bullmq'
import { countRange } from './count-range.mjs'

/** How long a dead worker's range waits until another has it. A living worker renews its lock: counting is off this thread. */
const LOCK_MS = 2000

const [url, queue, option] = process.argv.slice(2)

async function work(job) {
  return countRange(job.data, (done) => {
    // For the show: the kernel ends the process when half of its first range is done, as if for want of memory.
    if (option === '--die' && done >= 0.5) process.kill(process.pid, 'SIGKILL')
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
