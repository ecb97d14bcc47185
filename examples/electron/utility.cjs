// The utility process: its first argument is the file.
const { report } = require('./report.cjs')

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- between processes, not windows
process.parentPort.postMessage(report(process.argv[2]))
