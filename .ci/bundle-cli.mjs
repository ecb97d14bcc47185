/** @file Bundles lib/cli into dist/cli: its npm packages are inlined, the library stays outside as `../index.js`. */

import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const lib = join(root, 'lib')
const entry = join(lib, 'cli', 'main.ts')
const outfile = join(root, 'dist', 'cli', 'main.js')

/** A bundle of its own: the charts are four times as much as all the rest, and seldom wanted. */
const page = join(lib, 'cli', 'map', 'report-page')

/** The tool uses what every user can: a second copy of the library in the bundle would be a second set of managers. */
const onlyThePublicLibrary = {
  name: 'only-the-public-library',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
      const target = resolve(resolveDir, path)
      if (target === join(lib, 'index.js')) return { path: '../index.js', external: true }
      if (target === `${page}.js`) return { path: './report-page.js', external: true }
      const isLibrary = target.startsWith(lib + sep) && !target.startsWith(join(lib, 'cli') + sep)
      return isLibrary
        ? { errors: [{ text: `the CLI may import only ../index.js of the library, not ${path}` }] }
        : null
    })
  },
}

/** What goes with a package whose own files have no comment that bundling keeps. */
function licenceOf(name) {
  const read = (file) => readFileSync(join(root, 'node_modules', name, file), 'utf8')
  return `${read('NOTICE')}\n${read('LICENSE')}`.replaceAll('*/', '* /')
}

/** What the tool prints of itself, for packagers and `npm install --global`. */
function write(name, ...args) {
  const path = join(dirname(outfile), name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, execFileSync(process.execPath, [outfile, ...args]))
}

const options = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The library is required when a command needs it: loading it as a module would take longer.
  supported: { 'dynamic-import': false },
  // Packages written as modules ask where they are.
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href" },
  define: { 'import.meta.url': 'importMetaUrl' },
  legalComments: 'eof',
  plugins: [onlyThePublicLibrary],
  logLevel: 'warning',
}

if (existsSync(entry)) {
  await build({ ...options, entryPoints: [entry], outfile })
  await build({
    ...options,
    entryPoints: [`${page}.ts`],
    outfile: join(dirname(outfile), 'report-page.js'),
    minify: true,
    footer: { js: `/*!\n${licenceOf('echarts')}\n*/` },
  })
  chmodSync(outfile, 0o755)
  for (const shell of ['bash', 'zsh', 'fish']) write(`completions/smmap.${shell}`, 'completion', shell)
  write('smmap.1', 'man')
}
