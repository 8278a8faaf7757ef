/** Which views a desk goes through, and in which order. */
import type { Rec } from '../sync'
import { count, set, text } from '../ui/fields'
import type { Rule } from './ranked'

export const ages = ['days7', 'over7', 'over28'] as const

/** What the list is narrowed to; '' narrows nothing. */
export interface Filter {
  review: '' | 'new' | 'accepted' | 'set_aside'
  service: string
  theme: string
  kind: string
  by: string
  age: '' | (typeof ages)[number]
  find: string
}

/** What a desk opens with. */
export const fresh: Filter = { review: 'new', service: '', theme: '', kind: '', by: '', age: '', find: '' }

const DAY = 86_400_000
/** From this weight on a view leaves the queue and stands before it. */
const URGENT = 4

export const reviewOf = (view: Rec): string => text(view, 'review') || 'new'
export const isUrgent = (view: Rec): boolean => count(view, 'weight') >= URGENT

/** What a filter lets through: what is urgent first, then the newest. It asks for the time only where it looks at ages. */
export function ruleOf(filter: Filter, themes: Rec[], now: () => Date): Rule {
  // Read here, once: whoever watches what this depends on sees that.
  const { review, service, kind, by, age } = filter
  const within = filter.theme === '' ? null : themesWithin(themes, filter.theme)
  const wanted = plain(filter.find.trim()).split(/\s+/).filter((it) => it !== '')
  const ago = (days: number): string => (age === '' ? '' : new Date(now().getTime() - days * DAY).toISOString())
  const [week, month] = [ago(7), ago(28)]
  const ofAge = (at: string): boolean => {
    if (age === 'days7') return at >= week
    if (age === 'over7') return at < week
    return age === '' || at < month
  }
  const keeps = (it: Rec): boolean =>
    (review === '' || reviewOf(it) === review) &&
    (service === '' || text(it, 'service') === service) &&
    (kind === '' || text(it, 'kind') === kind) &&
    (by === '' || text(it, 'by') === by) &&
    (within === null || set(it, 'themes').some((theme) => within.has(theme))) &&
    ofAge(text(it, 'at')) &&
    wanted.every((word) => readable(it).includes(word))
  return { keeps, order: inOrder }
}

/** The views that a filter lets through, all at once: for few, or for somebody who waits for them. */
export function through(views: Rec[], filter: Filter, themes: Rec[], now: Date): Rec[] {
  const { keeps, order } = ruleOf(filter, themes, () => now)
  return views.filter(keeps).sort(order)
}

/** How many of a filter's choices narrow the list, besides where it begins and what is searched for. */
export function narrowed(filter: Filter): number {
  const { find, review, ...choices } = filter
  void find
  return Object.values(choices).filter((it) => it !== '').length + (review === fresh.review ? 0 : 1)
}

function inOrder(a: Rec, b: Rec): number {
  const urgent = Number(isUrgent(b)) - Number(isUrgent(a))
  if (urgent !== 0) return urgent
  const [left, right] = [text(a, 'at'), text(b, 'at')]
  return left < right ? 1 : left > right ? -1 : a.r < b.r ? 1 : a.r > b.r ? -1 : 0
}

/** A tile stands for the finer themes below it too. */
function themesWithin(themes: Rec[], id: string): Set<string> {
  return new Set([id, ...themes.filter((it) => text(it, 'parent') === id).map((it) => it.r)])
}

/** Letters without their case and marks: a search finds Zoe in ZOË. */
function plain(said: string): string {
  return said.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
}

/** A record that has not changed is the same object: what a search reads of it is worked out once. */
const read = new WeakMap<Rec, string>()
function readable(view: Rec): string {
  const held = read.get(view)
  if (held !== undefined) return held
  const said = plain(`${text(view, 'words')} ${text(view, 'summary')}`)
  read.set(view, said)
  return said
}
