/** Which matters a view may be linked to from this screen, the likely ones first. */
import type { Rec } from '../sync'
import { set, text } from '../ui/fields'
import { shared } from './alike'

export interface Fit {
  matter: Rec
  because: ('repeat' | 'service' | 'theme')[]
  /** Words that the view shares with the matter's title. */
  words: string[]
}

/**
 * A view about staff is not offered a matter that its service sees: the server would take the link away again in the
 * same commit, and rightly.
 */
export function mayLink(view: Rec, matter: Rec): boolean {
  if (text(matter, 'merged_into') !== '') return false
  if (text(view, 'handling') !== 'sensitive') return true
  return text(matter, 'handling') === 'sensitive' || !set(matter, 'services').includes(text(view, 'service'))
}

/** Matters for this view: open before ended, then by what they share with it, then the newest. `twin` is the view that it repeats. */
export function fits(view: Rec, matters: Rec[], find = '', twin?: Rec): Fit[] {
  const linked = new Set(set(view, 'matters'))
  const themes = new Set(set(view, 'themes'))
  const repeated = new Set(set(twin, 'matters'))
  const wanted = find.trim().toLocaleLowerCase('en-GB')
  const ended = (it: Rec): number => (['done', 'parked'].includes(text(it, 'status')) ? 1 : 0)
  return matters
    .filter((it) => !linked.has(it.r) && mayLink(view, it) && text(it, 'title').toLocaleLowerCase('en-GB').includes(wanted))
    .map((matter) => {
      const because: Fit['because'] = []
      if (repeated.has(matter.r)) because.push('repeat')
      if (set(matter, 'themes').some((it) => themes.has(it))) because.push('theme')
      if (set(matter, 'services').includes(text(view, 'service'))) because.push('service')
      return { matter, because, words: shared(text(view, 'words'), text(matter, 'title')) }
    })
    .sort((a, b) => ended(a.matter) - ended(b.matter) || weight(b) - weight(a) || (a.matter.r < b.matter.r ? 1 : -1))
}

/** A repeat says most; two words in common more than a theme, a theme more than a service, which has many matters. */
function weight(fit: Fit): number {
  return (fit.because.includes('repeat') ? 8 : 0) + 1.5 * fit.words.length + (fit.because.includes('theme') ? 2 : 0) + (fit.because.includes('service') ? 1 : 0)
}

/** A matter raised from a view begins as narrow as the view. */
export function handlingFor(view: Rec): 'open' | 'closed' | 'sensitive' {
  const handling = text(view, 'handling')
  return handling === 'closed' || handling === 'sensitive' ? handling : 'open'
}
