// Electron's names as far as examples/electron uses them, over plain processes of Node.js: in the main
// process, and, started by it with STANDS_FOR, in a utility process or a window's. Memory outside the heap is
// for the test to refuse.
const { fork } = require('node:child_process')
const { EventEmitter } = require('node:events')
const { readFileSync } = require('node:fs')
const { dirname, join } = require('node:path')

const start = (file, args, env) =>
  fork(file, args, { env: { ...process.env, ...env }, execArgv: ['--require', __filename] })

/** As the page's script does, from the page's folder. */
const scriptOf = (page) => join(dirname(page), /require\('(.*)'\)/.exec(readFileSync(page, 'utf8'))[1])

exports.ipcMain = new EventEmitter()
exports.app = { whenReady: async () => {}, quit: () => process.exit(0), exit: (code) => process.exit(code) }
exports.utilityProcess = { fork: (file, args) => start(file, args, { STANDS_FOR: 'utility' }) }
exports.BrowserWindow = class {
  async loadFile(page, { query }) {
    const search = String(new URLSearchParams(query))
    const child = start(scriptOf(page), [], { STANDS_FOR: `window?${search}` })
    child.once('message', ([name, message]) => exports.ipcMain.emit(name, {}, message))
  }
}
exports.ipcRenderer = { send: (...message) => process.send(message) }

const { STANDS_FOR = '' } = process.env
if (STANDS_FOR === 'utility') process.parentPort = { postMessage: (message) => process.send(message) }
if (STANDS_FOR.startsWith('window')) globalThis.location = { search: STANDS_FOR.slice('window'.length) }
