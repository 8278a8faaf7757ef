import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { build, type Plugin, type ResolvedConfig, type Rolldown } from 'vite'

/** Screens that a volunteer never opens: their chunks are not fetched, nor kept, on a volunteer's phone. */
const DESK = /\/src\/(desk|programme)\//
/** The way in that keeps nothing: no worker runs there, and none keeps its chunks. */
const SHARED = /\/src\/shared\/start\.ts$/
/** Of what stands in public/, that which the page itself shows; the other icons are for whoever installs the app. */
const STILL = ['icon.svg', 'manifest.webmanifest']

const ENTRY = resolve(import.meta.dirname, '../src/main.ts')

type Chunk = Rolldown.OutputChunk

/**
 * Builds the service worker after the page, with the list of files it has to keep written into it: `shell`, what
 * every phone needs, and `desk`, what only a desk opens. Its version is a hash of their names and contents.
 */
export function serviceWorker(out: string): Plugin {
  let page: ResolvedConfig
  return {
    name: 'earshot-service-worker',
    apply: 'build',
    configResolved(config) {
      page = config
    },
    async writeBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((it) => it.type === 'chunk')
      // `first`: what the page asks for before it takes typing. The rest of the shell comes behind it.
      const first = [...reached(chunks, false), 'icon.svg']
      const shell = [...new Set([...reached(chunks, true), ...STILL])]
      const shared = filesOf(chunks.filter(({ moduleIds }) => moduleIds.some((id) => SHARED.test(id))))
      const desk = Object.keys(bundle).filter((file) => !shell.includes(file) && !shared.includes(file) && file !== 'index.html')
      const named = (path: string): [path: string, integrity: string] => {
        const bytes = readFileSync(join(out, path === '/' ? 'index.html' : path))
        return [path === '/' ? path : `/${path}`, `sha256-${createHash('sha256').update(bytes).digest('base64')}`]
      }
      const kept = { shell: ['/', ...shell].map(named), desk: desk.map(named) }
      const handIn = await script(page, '../src/sync/worker.ts', 'assets/hand-in-[hash].js', page.define ?? {})
      // For the size test (size/size.mjs). The worker itself takes in what hands in without a page.
      writeFileSync(resolve(import.meta.dirname, '../size/kept.json'), JSON.stringify({ first: ['index.html', 'sw.js', ...first], shell: [...shell, handIn], desk }, null, 1))
      await script(page, '../src/sw.ts', 'sw.js', {
        __SHELL__: JSON.stringify(kept.shell),
        __DESK__: JSON.stringify(kept.desk),
        __VERSION__: JSON.stringify(createHash('sha256').update(JSON.stringify([kept, handIn])).digest('hex').slice(0, 16)),
        __HAND_IN__: JSON.stringify(`/${handIn}`),
      })
    },
  }
}

/** Builds a worker's script beside the page, for the same browsers, and gives its path. */
async function script({ build: { outDir, target } }: ResolvedConfig, source: string, entryFileNames: string, define: { [name: string]: unknown }): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define,
    build: {
      outDir,
      emptyOutDir: false,
      modulePreload: false,
      target,
      rolldownOptions: { input: resolve(import.meta.dirname, source), output: { entryFileNames, format: 'iife' } },
    },
  })
  return ([built].flat() as Rolldown.RolldownOutput[])[0]?.output[0].fileName ?? ''
}

/** Files that the page leads to on a volunteer's phone: at once, or also `later`. */
function reached(chunks: Chunk[], later: boolean): string[] {
  const files = new Set<string>()
  const visit = (file: string): void => {
    const chunk = chunks.find((it) => it.fileName === file)
    if (!chunk || files.has(file)) return
    if (chunk.moduleIds.some((id) => DESK.test(id) || SHARED.test(id))) return
    filesOf([chunk]).forEach((it) => files.add(it))
    for (const next of [...chunk.imports, ...(later ? chunk.dynamicImports : [])]) visit(next)
  }
  for (const chunk of chunks) if (chunk.moduleIds.includes(ENTRY)) visit(chunk.fileName)
  return [...files]
}

/** Chunks with the styles and other files that they bring. */
function filesOf(chunks: Chunk[]): string[] {
  return chunks.flatMap(({ fileName, viteMetadata: brings }) => [fileName, ...(brings?.importedCss ?? []), ...(brings?.importedAssets ?? [])])
}
