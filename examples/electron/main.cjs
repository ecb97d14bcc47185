// Reports on a file from each kind of process that has Node.js in it, as JSON, and ends: `npm start -- FILE`
const { join } = require('node:path')
const { app, BrowserWindow, ipcMain, utilityProcess } = require('electron')
const { report } = require('./report.cjs')

/** From a process of its own, where long work holds up no window. */
function inUtility(path) {
  return new Promise((resolve, reject) => {
    const child = utilityProcess.fork(join(__dirname, 'utility.cjs'), [path])
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`the utility process ended with ${code}`)))
  })
}

/** From a window's process: only for pages of your own, since they can do what Node.js can. */
async function inRenderer(path) {
  const webPreferences = { nodeIntegration: true, contextIsolation: false, sandbox: false }
  const window = new BrowserWindow({ show: false, webPreferences })
  const answer = new Promise((resolve) => ipcMain.once('report', (_event, found) => resolve(found)))
  await window.loadFile(join(__dirname, 'page.html'), { query: { path } })
  return answer
}

async function main() {
  await app.whenReady()
  const path = process.argv.at(-1)
  const reports = {
    main: report(path),
    utility: await inUtility(path),
    renderer: await inRenderer(path),
  }
  console.log(JSON.stringify(reports))
  app.quit()
}

main().catch((error) => {
  console.error(error)
  app.exit(1)
})
