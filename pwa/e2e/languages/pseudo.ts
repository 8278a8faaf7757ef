/**
 * Languages that nobody speaks, made of the catalogue: what is on the screen and not in them is written into the source,
 * and what does not stand them would not stand a translation. `en-XA` has an accent on every letter and is a third
 * longer, as German or Welsh would be; `en-XB` is read from right to left as well.
 */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compile } from '@inlang/paraglide-js'
import type { Language } from '../../plugins/catalogue'

const PWA = join(import.meta.dirname, '../..')
const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const ACCENTED = 'áƀćđéƒğĥíĵķłɱñóþɋŕšťúṽŵẋýžÁɃĆĐÉƑĞĤÍĴĶŁṀÑÓÞɊŔŠŤÚṼŴẊÝŽ'
const LONGER = 0.35
/** What more there is to read, cut to the length that is needed. */
const MORE = 'óñé ťŵó ťĥŕéé ƒóúŕ ƒíṽé šíẋ šéṽéñ éíğĥť ñíñé ťéñ '.repeat(6)
/** What a message holds that no translator touches. */
const KEPT = /\{\w+\}|DAT\b/g
/** A language's own name, for the browser's days and months. */
const CODES = new Set(['ui_language'])

export const LANGUAGES = [
  { language: 'en-XA', direction: 'ltr' },
  { language: 'en-XB', direction: 'rtl' },
] as const

/** A text in either of the two. */
export function pseudo(text: string): string {
  const said = text.split(KEPT).map((part) => [...part].map((letter) => ACCENTED[PLAIN.indexOf(letter)] ?? letter).join(''))
  const kept = text.match(KEPT) ?? []
  const whole = said.flatMap((part, at) => [part, kept[at] ?? '']).join('')
  if (!/[a-z]/i.test(text)) return whole
  const more = MORE.slice(0, Math.ceil(text.length * LONGER)).trimEnd()
  // One word grows as a word, so that it shows where a word does not fit.
  return text.includes(' ') ? `${whole} ${more}` : `${whole}${more.replaceAll(' ', '')}`
}

/** Writes and compiles the catalogue in one of them. */
export async function translate({ language, direction }: (typeof LANGUAGES)[number]): Promise<Language> {
  const folder = join(PWA, 'node_modules/.languages', language)
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'project.inlang'), { recursive: true })
  await mkdir(join(folder, 'messages', language), { recursive: true })
  const settings = JSON.parse(await readFile(join(PWA, 'project.inlang/settings.json'), 'utf8')) as object
  const modules = ['../../@inlang/plugin-message-format/dist/index.js']
  await writeFile(join(folder, 'project.inlang/settings.json'), JSON.stringify({ ...settings, baseLocale: language, locales: [language], modules }))
  for (const name of await readdir(join(PWA, 'messages/en'))) {
    const english = JSON.parse(await readFile(join(PWA, 'messages/en', name), 'utf8')) as { [key: string]: unknown }
    const said = Object.entries(english).map(([key, value]) => [key, key === '$schema' || CODES.has(key) ? value : inPseudo(value)])
    await writeFile(join(folder, 'messages', language, name), JSON.stringify(Object.fromEntries(said)))
  }
  await compile({ project: join(folder, 'project.inlang'), outdir: join(folder, 'paraglide'), outputStructure: 'message-modules', strategy: ['baseLocale'] })
  return { folder, language, direction }
}

function inPseudo(message: unknown): unknown {
  if (typeof message === 'string') return message === '' ? '' : pseudo(message)
  const variants = message as { match: { [when: string]: string } }[]
  return variants.map((it) => ({ ...it, match: Object.fromEntries(Object.entries(it.match).map(([when, text]) => [when, inPseudo(text)])) }))
}
