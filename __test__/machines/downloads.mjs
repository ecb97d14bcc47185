/** @file Other systems' files, by registries' own clients, downloaded once. Knows no platform's tests. */

import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { unpack } from '../../.ci/apt.mjs'
import { once, withPython } from '../../.ci/downloads.mjs'
import { run } from '../../.ci/steps.mjs'

const only = (folder, pattern) => readdirSync(folder).find((name) => pattern.test(name))

/** An npm package as it is published, whatever platform it is for; the folder has `package/` in it. */
export const fromNpm = (name, version) =>
  once(`${name}@${version}`, (folder) => {
    run(folder, 'npm', 'pack', '--silent', `${name}@${version}`)
    run(folder, 'tar', '-xzf', only(folder, /\.tgz$/))
  })

/** A wheel for one platform, unpacked. */
export const fromPyPI = (name, version, platform) =>
  once(`${name}-${version}-${platform}`, (folder) => {
    const wheels = ['--no-deps', '--only-binary', ':all:', '--platform', platform]
    const pip = withPython('pip')
    const options = { cwd: folder, env: pip, stdio: ['ignore', 2, 2] }
    execFileSync('pip', ['download', '--quiet', ...wheels, `${name}==${version}`], options)
    execFileSync('python', ['-m', 'zipfile', '-e', only(folder, /\.whl$/), '.'], options)
  })

/** The root of a system of Debian 13, unless told otherwise, with the packages in it and what they need. */
export const fromDebian = (architecture, packages, release = 'trixie') =>
  once(`${packages[0]}-${architecture}`, (folder) => unpack(folder, { release, architecture, packages }))
