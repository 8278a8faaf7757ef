import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { brotli } from './plugins/brotli.ts'
import { catalogue } from './plugins/catalogue.ts'
import { chunks } from './plugins/chunks.ts'
import { packedWords } from './plugins/packed-words.ts'
import { serviceWorker } from './plugins/service-worker.ts'
import { settledSwitches } from './plugins/settled-switches.ts'

const OUT = resolve(import.meta.dirname, 'dist')

const server = process.env.EARSHOT_DEV_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [catalogue(), svelte(), packedWords(), settledSwitches(), serviceWorker(OUT), brotli(OUT)],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    // The oldest that are supported: the README and messages/en/page.json name them too.
    target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Letters compress better by themselves than in the middle of script.
            { name: 'words', test: 'virtual:packed-words', priority: 1 },
            { name: chunks(), debugName: 'app and behind' },
          ],
        },
      },
    },
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
