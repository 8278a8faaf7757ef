import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { packedWords } from './plugins/packed-words.ts'
import { serviceWorker } from './plugins/service-worker.ts'
import { settledSwitches } from './plugins/settled-switches.ts'

/** What is fetched when somebody goes there: the first view does without. */
const LATER = /\/src\/(answers|desk|handed-in)\//

const OUT = resolve(import.meta.dirname, 'dist')

const server = process.env.EARSHOT_DEV_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [svelte(), packedWords(), settledSwitches(), serviceWorker(OUT)],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    // Many small chunks compress worse, and each costs the worker a hash: what comes first is one file.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'app', test: (id) => !LATER.test(id) }] } } },
  },
  define: { __APP_VERSION__: JSON.stringify(process.env.npm_package_version ?? '0') },
  server: {
    proxy: {
      '/v1': { target: server, ws: true, changeOrigin: true },
      '/s/': { target: server, changeOrigin: true },
      '/r': { target: server, changeOrigin: true },
    },
  },
})
