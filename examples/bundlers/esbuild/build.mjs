// Bundles all of it: `dist` runs without `node_modules`. The addon is copied beside the code, under a name of
// its own.
import { build } from 'esbuild'

await build({
  entryPoints: ['src/main.mjs'],
  outfile: 'dist/main.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20',
  loader: { '.node': 'copy' },
  // The loader asks for every platform's package, and only this one's is installed: that is no mistake.
  logOverride: { 'require-resolve-not-external': 'silent' },
  logLevel: 'error',
})
