// The example that lists Git packs, against git itself.
import { execFile, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { pseudoRandomBytes, tempFolder } from './helpers/files.js'

const run = promisify(execFile)
const MAIN = resolve('examples/git-pack/main.mjs')

/** Nobody's settings, and always the same author. */
const environment = {
  ...process.env,
  GIT_CONFIG_GLOBAL: join(import.meta.dirname, 'no-such-file'),
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'A',
  GIT_AUTHOR_EMAIL: 'a@example.org',
  GIT_COMMITTER_NAME: 'A',
  GIT_COMMITTER_EMAIL: 'a@example.org',
}

type Git = (...args: string[]) => string

/** Text that changes a little with each commit, bytes that do not compress, and a tag that is an object. */
function makeRepository(t: ExecutionContext): { folder: string; git: Git } {
  const folder = tempFolder(t)
  const git: Git = (...args) =>
    execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8', env: environment, stdio: 'pipe' })
  git('init', '-q')
  const lines = Array.from({ length: 500 }, (_, n) => `line ${n}`)
  for (let commit = 0; commit < 12; commit += 1) {
    lines[commit * 40] = `changed by commit ${commit}`
    writeFileSync(join(folder, 'text.txt'), lines.join('\n'))
    writeFileSync(join(folder, `random-${commit}.bin`), pseudoRandomBytes(3000 * commit, commit + 1))
    git('add', '-A')
    git('commit', '-q', '-m', `commit ${commit}`)
  }
  git('tag', '-a', 'v1', '-m', 'a tag')
  return { folder, git }
}

function packOf(folder: string): string {
  const packs = join(folder, '.git', 'objects', 'pack')
  const [name, ...others] = readdirSync(packs).filter((file) => file.endsWith('.idx'))
  if (name === undefined || others.length > 0) throw new Error(`${others.length + 1} packs, not one`)
  return join(packs, name)
}

/** All lines but the last, which says that the checksums were verified: that is not what listing does. */
function verified(git: Git, idx: string): string {
  return git('verify-pack', '-v', idx).replace(/^\S.*\.pack: ok\n$/m, '')
}

async function list(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [MAIN, ...args], { maxBuffer: 2 ** 26 })
  return stdout
}

const packings = {
  'offsets to bases': ['-c', 'repack.useDeltaBaseOffset=true', 'repack', '-adfq'],
  'names of bases': ['-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq'],
  'chains of 2 at most': ['repack', '-adfq', '--depth=2'],
  'no deltas': ['repack', '-adfq', '--window=0'],
}

for (const [title, command] of Object.entries(packings)) {
  test(`lists what git verify-pack -v lists: ${title}`, async (t) => {
    const { folder, git } = makeRepository(t)
    git(...command)
    const idx = packOf(folder)
    const expected = verified(git, idx)
    t.is(/^chain length/m.test(expected), title !== 'no deltas')
    t.is(await list(idx), expected)
  })
}

test("the objects' own sizes are what git cat-file says", async (t) => {
  const { folder, git } = makeRepository(t)
  git('repack', '-adfq')
  const expected = git(
    'cat-file',
    '--batch-all-objects',
    '--batch-check=%(objectname) %(objecttype) %(objectsize)',
  )
  const listed = (await list('--sizes', packOf(folder)))
    .split('\n')
    .filter((line) => /^[0-9a-f]{40} /.test(line))
    .map((line) => line.replaceAll(/ +/g, ' ').split(' ').slice(0, 3).join(' '))
  t.deepEqual(listed.toSorted(), expected.trimEnd().split('\n').toSorted())
})

test('offsets of 64 bits, as an index has them of a pack over 2 GiB', async (t) => {
  const { folder, git } = makeRepository(t)
  git('repack', '-adfq')
  const idx = packOf(folder)
  const large = join(folder, 'large.idx')
  git('index-pack', '--index-version=2,0x100', '-o', large, idx.replace(/idx$/, 'pack'))
  t.true(readFileSync(large).length > readFileSync(idx).length)
  renameSync(large, idx)
  t.is(await list(idx), verified(git, idx))
})

test('what is damaged is said in one line, with the numbers', async (t) => {
  const { folder, git } = makeRepository(t)
  git('repack', '-adfq')
  const idx = packOf(folder)
  const [index, pack] = [readFileSync(idx), readFileSync(idx.replace(/idx$/, 'pack'))]
  const copy = join(folder, 'copy')
  const failure = async (indexBytes: Buffer, packBytes: Buffer): Promise<string> => {
    writeFileSync(`${copy}.idx`, indexBytes)
    writeFileSync(`${copy}.pack`, packBytes)
    const error = await t.throwsAsync(list(`${copy}.idx`), { code: 1 } as object)
    return (error as unknown as { stderr: string }).stderr
  }
  const { length } = pack
  t.regex(await failure(Buffer.alloc(0), pack), /^no index of version 2 \(0 bytes\).*\n$/)
  t.regex(await failure(index.subarray(0, 1200), pack), /^the index has 1200 bytes, \d+ objects need .*\n$/)
  t.regex(await failure(index, Buffer.alloc(5)), /^no pack: 5 bytes .*\n$/)
  t.regex(await failure(index, pack.subarray(0, length - 1)), /^the index is of another pack: .*\n$/)
  const cut = Buffer.concat([pack.subarray(0, 12), pack.subarray(length - 20)])
  t.regex(await failure(index, cut), /^the objects end at 12, within the one at 12: .*\n$/)
  const wrongType = Buffer.from(pack).fill(0x50, 12, 13)
  t.regex(await failure(index, wrongType), /^the object at 12 has the unknown type 5\n$/)
})
