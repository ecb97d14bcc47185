/**
 * @file The documents keep their word: their examples run, the values beside them are right, their links lead
 * somewhere.
 */
import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { transform } from 'esbuild'
import { ALLOCATIONGRANULARITY, SlidingWindowMapBuffer, SlidingWindowMapManager } from 'smmap'
import ts from 'typescript'
import { cleanEnvironment, MAIN } from './helpers/cli.js'
import { tempFolder } from './helpers/files.js'
import { CONSUMERS, writeSampleFiles } from './helpers/sample-files.js'

const run = promisify(execFile)
const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
]
const SOURCES = readdirSync('lib', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `lib/${name.replaceAll('\\', '/')}`)

/** What the examples in TSDoc leave out, since it stands around them. */
const AROUND_TSDOC = `
import { alignToMmap, ALLOCATIONGRANULARITY, follow, GreedyMemmapManager, LineIndex, MapWindow, open, scan,
  SlidingWindowMapBuffer, SlidingWindowMapManager, SmmapError, StaticWindowMapManager,
  TilingMemmapManager } from 'smmap'
const manager = new SlidingWindowMapManager({ windowSize: 2 ** 16 })
const cursor = manager.makeCursor('huge.log')
const buffer = new SlidingWindowMapBuffer(manager.makeCursor('huge.log'))
const consume = (bytes: Buffer): void => void bytes.length
`

const hasViews = new SlidingWindowMapManager().zeroCopy

interface Block {
  /** For the test's title. */
  readonly where: string
  readonly language: string
  /** Code that goes before it. */
  readonly setup: string
  readonly code: string
  /** Whether this system and run are what it is about. */
  readonly isFitting: boolean
}

/** Code before other code, or a block that runs. */
const EXAMPLE = new RegExp(
  [
    String.raw`^<!-- setup\n(?<setup>[\s\S]*?)^-->$`,
    '(?<views>^<!-- needs views -->\\n)?^```(?<language>ts|js|sh|console)\\n(?<code>[\\s\\S]*?)^```$',
  ].join('|'),
  'gm',
)

/**
 * The blocks of a page in languages that run. `<!-- setup … -->` is code that goes before all later blocks of
 * the page but those with an `import` or `require` of their own. `<!-- needs views -->` is for what is
 * otherwise with copies.
 */
function blocksOfPage(page: string): Block[] {
  const text = readFileSync(page, 'utf8')
  const blocks: Block[] = []
  let setup = ''
  for (const { groups, index } of text.matchAll(EXAMPLE)) {
    const { language, code, views } = groups!
    if (language === undefined || code === undefined) setup = groups!['setup'] ?? ''
    else {
      const isShell = language === 'sh' || language === 'console'
      const isFitting = isShell ? process.platform !== 'win32' : !views || hasViews
      blocks.push({ where: `${page}:${lineOf(text, index)}`, language, setup, code, isFitting })
    }
  }
  return blocks
}

/** The examples in a source file's TSDoc. */
function blocksOfSource(source: string): Block[] {
  const text = readFileSync(source, 'utf8')
  const pattern = /(granularity of 4096:\n)?^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm
  return Array.from(text.matchAll(pattern), ([, heading, code = ''], index) => ({
    where: `${source}, example ${index + 1}`,
    language: 'ts',
    setup: AROUND_TSDOC,
    code: code.replaceAll(/^ *\* ?/gm, ''),
    isFitting: heading === undefined || ALLOCATIONGRANULARITY === 4096,
  }))
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length
}

/**
 * The block as a module. One with an `import` or `require` stands alone; others may declare again what the
 * setup does.
 */
