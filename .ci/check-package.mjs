/** @file Checks what would be published: publint, @arethetypeswrong, and an install of the tarball in an empty folder. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { fail, must, needsShell, root, step } from './steps.mjs'
import { tryPackage } from './try-package.mjs'

const folder = mkdtempSync(join(tmpdir(), 'smmap-pack-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function pack() {
  step('npm pack')
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], {
    cwd: root,
    shell: needsShell('npm'),
    stdio: ['ignore', 2, 2],
  })
  return join(folder, readdirSync(folder)[0])
}

async function lint(tarball) {
  step('publint')
  const { buffer, byteOffset, byteLength } = readFileSync(tarball)
  const { messages, pkg } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
    strict: true,
  })
  if (messages.length > 0) fail(messages.map((message) => formatMessage(message, pkg)).join('\n'))
}

const addon =
  readdirSync(root).find((name) => /^smmap\..*\.node$/.test(name)) ?? fail('no addon here: npm run build')
const tarball = pack()
await lint(tarball)
step('@arethetypeswrong')
must('npx', 'attw', tarball, '--profile', 'node16', '--no-emoji', '--no-color')
step('install in an empty folder, require and import')
tryPackage([tarball], { NAPI_RS_NATIVE_LIBRARY_PATH: join(root, addon) })
step('the package is sound')
