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

/**
 * The catalogue: every string of a screen, from messages/en/*.json, as a function of src/paraglide/messages.js. It is
 * written there before anything is bundled, and again when a message changes. What a phone downloads has one language,
 * so nothing has to choose it at run time, and what chooses is taken out: 1.5 kB gzipped. Where a newer compiler writes
 * its modules in another way, the build stops and says so.
 */
export function catalogue(): Plugin[] {
  return [paraglideVitePlugin({ project: './project.inlang', outdir: './src/paraglide', outputStructure: 'message-modules', strategy: ['baseLocale'], emitReadme: false }), oneLanguage(), page()].flat()
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

/** Gives index.html its words, as `%page_…%`: they are seen before, or without, any script. */
function page(): Plugin {
  return {
    name: 'earshot-page',
    transformIndexHtml(html) {
      const messages = JSON.parse(readFileSync(resolve(import.meta.dirname, '../messages/en/page.json'), 'utf8')) as { [key: string]: string }
      return html.replace(/%(page_\w+)%/g, (_, key: string) => {
        const text = messages[key]
        if (text === undefined) throw new Error(`index.html asks for ${key}: put it into messages/en/page.json`)
        return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
      })
    },
  }
}
