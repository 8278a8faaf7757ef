import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vite'
import { brotli } from './plugins/brotli.ts'
import { catalogue } from './plugins/catalogue.ts'
import { packedWords } from './plugins/packed-words.ts'
import { serviceWorker } from './plugins/service-worker.ts'
import { settledSwitches } from './plugins/settled-switches.ts'

/** A desk's own screens. */
const DESK = /\/src\/(desk\/|programme\/|paraglide\/messages\/desk_)/
/** What a first view does without: it comes right behind the page, as one file. */
const BEHIND = /\/src\/(behind\.|(answers|details|handed-in)\/|cards\/Cards\.|capture\/(More|Refuse|Risk|Sealed|Sitting|WayOut|ways)\.|enrol\/(Already|Aside|Code|Elsewhere|Ended|Keep|install)\.|home\/(Below|Finish|Nag|Row|Start|Where)\.|paraglide\/messages\/((answers|arrive|below|cards|ended|finish|handed_in|late|more|nag|refuse|risk|sealed|sitting|start|where)_|ui_stuck)|ui\/(Qr|Stuck|Sure)\.)/
/** What goes over HTTP alone, which few phones ever need. */
const OVER_HTTP = /\/src\/sync\/(former|over-http|rest|twin)\./

const SRC = resolve(import.meta.dirname, 'src')
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
    // Many small chunks compress worse, and each costs the worker a hash.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Letters compress better by themselves than in the middle of script.
            { name: 'words', test: 'virtual:packed-words', priority: 3 },
            { name: 'app', test: (id) => id.startsWith(SRC) && ![DESK, BEHIND, OVER_HTTP].some((it) => it.test(id)), priority: 2 },
            { name: 'behind', test: BEHIND, priority: 1 },
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
