/**
 * @file The specs that hold on every platform, 64 KiB granularity and all: `node .ci/platforms/portable.mjs` runs them on
 * this one, and the core's own tests.
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { setUp } from '../setup.mjs'
import { must } from '../steps.mjs'

/** The seeds' guides, what is built on them, and what systems differ in: specs that start no other process. */
export const portable = [
  'guide-smmap5',
  'guide-fork',
  'windows',
  'map-window',
  'map-region',
  'window-cursor',
  'sliding-window-map-buffer',
  'bad-values',
  'changing-files',
]

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setUp()
  must('cargo', 'test', '--no-fail-fast', '-p', 'smmap-core')
  must('npx', 'ava', ...portable.map((name) => join('__test__', `${name}.spec.ts`)))
}
