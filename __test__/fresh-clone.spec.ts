// What `npm run` starts in a fresh clone. The tests of other platforms, and the site, needed packages before
// they installed them: in CI nothing else had.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'

const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))

/** The program that a script starts first. What has been set up before it may import anything. */
const programOf = (script: string): string | undefined => /^node ([\w./-]+\.mjs)/.exec(script)?.[1]

/** What a module imports before it runs: other modules of ours, and the names of packages. */
function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8')
  return Array.from(source.matchAll(/^(?:import|\}) (?:[^;'"]* )?(?:from )?'([^']+)'/gm), ([, name]) => name!)
}

/** The packages that a program needs to start, through all its modules. */
function packagesOf(file: string, seen: Set<string> = new Set()): string[] {
  if (seen.has(file)) return []
  seen.add(file)
  return importsOf(file).flatMap((name) => {
    if (name.startsWith('node:')) return []
    return name.startsWith('.') ? packagesOf(join(dirname(file), name), seen) : [`${file}: ${name}`]
  })
}

/** Run after the rest of `npm run ready`, by `build:ts`, or by hand where all is installed. */
const LATER = new Set(['check:package', 'build:js'])

for (const [name, script] of Object.entries(scripts)) {
  const program = programOf(script)
  if (program === undefined || LATER.has(name)) continue
  test(`npm run ${name} starts where no package is installed`, (t) => t.deepEqual(packagesOf(program), []))
}

test('imports are found', (t) => {
  t.true(importsOf('__test__/package/check.mjs').includes('publint'))
  t.true(packagesOf('__test__/package/check.mjs').length > 0)
})
