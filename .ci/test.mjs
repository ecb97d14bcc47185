/** @file `npm test`: sets up, runs every suite, adds up their counts; at last comes `N passed, N failed`. */

import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { portableFiles } from '../__test__/machines/portable.mjs'
import { install } from './apt.mjs'
import { setUp } from './setup.mjs'
import { needsShell, root, step } from './steps.mjs'

const sum = (text, pattern) =>
  [...text.matchAll(pattern)].reduce((all, [, digits]) => all + Number(digits), 0)

/** How each kind of runner tells its counts: text in, `{ passed, failed }` out. */
const counts = {
  /** A line for each test binary and for the doctests: `test result: ok. 12 passed; 0 failed; …`. */
  cargo: (text) => ({
    passed: sum(text, /^test result: \w+\. (\d+) passed; \d+ failed;/gm),
    failed: sum(text, /^test result: \w+\. \d+ passed; (\d+) failed;/gm),
  }),
  /** A line for each that passed (their sum only if all did); at the end `1 test failed` and the like. */
  ava: (text) => ({
    passed: text.match(/^ {2}[✔√] /gm)?.length ?? 0,
    failed: sum(
      text,
      /^ {2}(\d+) (?:tests? failed|tests? remained pending .*|uncaught exceptions?|unhandled rejections?)$/gm,
    ),
  }),
  /** Its last line is ours: `12 passed, 1 failed`. */
  matrix: (text) => ({
    passed: sum(text, /^(\d+) passed, \d+ failed$/gm),
    failed: sum(text, /^\d+ passed, (\d+) failed$/gm),
  }),
  /** The compiler is one test, and its exit code the answer. */
  exitCode: (_text, exitCode) => ({ passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1 }),
}

/** On Windows, where granules have 64 KiB and mapped files cannot be cut, the specs that hold everywhere. */
const specs = ['npx ava', ...(process.platform === 'win32' ? portableFiles : [])].join(' ')

/** Name, counts, command line, and what to add to the environment. */
const suites = [
  ['Rust: core and guard', counts.cargo, 'cargo test --no-fail-fast -p smmap-core -p smmap-guard'],
  ['TypeScript: specs', counts.ava, specs],
  ['TypeScript: specs, with copies', counts.ava, specs, { SMMAP_ZERO_COPY: 'never' }],
  // Its rows look into /proc.
  ...(process.platform === 'linux' ? [['Crash matrix', counts.matrix, 'node __test__/crash/run.mjs']] : []),
  ['Types: library', counts.exitCode, 'npx tsc -p tsconfig.json'],
  ['Types: specs, as a user sees them', counts.exitCode, 'npx tsc -p __test__/tsconfig.json'],
]

/** Debian's packages that only tests need, and how to see whether what they bring is there. */
const programs = {
  'redis-server': 'command -v redis-server',
  unzip: 'command -v unzip',
  'python3-venv': "python3 -c 'import venv, ensurepip'",
  chromium: 'command -v chromium || command -v chromium-browser || command -v google-chrome',
}

/** What to look at first when a suite failed: the names it marked, and how it ended. */
function failuresOf(text) {
  const marked = text
    .split('\n')
    .filter((line) => /✘|^ {2}× |^test .* FAILED$|^· FAIL|error(\[|:| TS)/.test(line))
  return [...new Set([...marked, ...text.trimEnd().split('\n').slice(-15)])].slice(0, 60).join('\n')
}

/** Runs a command, shows its output as it comes, and resolves to all of it. */
function run(commandLine, environment) {
  const [command, ...args] = commandLine.split(' ')
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
      shell: needsShell(command),
    })
    let text = ''
    for (const name of ['stdout', 'stderr']) {
      child[name].setEncoding('utf8').on('data', (part) => {
        text += part
        process[name].write(part)
      })
    }
    child.on('error', (error) => resolve({ text: error.message, exitCode: -1 }))
    child.on('close', (exitCode) => {
      resolve({ text: stripVTControlCharacters(text).replaceAll('\r\n', '\n'), exitCode })
    })
  })
}

/** A suite that crashed, or of which nothing could be counted, is a failure: silence is not success. */
async function runSuite([name, count, commandLine, environment]) {
  step(name)
  const started = performance.now()
  const { text, exitCode } = await run(commandLine, environment)
  const { passed, failed } = count(text, exitCode)
  const crashed = failed === 0 && exitCode !== 0 && `ended with ${exitCode ?? 'a signal'}`
  const silent = passed + failed === 0 && 'no counts in its output'
  const note = crashed || silent || ''
  return {
    suite: name,
    passed,
    failed: failed + (note ? 1 : 0),
    seconds: Math.round((performance.now() - started) / 100) / 10,
    note,
    failures: failed > 0 || note ? failuresOf(text) : '',
  }
}

setUp()
const lacking = install(programs)
if (lacking.length > 0) step(`going on without ${lacking.join(', ')}: the specs that need them fail`)
const results = []
for (const suite of suites) results.push(await runSuite(suite))

const total = (key) => results.reduce((all, result) => all + result[key], 0)
for (const { suite, failures } of results) {
  if (failures) console.log(`\n${suite}, in short:\n${failures}\n`)
}
console.table(Object.fromEntries(results.map(({ suite, failures: _failures, ...rest }) => [suite, rest])))
console.log(`${total('passed')} passed, ${total('failed')} failed`)
process.exitCode = total('failed') === 0 ? 0 : 1
