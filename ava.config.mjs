/** @file How ava finds and loads the specs: TypeScript run as ES modules, one process a file. */

export default {
  files: ['__test__/**/*.spec.ts'],
  extensions: { ts: 'module' },
  nodeArguments: ['--import', 'tsx', '--expose-gc'],
  timeout: '2m',
  workerThreads: false,
}
