// Under Node's permission model the package may read what `fs` may, although native code could read
// everything; and without the right to load binaries the error names the flag. It read what it must not, and
// said that no binary was installed.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { tempFolder } from './helpers/files.js'

const FLAG = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'
const PROGRAM = `
const { MapRegion, open, scan, follow, ...smmap } = require('ROOT')
const { SlidingWindowMapBuffer, SlidingWindowMapManager, TilingMemmapManager } = smmap
const fs = require('node:fs')
const ways = {
  fs: (file) => fs.readFileSync(file).toString(),
  open: (file) => open(file).toString(),
  'by URL': (file) => open(require('node:url').pathToFileURL(file)).toString(),
  useRegion: (file) => new SlidingWindowMapManager().makeCursor(file).useRegion().buffer().toString(),
  fixed: (file) => new TilingMemmapManager().makeCursor(file).buffer().toString(),
  region: (file) => new MapRegion(file, 0).buffer().toString(),
  scan: async (file) => String((await scan(file)).bytes),
  follow: async (file) => String((await follow(file, { from: 0 }).next()).value.bytes),
}
async function main() {
  const answers = {}
  for (const [name, way] of Object.entries(ways)) {
    answers[name] = []
    for (const file of process.argv.slice(2)) {
      try {
        answers[name].push(await way(file))
      } catch (error) {
        answers[name].push([error.code, error.permission, error.resource].join())
      }
    }
  }
  console.log(JSON.stringify(answers))
}
void main()
`

interface Place {
  readonly program: string
  readonly open: string
  readonly secret: string
  readonly flags: readonly string[]
}

function makePlace(t: ExecutionContext): Place {
  const folder = realpathSync(tempFolder(t))
  const program = join(folder, 'program.cjs')
  const [open, secret] = [join(folder, 'open', 'file'), join(folder, 'secret')]
  mkdirSync(join(folder, 'open'))
  writeFileSync(program, PROGRAM.replace('ROOT', resolve('.').replaceAll('\\', '/')))
  writeFileSync(open, 'open')
  writeFileSync(secret, 'secret')
  const allowed = [join(resolve('.'), '*'), program, join(folder, 'open', '*')]
  return {
    program,
    open,
    secret,
    flags: [FLAG, '--no-warnings', ...allowed.map((path) => `--allow-fs-read=${path}`)],
  }
}

test('a file that fs must not read is refused as fs refuses it, in every way', (t) => {
  const { program, open, secret, flags } = makePlace(t)
  const output = execFileSync(process.execPath, [...flags, '--allow-addons', program, open, secret], {
    encoding: 'utf8',
  })
  const { fs: own, ...ways } = JSON.parse(output) as Record<string, string[]>
  t.deepEqual(own, ['open', `ERR_ACCESS_DENIED,FileSystemRead,${secret}`])
  for (const [name, answers] of Object.entries(ways)) {
    t.deepEqual(answers, [name === 'scan' ? '4' : 'open', own?.[1]], name)
  }
})

test('where no binary may be loaded, the error names the flag', (t) => {
  const { program, flags } = makePlace(t)
  const { status, stderr } = spawnSync(process.execPath, [...flags, program], { encoding: 'utf8' })
  t.not(status, 0)
  t.regex(stderr, /ERR_SMMAP_BINARY_MISSING/)
  t.regex(stderr, /--allow-addons/)
  t.notRegex(stderr, /npm install|npm run build/)
})
