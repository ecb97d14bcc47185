/** @file `npm run bench -- [ROW…]`: see main.ts. */
import { setUp } from '../.ci/setup.mjs'
import { start } from './start.mjs'

setUp()
start('main', process.argv.slice(2))
