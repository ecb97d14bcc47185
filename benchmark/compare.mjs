/** @file `node benchmark/compare.mjs DIR_A DIR_B ROW… [--rounds N]`: see compare.ts. */
import { start } from './start.mjs'

start('compare', process.argv.slice(2))