function toModule({ setup, code }: Block): string {
  return /^import |\brequire\(/m.test(code) ? code : `${setup}\n{\n${code}\n}`
}

const LITERAL = String.raw`-?[\d_]+|true|false|null|undefined|'[^']*'`
const PROMISED = new RegExp(String.raw`^(\s*)(\S.*?);?\s+// (?:(${LITERAL})|throws (\w+))$`, 'gm')

/**
 * Turns `expression // 5` and `expression // throws ERR_CODE` into assertions; other comments promise
 * nothing.
 */
function withAssertions(code: string): string {
  const checked = code.replaceAll(PROMISED, (_, indent, expression, value, error) =>
    value === undefined
      ? `${indent}assert.throws(() => ${expression}, { code: '${error}' })`
      : `${indent}assert.deepStrictEqual(${expression}, ${value})`,
  )
  const isCommonJs = /\brequire\(/.test(code)
  const assertion = isCommonJs ? "const assert = require('node:assert')" : "import assert from 'node:assert'"
  return `${assertion}\n${checked}`
}

const LOG = Array.from({ length: 16_384 }, (_, n) => {
  const level = n % 100 === 99 ? 'ERROR' : 'info'
  return `${`2026-01-01T00:00:00Z ${level} request ${n} took ${n % 97} ms`.padEnd(63)}\n`
}).join('')

/** A folder with the package installed, and the files that the examples read. */
function makeProject(t: ExecutionContext): string {
  const folder = tempFolder(t)
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true })
  symlinkSync(resolve('.'), join(folder, 'node_modules', 'smmap'), 'junction')
  symlinkSync(resolve('node_modules/@types/node'), join(folder, 'node_modules', '@types', 'node'), 'junction')
  for (const name of [...CONSUMERS, '@types/yauzl']) {
    symlinkSync(resolve('node_modules', name), join(folder, 'node_modules', name), 'junction')
  }
  writeSampleFiles(folder)
  writeFileSync(join(folder, 'huge.log'), LOG)
  writeFileSync(join(folder, 'access.log'), LOG)
  writeFileSync(join(folder, 'table.bin'), LOG)
  writeFileSync(join(folder, 'huge.bin'), '')
  truncateSync(join(folder, 'huge.bin'), 5 * 2 ** 30 + 2 ** 20)
  return folder
}

