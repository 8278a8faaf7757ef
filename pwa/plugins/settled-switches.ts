import type { Plugin } from 'vite'

/** Svelte's run-time switches, by file: what is never turned on here, and how its turning on is taken out. */
const SWITCHES: { file: RegExp; changes: [from: RegExp, to: string][] }[] = [
  {
    file: /\/svelte\/src\/internal\/flags\/index\.js$/,
    changes: [
      [/export let (\w+) = false/g, 'export const $1 = false'],
      [/(function (?:en|dis)able_\w+\(\) \{)[^}]*\}/g, '$1}'],
    ],
  },
  {
    file: /\/svelte\/src\/internal\/client\/dom\/hydration\.js$/,
    changes: [
      [/export let hydrating = false/g, 'export const hydrating = false'],
      [/\thydrating = value;/g, ''],
    ],
  },
]

/**
 * This app is never rendered on a server, and uses neither Svelte's legacy nor its async mode. Svelte asks at run time;
 * as constants the bundler sees it too, and leaves out what hangs on them: 3 kB gzipped. Where a newer Svelte no
 * longer reads as it does here, the build stops and says so.
 */
export function settledSwitches(): Plugin {
  return {
    name: 'earshot-settled-switches',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      const found = SWITCHES.find((it) => it.file.test(id))
      if (!found) return null
      for (const [from, to] of found.changes) {
        if (!code.match(from)) this.error(`${id} has no ${from} any more: mend plugins/settled-switches.ts`)
        code = code.replace(from, to)
      }
      return { code, map: null }
    },
  }
}
