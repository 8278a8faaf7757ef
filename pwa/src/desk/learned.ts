/** What the server has learnt from this desk's decisions about a view that waits, as this app reads it. */
import type { Json } from '../sync'
import type { Asked } from '../sync/asking'
import { object, part } from '../ui/fields'

export interface Learned {
  /** The likely themes, the likeliest first. */
  themes: { theme: string; score: number; words: string[] }[]
  matter: { matter: string; theme: boolean; service: boolean; words: string[] } | null
  /** The view that it may repeat. */
  same: string | null
}

/** What is said of each view, by its id. */
export interface Page {
  [view: string]: Learned
}

/** An answer of the server; what is not known in it is left out. */
export function pageOf(answer: Asked): Page {
  const page: Page = {}
  for (const it of list(answer.views)) {
    const { themes, matter, same } = object(it)
    page[part(it, 'view')] = {
      themes: list(themes).map((of) => ({ theme: part(of, 'theme'), score: score(of), words: words(of) })),
      matter: part(matter, 'matter') === '' ? null : { matter: part(matter, 'matter'), theme: object(matter).theme === true, service: object(matter).service === true, words: words(matter) },
      same: part(same, 'view') || null,
    }
  }
  return page
}

function list(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : []
}

function words(of: Json | undefined): string[] {
  return list(object(of).because).filter((it) => typeof it === 'string')
}

function score(of: Json): number {
  const it = object(of).score
  return typeof it === 'number' ? it : 0
}
