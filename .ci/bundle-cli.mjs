/** @file Bundles lib/cli into dist/cli/main.js: its npm packages are inlined, the library stays outside as `../index.js`. */

import { chmodSync, existsSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lib = join(root, 'lib')
const entry = join(lib, 'cli', 'main.ts')
const outfile = join(root, 'dist', 'cli', 'main.js')

/** The tool uses what every user can: a second copy of the library in the bundle would be a second set of managers. */
const onlyThePublicLibrary = {
  name: 'only-the-public-library',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const target = resolve(resolveDir, path)
      if (target === join(lib, 'index.js')) return { path: '../index.js', external: true }
      const isLibrary = target.startsWith(lib + sep) && !target.startsWith(join(lib, 'cli') + sep)
      return isLibrary
        ? { errors: [{ text: `the CLI may import only ../index.js of the library, not ${path}` }] }
        : null
    })
  },
}

if (existsSync(entry)) {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    legalComments: 'eof',
    plugins: [onlyThePublicLibrary],
    logLevel: 'warning',
  })
  chmodSync(outfile, 0o755)
}
