/** The package's face: what `require` and `import` give, and what the two lists of names promise. */
import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import * as imported from 'smmap'
import ts from 'typescript'
import { tempFolder } from './helpers/files.js'

const required: Record<string, unknown> = createRequire(import.meta.url)('smmap')
const fromImport = new Map<string, unknown>(Object.entries(imported))

/** The names of values that a module's `export { … } from` lines give; names of types are left out. */
function exportedValues(path: string): string[] {
  const url = new URL(`../${path}`, import.meta.url)
  const source = ts.createSourceFile(path, readFileSync(url, 'utf8'), ts.ScriptTarget.Latest)
  const clauses = source.statements
    .filter(ts.isExportDeclaration)
    .filter((statement) => !statement.isTypeOnly)
    .flatMap(({ exportClause }) => (exportClause && ts.isNamedExports(exportClause) ? [exportClause] : []))
  return clauses
    .flatMap((clause) => Array.from(clause.elements))
    .filter((element) => !element.isTypeOnly)
    .map((element) => element.name.text)
    .toSorted()
}

test('require and import give the same objects', (t) => {
  t.true(fromImport.size > 0)
  for (const [name, value] of fromImport) t.is(required[name], value, name)
})

test('require and import give the same names', (t) => {
  t.deepEqual([...fromImport.keys()].toSorted(), Object.keys(required).toSorted())
})

// Bundlers rename: by one, `class SmmapError` that uses itself was `_SmmapError` in every stack trace.
test('classes and functions have the names that they are exported by', (t) => {
  const named = Object.entries(required).filter(([, value]) => typeof value === 'function')
  t.true(named.length > 20)
  for (const [name, value] of named) t.is((value as { name: string }).name, name)
})

// Without "use strict", a write to a frozen object does nothing, silently.
test('the compiled files are strict', (t) => {
  for (const file of ['dist/index.js', 'dist/smmap-errors.js', 'dist/adapters/index.js'])
    t.regex(readFileSync(file, 'utf8'), /^"use strict";/, file)
})

test('index.d.ts lists every exported value, and nothing else', (t) => {
  t.deepEqual(exportedValues('index.d.ts'), Object.keys(required).toSorted())
})

test('lib/index.mts lists every exported value, and nothing else', (t) => {
  t.deepEqual(exportedValues('lib/index.mts'), Object.keys(required).toSorted())
})

test('the library needs no other package at run time', (t) => {
  const { dependencies = {} } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  t.deepEqual(dependencies, {})
})

/**
 * What loading says where there is no binary: in the published package, or on a platform that is not this
 * one.
 */
function complaint(
  t: ExecutionContext,
  { platform = process.platform, ...manifest }: Partial<Manifest>,
): string {
  const app = tempFolder(t)
  cpSync('dist', join(app, 'dist'), { recursive: true })
  writeFileSync(join(app, 'package.json'), JSON.stringify({ version: '1.2.3', ...manifest }))
  const code =
    `Object.defineProperty(process, 'platform', { value: ${JSON.stringify(platform)} })\n` +
    "try { require('./dist/index.js') } catch (error) { console.log(error.code, error.message) }"
  return execFileSync(process.execPath, ['-e', code], { cwd: app, encoding: 'utf8' })
}

interface Manifest {
  platform: string
  optionalDependencies: Record<string, string>
}

// It used to say `npm install smmap-freebsd-x64`, a name that anybody might have registered.
test('without a binary, the message names a package only where one is published', (t) => {
  const here = `${process.platform}-${process.arch}`
  const published = {
    [`smmap-${here}`]: '1.2.3',
    [`smmap-${here}-gnu`]: '1.2.3',
    [`smmap-${here}-msvc`]: '1.2.3',
  }
  t.regex(
    complaint(t, { optionalDependencies: published }),
    new RegExp(`^ERR_SMMAP_BINARY_MISSING .*npm install smmap-${here}\\S*@1\\.2\\.3`),
  )
  const elsewhere = complaint(t, { platform: 'freebsd', optionalDependencies: published })
  t.regex(elsewhere, /^ERR_SMMAP_BINARY_MISSING .*freebsd-\S+ is not supported/)
  t.notRegex(elsewhere, /install/)
  t.regex(complaint(t, {}), /npm run build/)
})

// A loader that rewrites CommonJS would have every spec test something that no user gets.
test('the specs run the compiled files byte for byte', (t) => {
  const code = `
    import { Session } from 'node:inspector'
    import { readFileSync } from 'node:fs'
    import { fileURLToPath } from 'node:url'
    const session = new Session()
    const scripts = []
    session.connect()
    session.on('Debugger.scriptParsed', ({ params }) => scripts.push(params))
    session.post('Debugger.enable')
    await import('smmap')
    const own = /^(?!.*node_modules).*[/](dist[/].*[.]m?js|binding[.]js)$/
    const ours = scripts.filter(({ url }) => own.test(url))
    const odd = ours.filter(({ scriptId, url }) => {
      let source
      session.post('Debugger.getScriptSource', { scriptId }, (_error, found) => {
        source = found.scriptSource
      })
      return source !== readFileSync(url.startsWith('file:') ? fileURLToPath(url) : url, 'utf8')
    })
    const names = (scripts) => scripts.map(({ url }) => own.exec(url)[1])
    console.log(JSON.stringify([names(ours).sort(), names(odd)]))`
  const args = [...process.execArgv, '--input-type=module', '-e', code]
  const [all, odd] = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' }))
  t.deepEqual(odd, [])
  t.deepEqual(all, ['binding.js', 'dist/index.js', 'dist/index.mjs', 'dist/smmap-errors.js'])
})
