// The window's process: its page's address names the file.
const { ipcRenderer } = require('electron')
const { report } = require('./report.cjs')

const path = new URLSearchParams(globalThis.location.search).get('path')
try {
  ipcRenderer.send('report', report(path))
} catch (error) {
  ipcRenderer.send('report', { error: String(error) })
}
