/** @file How ava finds and loads the specs: TypeScript run as ES modules, one process a file. */

export default {
  files: ['__test__/**/*.spec.ts'],
  extensions: { ts: 'module' },
  environmentVariables: { OXC_TSCONFIG_PATH: './__test__/tsconfig.json' },
  nodeArguments: ['--import', '@oxc-node/core/register', '--expose-gc'],
  timeout: '2m',
  workerThreads: false,
}
