/** The package's face: what `require` and `import` give, and what the two lists of names promise. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import test from 'ava'
import * as imported from 'smmap'
import ts from 'typescript'

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
