// The main process: reports on a file, as JSON, and ends. `npm start -- FILE`
const { app } = require('electron')
const { report } = require('./report.cjs')

async function main() {
  await app.whenReady()
  console.log(JSON.stringify(report(process.argv.at(-1))))
  app.quit()
}

main().catch((error) => {
  console.error(error)
  app.exit(1)
})
