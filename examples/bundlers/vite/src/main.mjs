// Prints the last line of a file, however long the file is.
import { SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'

const manager = new SlidingWindowMapManager()
const log = new SlidingWindowMapBuffer(manager.makeCursor(process.argv[2]))
console.log(log.toString('utf8', log.lastIndexOf('\n', log.length - 2) + 1).trimEnd())
manager.close()
