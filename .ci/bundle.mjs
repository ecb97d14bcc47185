/**
 * @file `bundle.mjs library|tool`: makes the JavaScript of one of the two packages, in few files. Loading the
 * library's seventy modules one by one took 31 ms, and takes 12 as one file. Types are checked, and declared,
 * by tsc. No package is put into another.
 */

import { build } from 'rolldown'
import { at } from './steps.mjs'

/** Users read the declarations; the comments stand there. */
const output = { comments: false, generatedCode: { symbols: false }, strict: true }
const shared = { platform: 'node', transform: { target: 'node20' }, logLevel: 'warn' }

const library = [
  {
    ...shared,
    input: { index: at('lib', 'index.ts'), 'adapters/index': at('lib', 'adapters', 'index.ts') },
    external: ['../binding.js', '../package.json'],
    output: { ...output, dir: at('dist'), format: 'cjs', chunkFileNames: '[name].js', esModule: true },
  },
  {
    ...shared,
    input: { index: at('lib', 'index.mts'), 'adapters/index': at('lib', 'adapters', 'index.mts') },
    external: ['./index.js'],
    output: { ...output, dir: at('dist'), format: 'esm', entryFileNames: '[name].mjs' },
  },
]

/** What all commands need, each command, and what only some runs need are loaded when they are. */
const tool = [
  {
    ...shared,
    input: at('cli', 'src', 'main.ts'),
    external: /^[\w@]/,
    output: { ...output, dir: at('cli', 'dist'), format: 'esm', chunkFileNames: '[name].js' },
  },
]

await build({ library, tool }[process.argv[2]])
