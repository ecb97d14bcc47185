/** @file Fails when an addon wants a glibc newer than the oldest Linux we promise: `check-glibc.mjs FILE.node`. */

import { execFileSync } from 'node:child_process'
import { fail, step } from './steps.mjs'

/** Debian 10, Ubuntu 18.10, RHEL 8: what Node.js 20 itself asks for. */
const NEWEST_ALLOWED = 28

const file = process.argv[2] ?? fail('usage: node .ci/check-glibc.mjs FILE.node', 2)
// readelf reads every architecture's files; objdump only those it was built for.
const versions = execFileSync('readelf', ['--version-info', '--wide', file], { encoding: 'utf8' })
const newest = Math.max(0, ...[...versions.matchAll(/\bGLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)))
if (newest > NEWEST_ALLOWED)
  fail(`${file} needs GLIBC_2.${newest}, newer than the 2.${NEWEST_ALLOWED} we promise`)
step(`${file} needs GLIBC_2.${newest} (at most 2.${NEWEST_ALLOWED})`)
