/**
 * What a desk is offered for a view, each with its reason: themes, a matter to link to, a view that it may repeat.
 * Nothing here acts by itself. This device works them out from words alone; `learnt` puts before them what the server
 * has learnt from this desk's decisions, where there is a line.
 */
import type { Rec } from '../sync'
import { set, text } from '../ui/fields'
import { carrying, shared } from './alike'
import { fits, mayLink, type Fit } from './fit'
import type { Learned } from './learned'
import { reviewOf } from './triage'
import { sinceWhen } from './waiting'

export interface Suggestions {
  themes: { theme: string; words: string[] }[]
  matters: Fit[]
  repeats: { view: Rec; words: string[] }[]
}

export type Suggest = (view: Rec) => Suggestions

/** What suggestions are made from, where nothing but this device is asked. */
export interface Held {
  views: Rec[]
  matters: Rec[]
  themes: Rec[]
}

const WEEK = 7 * 86_400_000
/** So far apart the same thing may be said twice and still be the same. */
const NEAR = 4 * WEEK
/** Of the shorter one's carrying words this share must be in both, and so many of them. */
const ALIKE = { share: 0.5, words: 3 }
const FEW = 2

export function suggestFrom({ views, matters, themes }: Held): Suggest {
  return (view) => {
    const twin = views.find((it) => it.r === text(view, 'same_as'))
    return { themes: themesFor(view, themes), matters: fits(view, matters, '', twin), repeats: twin ? [] : repeatsOf(view, views) }
  }
}

/** From this on a theme that the server names is worth a look, and so many of them. */
const WORTH = 0.25
const LOOKS = 3

/**
 * What the desk's own decisions have taught goes before what this device works out from words alone; a view may have
 * changed since it was asked about, so each is held against it as it is now.
 */
export function learnt(here: Suggestions, told: Learned | undefined, view: Rec, { views, matters, themes }: Held): Suggestions {
  if (!told) return here
  const chosen = new Set(set(view, 'themes'))
  const known = new Set(themes.map((it) => it.r))
  const matter = matters.find((it) => it.r === told.matter?.matter)
  const fit: Fit | null =
    told.matter && matter && mayLink(view, matter) && !set(view, 'matters').includes(matter.r)
      ? { matter, because: [...(told.matter.theme ? ['theme' as const] : []), ...(told.matter.service ? ['service' as const] : [])], words: told.matter.words }
      : null
  const twin = text(view, 'same_as') === '' ? views.find((it) => it.r === told.same) : undefined
  return {
    themes: told.themes.filter((it) => it.score >= WORTH && known.has(it.theme) && !chosen.has(it.theme)).slice(0, LOOKS),
    matters: fit ? [fit, ...here.matters.filter((it) => it.matter.r !== fit.matter.r)] : here.matters,
    repeats: twin ? [{ view: twin, words: shared(text(view, 'words'), text(twin, 'words')) }] : [],
  }
}

/**
 * Finer themes that have words of what was said in their name, or several in their meaning; those below a tile that was
 * tapped come first. One word alone says little: where a finer theme has been chosen, it takes more.
 */
function themesFor(view: Rec, themes: Rec[]): Suggestions['themes'] {
  const chosen = new Set(set(view, 'themes'))
  const said = text(view, 'words')
  const enough = themes.some((it) => text(it, 'parent') !== '' && chosen.has(it.r)) ? 2 : 1.5
  return themes
    .filter((it) => text(it, 'parent') !== '' && it.f.active !== false && !chosen.has(it.r))
    .map((it) => {
      const named = shared(said, `${text(it, 'name')} ${text(it, 'hint')}`)
      const words = [...new Set([...named, ...shared(said, text(it, 'definition'))])]
      return { theme: it.r, words, weight: words.length === 0 ? 0 : (named.length + words.length) / 2 + (chosen.has(text(it, 'parent')) ? 1 : 0) }
    })
    .filter((it) => it.weight >= enough)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, FEW)
    .map(({ theme, words }) => ({ theme, words }))
}

/**
 * Whether one of all views is worth holding against this one: it may be a repeat, or it is the one that this is said to
 * repeat, here or by the server. Quick, since there may be very many.
 */
export function mayRepeat(view: Rec, told: Learned | undefined): (other: Rec) => boolean {
  const [twin, same] = [text(view, 'same_as'), told?.same]
  const near = isNear(view)
  return (other) => other.r === twin || other.r === same || near(other)
}

/** Said about the same time and the same thing. Another repeat is no original; and of two that are alike only one repeats the other. */
function isNear(view: Rec): (other: Rec) => boolean {
  const [at, service, themes] = [sinceWhen(view), text(view, 'service'), set(view, 'themes')]
  return (it) => {
    const there = text(it, 'service') === service || (themes.length > 0 && set(it, 'themes').some((theme) => themes.includes(theme)))
    return there && Math.abs(sinceWhen(it) - at) <= NEAR && it.r !== view.r && text(it, 'same_as') === '' && reviewOf(it) !== 'set_aside'
  }
}

/** Views that say much the same; both accounts stay, whatever the desk answers. */
function repeatsOf(view: Rec, views: Rec[]): Suggestions['repeats'] {
  const said = text(view, 'words')
  const mine = carrying(said).size
  if (mine < ALIKE.words) return []
  return views
    .filter(isNear(view))
    .map((it) => {
      const words = shared(said, text(it, 'words'))
      const share = words.length / Math.max(1, Math.min(mine, carrying(text(it, 'words')).size))
      return { view: it, words, weight: words.length >= ALIKE.words && share >= ALIKE.share ? share + (text(it, 'service') === text(view, 'service') ? 0.2 : 0) : 0 }
    })
    .filter((it) => it.weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, FEW)
    .map(({ view, words }) => ({ view, words }))
}
