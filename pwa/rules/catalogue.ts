/** The catalogue as its files hold it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const PWA = join(import.meta.dirname, '..')

type Variants = { match: { [when: string]: string } }[]

export interface Message {
  key: string
  /** The name of its file, without `.json`. */
  file: string
  /** Each form that it may take. */
  texts: string[]
  /** When each of them is said (`code=gone`); none for a message with one form. */
  when: string[]
}

export function readCatalogue(): Message[] {
  const folder = join(PWA, 'messages/en')
  return readdirSync(folder).flatMap((name) => {
    const messages = JSON.parse(readFileSync(join(folder, name), 'utf8')) as { [key: string]: string | Variants }
    return Object.entries(messages).filter(([key]) => key !== '$schema').map(([key, value]) => ({
      key,
      file: name.replace('.json', ''),
      texts: typeof value === 'string' ? [value] : value.flatMap((it) => Object.values(it.match)),
      when: typeof value === 'string' ? [] : value.flatMap((it) => Object.keys(it.match)),
    }))
  })
}

/** Every source file of the screens, with its text. */
export function readScreens(): { path: string; text: string }[] {
  return readdirSync(join(PWA, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.(svelte|ts)$/.test(path) && !/^(sync|details|schema|paraglide|ui\/preview)\//.test(path) && !/\.test(-support)?\.ts$/.test(path) && path !== 'sw.ts')
    .map((path) => ({ path, text: readFileSync(join(PWA, 'src', path), 'utf8') }))
}