async function runModule(t: ExecutionContext, block: Block): Promise<void> {
  const folder = makeProject(t)
  const { code } = await transform(withAssertions(toModule(block)), { loader: 'ts', target: 'node20' })
  const file = join(folder, /\brequire\(/.test(block.code) ? 'example.cjs' : 'example.mjs')
  writeFileSync(file, code)
  await t.notThrowsAsync(run(process.execPath, [file], { cwd: folder }))
}

/** The lines that call our tool; `npm` and others are not run here. */
function toolLines({ code }: Block): string[] {
  return code.split('\n').filter((line) => /^(npx )?smmap /.test(line))
}

async function runShell(t: ExecutionContext, block: Block): Promise<void> {
  const functions = `smmap() { '${process.execPath}' '${MAIN}' "$@"; }; npx() { "$@"; }`
  const script = [functions, ...toolLines(block)].join('\n')
  await t.notThrowsAsync(run('sh', ['-ec', script], { cwd: makeProject(t) }))
}

/** What comes out of each `$ command` of a terminal session, up to a line `…`, is what stands there. */
async function runSession(t: ExecutionContext, { code }: Block): Promise<void> {
  const cwd = makeProject(t)
  const function_ = `smmap() { '${process.execPath}' '${MAIN}' "$@"; }`
  const entries = code.split(/^\$ /m).slice(1)
  t.true(entries.length > 0)
  for (const entry of entries) {
    const [command = '', ...expected] = entry.trimEnd().split('\n')
    const { stdout } = await run('sh', ['-c', `${function_}\n{ ${command}\n} 2>&1 || true`], {
      cwd,
      env: cleanEnvironment(),
    })
    const rest = expected.indexOf('…')
    const shown = stdout
      .trimEnd()
      .split('\n')
      .slice(0, rest === -1 ? undefined : rest)
    t.deepEqual(shown.map(steady), expected.slice(0, rest === -1 ? undefined : rest).map(steady), command)
  }
}

/** A line without what differs from run to run: times, rates, and the width of columns. */
function steady(line: string): string {
  return line
    .replaceAll(/[\d.]+ (?:m?s|[KMG]iB\/s)(?= |$)/g, '#')
    .replaceAll(/ +/g, ' ')
    .trimEnd()
}

const blocks = [...PAGES.flatMap(blocksOfPage), ...SOURCES.flatMap(blocksOfSource)]

for (const block of blocks) {
  const isShell = block.language === 'sh'
  if (isShell && toolLines(block).length === 0) continue
  const declare = block.isFitting ? test.serial : test.serial.skip
  const implementation = block.language === 'console' ? runSession : isShell ? runShell : runModule
  declare(`runs: ${block.where}`, implementation, block)
}

test('no example is missed, however it is fenced', (t) => {
  const fences = [...PAGES, ...SOURCES].flatMap((path) =>
    Array.from(
      readFileSync(path, 'utf8').matchAll(/^.*```(?:[jt]s|sh|console|typescript|javascript|bash|shell)\b/gm),
      () => path,
    ),
  )
  t.deepEqual(
    fences.toSorted(),
    blocks.map(({ where }) => where.replace(/:\d+$|, example \d+$/, '')).toSorted(),
  )
  t.true(blocks.length > 0)
})

test('the examples in TypeScript have no type errors', (t) => {
  const folder = makeProject(t)
  const wheres = new Map(
    blocks
      .filter(({ language }) => language === 'ts')
      .map((block, index) => {
        const file = join(folder, `example-${index}.mts`)
        writeFileSync(file, `${toModule(block)}\nexport {}\n`)
        return [file, block.where]
      }),
  )
  const program = ts.createProgram([...wheres.keys()], {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    types: ['node'],
    typeRoots: [join(folder, 'node_modules', '@types')],
  })
  const errors = ts
    .getPreEmitDiagnostics(program)
    .map(
      ({ file, messageText }) =>
        `${wheres.get(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    )
  t.deepEqual(errors, [])
})

/** The public names that a class and those it extends give their objects. */
function membersOf(prototype: object): string[] {
  const above: unknown = Object.getPrototypeOf(prototype)
  const names = Object.getOwnPropertyNames(prototype)
  return above === Object.prototype ? names : [...names, ...membersOf(above as object)]
}

test('the guide to reading names every member of a long buffer', (t) => {
  const code =
    readFileSync('docs/reading.md', 'utf8')
      .match(/(?<=^\|.*)`[^`]+`/gm)
      ?.join(' ') ?? ''
  const isNumber = /^read(?:Big)?(?:U?[Ii]nt|Float|Double)/
  const isInternal = /^(?:constructor|extent|target)$/
  const members = membersOf(SlidingWindowMapBuffer.prototype).filter(
    (name) => !isNumber.test(name) && !isInternal.test(name),
  )
  t.true(members.length > 30)
  t.deepEqual(
    members.filter((name) => !new RegExp(String.raw`\b${name}\b`).test(code)),
    [],
  )
})

test('no doc comment refers to another one for all that it says', (t) => {
  const chains = SOURCES.filter((source) => !source.startsWith('lib/panes/')).flatMap((source) =>
    Array.from(
      readFileSync(source, 'utf8').matchAll(/^ *\/?\*\*? (?:@throws )?As (?:`|\{@link|above).*$/gm),
      ([line]) => `${source}: ${line}`,
    ),
  )
  t.deepEqual(chains, [])
})

test('every npm script that a page names exists', (t) => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  const named = [...PAGES, 'CONTRIBUTING.md'].flatMap((page) =>
    Array.from(
      readFileSync(page, 'utf8').matchAll(/\bnpm (?:run ([\w:]+)|(start|test)\b)/g),
      (match) => match[1] ?? match[2],
    ),
  )
  t.true(named.length > 0)
  t.deepEqual(
    named.filter((name) => !(String(name) in scripts)),
    [],
  )
})

/** The anchors that GitHub gives a page's headings. */
function anchorsOf(page: string): string[] {
  const headings = withoutCode(readFileSync(page, 'utf8')).matchAll(/^#+ (.+)$/gm)
  return Array.from(headings, ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '')
}

test('the site has every guide', (t) => {
  const { projectDocuments } = JSON.parse(readFileSync('typedoc.json', 'utf8'))
  t.deepEqual(projectDocuments.toSorted(), PAGES.filter((page) => page !== 'README.md').toSorted())
})

test('the pages are short: README, each guide, and each bullet of the design', (t) => {
  const lines = (page: string): number => readFileSync(page, 'utf8').trimEnd().split('\n').length
  const words = (text: string): number => text.split(/\s+/).length
  t.true(lines('README.md') <= 220)
  t.true(words(readFileSync('README.md', 'utf8')) <= 1500)
  t.deepEqual(
    PAGES.filter((page) => page !== 'README.md' && lines(page) > 150),
    [],
  )
  const bullets = ['docs/design.md', 'docs/decisions.md'].flatMap(
    (page) => readFileSync(page, 'utf8').match(/^- [\s\S]*?(?=\n- |\n\n)/gm) ?? [],
  )
  t.true(bullets.length > 10)
  t.deepEqual(
    bullets.filter((bullet) => words(bullet) > 70),
    [],
  )
})

test('the design has a short glossary, three drawings, and names only files that exist', (t) => {
  const design = readFileSync('docs/design.md', 'utf8')
  const rowsUnder = (heading: string): string[][] => {
    const section = design.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
    const rows = section.split('\n').filter((line) => line.startsWith('| '))
    // The heading's row is not one; the line below it begins with `|--`.
    return rows.slice(1).map((row) => row.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')))
  }
  const words = rowsUnder('Glossary').flatMap(([word = '']) => word.split(', '))
  t.true(words.length > 15 && words.length <= 25, `${words.length} words`)
  t.true([...design.matchAll(/^```text$/gm)].length >= 3)
  const changes = rowsUnder('Where to change what')
  t.true(changes.length > 15)
  for (const [what, where = ''] of changes) {
    // A bare name is a file beside the one with a path before it.
    let folder = ''
    for (const [, name = ''] of where.matchAll(/`([\w./-]+(?:\.rs|\.m?ts|\/))`/g)) {
      const path = /^(?:lib|src|cli|crates)\/|^index/.test(name) ? name : join(folder, name)
      t.true(existsSync(path), `${what}: there is no ${path}`)
      if (path === name) folder = name.endsWith('/') ? name : dirname(name)
    }
  }
})

test('the site refuses a link to a page or a heading that is not there', async (t) => {
  const { brokenLinks } = (await import(pathToFileURL(resolve('docs/site.mjs')).href)) as {
    brokenLinks: (site: string) => string[]
  }
  const site = tempFolder(t)
  mkdirSync(join(site, 'pages'))
  writeFileSync(join(site, 'index.html'), '<a href="pages/a.html#there">a</a><img src="chart.svg">')
  writeFileSync(
    join(site, 'pages', 'a.html'),
    '<h2 id="there">a</h2><a href="../index.html">i</a><a href="#no">b</a><a href="https://a.org">c</a>',
  )
  t.deepEqual(brokenLinks(site).toSorted(), ['index.html: chart.svg', `${join('pages', 'a.html')}: #no`])
})

for (const page of [...PAGES, 'CHANGELOG.md', 'CONTRIBUTING.md']) {
  test(`every link of ${page} within the repository leads somewhere`, (t) => {
    const links = withoutCode(readFileSync(page, 'utf8')).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)
    for (const [link, path, anchor] of links) {
      const target = path ? join(dirname(page), path) : page
      t.true(existsSync(target), `${link}: there is no ${target}`)
      if (anchor !== undefined && existsSync(target)) {
        t.true(anchorsOf(target).includes(anchor), `${link}: there is no heading #${anchor}`)
      }
    }
    t.pass()
  })
}
