// For Node.js, as a server or Electron's main process has it. Vite leaves packages out of such a build:
// `dist` needs `node_modules` with smmap in it.
import { defineConfig } from 'vite'

export default defineConfig({
  build: { ssr: 'src/main.mjs', target: 'node20' },
  ssr: { external: ['smmap'] },
})
