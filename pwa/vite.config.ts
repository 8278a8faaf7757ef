import { createHash } from 'node:crypto'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { build, defineConfig, type Plugin } from 'vite'

/** Screens that a volunteer never opens: their chunks are not fetched, nor kept, on a volunteer's phone. */
const DESK = /\/src\/(desk|programme)\//

const OUT = resolve(import.meta.dirname, 'dist')

/**
 * Builds the service worker after the page, with the list of files it has to keep written into it: `shell`, what
 * every phone needs, and `desk`, what only a desk opens. Its version is a hash of their names and contents.
 */
function serviceWorker(): Plugin {
  return {
    name: 'earshot-service-worker',
    apply: 'build',
    async writeBundle(_options, bundle) {
      const shell = new Set<string>()
      const chunks = Object.values(bundle).filter((it) => it.type === 'chunk')
      const visit = (file: string): void => {
        const chunk = chunks.find((it) => it.fileName === file)
        if (!chunk || shell.has(file)) return
        if (!chunk.isEntry && chunk.moduleIds.some((id) => DESK.test(id))) return
        shell.add(file)
        chunk.viteMetadata?.importedCss.forEach((css) => shell.add(css))
        chunk.viteMetadata?.importedAssets.forEach((asset) => shell.add(asset))
        for (const next of [...chunk.imports, ...chunk.dynamicImports]) visit(next)
      }
      for (const chunk of chunks) if (chunk.isEntry) visit(chunk.fileName)
      const still = readdirSync(resolve(import.meta.dirname, 'public'), { recursive: true, withFileTypes: true })
        .filter((it) => it.isFile())
        .map((it) => join(it.parentPath, it.name).slice(resolve(import.meta.dirname, 'public').length + 1))
      const desk = Object.keys(bundle).filter((file) => !shell.has(file) && file !== 'index.html')
      const named = (path: string): [path: string, integrity: string] => {
        const bytes = readFileSync(join(OUT, path === '/' ? 'index.html' : path))
        return [path === '/' ? path : `/${path}`, `sha256-${createHash('sha256').update(bytes).digest('base64')}`]
      }
      const kept = { shell: ['/', ...shell, ...still].map(named), desk: desk.map(named) }
      writeFileSync(resolve(import.meta.dirname, 'size/kept.json'), JSON.stringify(kept, null, 1))
      const version = createHash('sha256').update(JSON.stringify(kept)).digest('hex').slice(0, 16)
      await build({
        configFile: false,
        logLevel: 'warn',
        publicDir: false,
        define: {
          __SHELL__: JSON.stringify(kept.shell),
          __DESK__: JSON.stringify(kept.desk),
          __VERSION__: JSON.stringify(version),
        },
        build: {
          outDir: OUT,
          emptyOutDir: false,
          modulePreload: false,
          rolldownOptions: {
            input: resolve(import.meta.dirname, 'src/sw.ts'),
            output: { entryFileNames: 'sw.js', format: 'iife' },
          },
        },
      })
    },
  }
}

const server = process.env.EARSHOT_DEV_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [svelte(), serviceWorker()],
  build: { outDir: OUT, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
  define: { __APP_VERSION__: JSON.stringify(process.env.npm_package_version ?? '0') },
  server: {
    proxy: {
      '/v1': { target: server, ws: true, changeOrigin: true },
      '/s/': { target: server, changeOrigin: true },
      '/r': { target: server, changeOrigin: true },
    },
  },
})
