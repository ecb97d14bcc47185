/** @file Fails when an addon wants a glibc newer than the oldest Linux we promise: `check-glibc.mjs FILE.node`. */

import { execFileSync } from 'node:child_process'
import { pathToFileURL } from 'node:url'
import { fail, step } from './steps.mjs'

/** Debian 10, Ubuntu 18.10, RHEL 8: what Node.js 20 itself asks for. */
const NEWEST_ALLOWED = 28

/** The newest glibc that an addon asks for, as `GLIBC_2.17`; throws if that is too new. */
export function checkGlibc(file) {
  // readelf reads every architecture's files; objdump only those it was built for.
  const versions = execFileSync('readelf', ['--version-info', '--wide', file], { encoding: 'utf8' })
  const newest = Math.max(0, ...[...versions.matchAll(/\bGLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)))
  if (newest > NEWEST_ALLOWED)
    throw new Error(`${file} needs GLIBC_2.${newest}, newer than the 2.${NEWEST_ALLOWED} we promise`)
  return `GLIBC_2.${newest}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const file = process.argv[2] ?? fail('usage: node .ci/check-glibc.mjs FILE.node', 2)
  step(`${file} needs ${checkGlibc(file)} (at most GLIBC_2.${NEWEST_ALLOWED})`)
}
