// Leaves the package out, since webpack cannot bundle addons: `dist` needs `node_modules` with smmap in it.
const { join } = require('node:path')
const webpack = require('webpack')

const settings = {
  mode: 'production',
  target: 'node20',
  entry: './src/main.mjs',
  output: { path: join(__dirname, 'dist'), filename: 'main.cjs' },
  externals: { smmap: 'commonjs smmap' },
}

webpack(settings, (error, stats) => {
  const problem = error ?? (stats.hasErrors() && stats.toString({ preset: 'errors-only' }))
  if (problem) throw new Error(String(problem))
})
