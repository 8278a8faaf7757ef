import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import type { Plugin } from 'vite'

const MESSAGE = /\/paraglide\/messages\/(?!_index)[^/]+\.js$/

/** What a message's module is made of where there is one language: its text, and a wrapper that chooses the language. */
const RUNTIME = /^import \{[^}]*\} from '\.\.\/runtime\.js';\n/m
const WRAPPER = /\/\*\*(?:(?!\*\/)[^])*\*\/\nexport const (\w+) = [^]*return (\w+)\(inputs\)\n\}\);?\s*$/
/** What a message takes is given wherever it is asked for: the types see to it. */
const INPUT = /((?:\$\{|\(|, )i)\?\./g

/** Another language than the one that phones are given, compiled beforehand: what tests look at the screens in. */
export interface Language {
  /** Holds `paraglide`, what the compiler wrote, and `messages/LANGUAGE/page.json`. */
  folder: string
  language: string
  direction: 'ltr' | 'rtl'
}

const OURS: Parameters<typeof paraglideVitePlugin>[0] = { project: './project.inlang', outdir: './src/paraglide', outputStructure: 'message-modules', strategy: ['baseLocale'], emitReadme: false }

/**
 * The catalogue: every string of a screen, from messages/en/*.json, as a function of src/paraglide/messages.js. It is
 * written there before anything is bundled, and again when a message changes. What a phone downloads has one language,
 * so nothing has to choose it at run time, and what chooses is taken out: 1.5 kB gzipped. Where a newer compiler writes
 * its modules in another way, the build stops and says so.
 */
export function catalogue(other?: Language): Plugin[] {
  return [other ? inItsPlace(other) : paraglideVitePlugin(OURS), oneLanguage(), page(other)].flat()
}

function inItsPlace({ folder }: Language): Plugin {
  return {
    name: 'earshot-other-language',
    enforce: 'pre',
    resolveId: (id) => (id.endsWith('/paraglide/messages.js') ? resolve(folder, 'paraglide/messages.js') : null),
  }
}

function oneLanguage(): Plugin {
  return {
    name: 'earshot-one-language',
    transform(code, id) {
      if (!MESSAGE.test(id)) return null
      if (!RUNTIME.test(code) || !WRAPPER.test(code)) this.error(`${id} is not as it was any more: mend plugins/catalogue.ts`)
      return { code: code.replace(RUNTIME, '').replace(WRAPPER, 'export { $2 as $1 }\n').replace(INPUT, '$1.'), map: null }
    },
  }
}

/** Gives a page its words, as `%page_…%`: they are seen before, or without, any script. */
function page(other?: Language): Plugin {
  return {
    name: 'earshot-page',
    transformIndexHtml(html) {
      const path = other ? resolve(other.folder, `messages/${other.language}/page.json`) : resolve(import.meta.dirname, '../messages/en/page.json')
      const messages = JSON.parse(readFileSync(path, 'utf8')) as { [key: string]: string }
      const said = html.replace(/%(page_\w+)%/g, (_, key: string) => {
        const text = messages[key]
        if (text === undefined) throw new Error(`the page asks for ${key}: put it into messages/en/page.json`)
        return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
      })
      return other ? said.replace('<html lang="en-GB"', `<html lang="${other.language}" dir="${other.direction}"`) : said
    },
  }
}
