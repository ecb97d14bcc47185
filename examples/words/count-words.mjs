/** @file The worker: counts the words of a range of a file, by the manager that all workers share. */
import { open, SlidingWindowMapManager } from 'smmap'

/** A thread attaches once, however many ranges it is given. */
const managers = new Map()

/**
 * @param {{ shared: import('smmap').SharedManager, file: string, range: { start: number, end: number } }}
 * task
 */
export default function countWords({ shared, file, range }) {
  const manager = managers.get(shared.manager) ?? SlidingWindowMapManager.from(shared)
  managers.set(shared.manager, manager)
  const text = open(file, { manager })
  try {
    const counts = new Map()
    for (const line of text.lines(range)) {
      for (const word of line.split(' ')) if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    return counts
  } finally {
    text.close()
  }
}
