// Under Node's permission model a file that fs refuses is refused here too, by the same code.
const { spawnSync } = require('node:child_process')
const { realpathSync, writeFileSync } = require('node:fs')
const { dirname, join, resolve } = require('node:path')
const { answer } = require('./kit.cjs')

const [, , secret] = process.argv

function read() {
  const { SlidingWindowMapBuffer, SlidingWindowMapManager } = require('smmap')
  return new SlidingWindowMapBuffer(new SlidingWindowMapManager().makeCursor(secret)).toString()
}

/** The last line that a child with some rights prints. */
function childWith(path, ...more) {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission'
  const stage = realpathSync(dirname(__dirname))
  const flags = [
    flag,
    `--allow-fs-read=${join(stage, 'rows')}/*`,
    `--allow-fs-read=${join(stage, 'node_modules')}/*`,
  ]
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [...flags, '--no-warnings', ...more, __filename, path],
    {
      encoding: 'utf8',
      timeout: 20_000,
    },
  )
  return { said: stdout.trim(), stderr }
}

if (secret !== undefined) {
  try {
    console.log(read())
  } catch (error) {
    console.log(error.code)
    console.error(error.message)
  }
} else {
  const path = resolve('secret')
  writeFileSync(path, 'secret')
  const { said } = childWith(path, '--allow-addons')
  const { stderr } = childWith(path)
  answer({ said, namesTheFlag: stderr.includes('--allow-addons') })
}
