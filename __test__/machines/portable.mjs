/** @file Which specs hold on which platform. */

/**
 * On every platform, with granules of 64 KiB and emulated: the seeds' guides, what is built on them, and what
 * systems differ in.
 */
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

/** Their files. */
export const portableFiles = portable.map((name) => `__test__/${name}.spec.ts`)

/** On every Linux: in which the order of bytes, or the size of numbers and addresses, could matter. */
export const numbers = [
  'reader',
  'sweep',
  'hash',
  'split-ranges',
  'line-index',
  'adapters-zip',
  'adapters-mmdb',
  'adapters-pmtiles',
]
