import { resolve } from 'node:path'
import type { Rolldown } from 'vite'

const SRC = resolve(import.meta.dirname, '../src')
const CATALOGUE = `${SRC}/paraglide/`

type NameOf = (id: string, build: Rolldown.ChunkingContext) => string | null

/**
 * Names the file that a module of the app goes into. `app` is what the page imports at once; `behind`, what behind.ts
 * imports beside that. Whatever else there is (a desk's screens, what goes over HTTP alone) the bundler splits off by
 * itself, where it is imported. A message goes where it is said, since every module imports all of them. Many small
 * chunks would compress worse, and each costs the worker a hash.
 */
export function chunks(): NameOf {
  let named: Map<string, string> | undefined
  return (id, build) => (named ??= nameAll(build)).get(id) ?? null
}

function nameAll(build: Rolldown.ChunkingContext): Map<string, string> {
  const named = new Map<string, string>()
  for (const [chunk, entry] of [['app', 'main.ts'], ['behind', 'behind.ts']] as const) {
    const modules = imported(build, `${SRC}/${entry}`).filter((id) => !named.has(id))
    const said = modules.flatMap((id) => build.getModuleInfo(id)?.code?.match(/(?<=\bm\.)\w+/g) ?? [])
    for (const id of [...modules, ...said.map((key) => `${CATALOGUE}messages/${key}.js`)]) if (!named.has(id)) named.set(id, chunk)
  }
  return named
}

/** A module of the app and those that it imports, and they, without the catalogue. */
function imported(build: Rolldown.ChunkingContext, entry: string): string[] {
  const all = new Set<string>([entry])
  for (const id of all) for (const next of build.getModuleInfo(id)?.importedIds ?? []) if (next.startsWith(SRC) && !next.startsWith(CATALOGUE)) all.add(next)
  return [...all]
}
