/**
 * @file Checks what would be published: its files and sizes, publint, @arethetypeswrong, and installs by npm
 * and pnpm.
 */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { packAll } from '../../.ci/pack.mjs'
import { fail, must, root, step } from '../../.ci/steps.mjs'
import { describe } from './contents.mjs'
import { tryPackage } from './install.mjs'

/** Every Electron app that uses the library carries it. */
const MOST_KIB = 600

const folder = mkdtempSync(join(tmpdir(), 'smmap-pack-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

async function lint(tarball) {
  step('publint')
  const { buffer, byteOffset, byteLength } = readFileSync(tarball)
  const { messages, pkg } = await publint({
    pack: { tarball: buffer.slice(byteOffset, byteOffset + byteLength) },
    strict: true,
  })
  if (messages.length > 0) fail(messages.map((message) => formatMessage(message, pkg)).join('\n'))
}

if (!readdirSync(root).some((name) => /^smmap\..*\.node$/.test(name))) fail('no addon here: npm run build')
const tarballs = packAll(folder)
const described = tarballs.map(describe)
console.table(described)
if (described[0]['unpacked KiB'] > MOST_KIB) fail(`the library has more than ${MOST_KIB} KiB`)
for (const tarball of [tarballs[0], tarballs.at(-1)]) await lint(tarball)
step('@arethetypeswrong')
must('npx', 'attw', tarballs[0], '--profile', 'node16', '--no-emoji', '--no-color')
await tryPackage(tarballs)
step('the package is sound')
