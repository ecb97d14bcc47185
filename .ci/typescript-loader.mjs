/** @file `node --import ./.ci/typescript-loader.mjs`: lets this process and its workers run the specs' TypeScript. */

import { register } from 'node:module'

register('./typescript-hooks.mjs', import.meta.url)
process.setSourceMapsEnabled(true)
