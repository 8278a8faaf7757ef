/** What waits at a desk, for how long: what makes not answering visible. */
import type { Rec } from '../sync'
import { object, part, set, text } from '../ui/fields'
import { reviewOf } from './triage'

const DECIDED = ['decided', 'done']
const DAY = 86_400_000

/** Said, and nothing decided: every view that is in no decided matter; what was set aside is not waited for. */
export function undecided(views: Rec[], matters: Rec[]): Rec[] {
  return views.filter(isUndecided(matters)).sort(oldestFirst)
}

export function isUndecided(matters: Rec[]): (view: Rec) => boolean {
  const decided = new Set(matters.filter((it) => DECIDED.includes(text(it, 'status'))).map((it) => it.r))
  return (view) => {
    if (reviewOf(view) === 'set_aside') return false
    const { matters: of } = view.f
    return !Array.isArray(of) || !of.some((id) => decided.has(id as string))
  }
}

/** How many, and since when the oldest of them waits; without putting them in order, since there may be very many. */
export function countOf(views: Rec[], counts: (view: Rec) => boolean): { n: number; oldest: Date } {
  let [n, oldest] = [0, Infinity]
  for (const view of views) {
    if (!counts(view)) continue
    n++
    oldest = Math.min(oldest, sinceWhen(view))
  }
  return { n, oldest: new Date(oldest) }
}

/** Accepted, and in no matter. */
export function withoutMatter(views: Rec[]): Rec[] {
  return views.filter((it) => reviewOf(it) === 'accepted' && set(it, 'matters').length === 0).sort(oldestFirst)
}

/** Open, and nobody's. */
export function withoutPerson(matters: Rec[]): Rec[] {
  const open = (it: Rec): boolean => !['done', 'parked'].includes(text(it, 'status')) && text(it, 'merged_into') === ''
  return matters.filter((it) => open(it) && text(it, 'owner') === '').sort(oldestFirst)
}

/** Whose move is next for a view: whoever has its matter, else whoever has what comes by its channel; '' where that is nobody. */
export function nextOwner(view: Rec, matters: Rec[], paths: Paths): string {
  const owners = set(view, 'matters').map((id) => text(matters.find((it) => it.r === id), 'owner'))
  return owners.find((it) => it !== '') ?? paths[text(view, 'method')]?.owner ?? ''
}

/** Who has what comes by a channel, and how many days there are for it. */
export interface Paths {
  [method: string]: { owner: string; days: number | null }
}

/** The ways that this DAT has set for each channel. */
export function pathsOf(dat: Rec | undefined): Paths {
  const paths: Paths = {}
  for (const [method, it] of Object.entries(object(dat?.f.paths))) {
    const days = object(it).days
    paths[method] = { owner: part(it, 'owner'), days: typeof days === 'number' ? days : null }
  }
  return paths
}

/** Whether it has waited longer than its channel allows. */
export function overdue(view: Rec, paths: Paths, now: Date): boolean {
  const days = paths[text(view, 'method')]?.days ?? null
  return days !== null && daysSince(since(view), now) > days
}

/** Written, and not published. */
export function unpublished(answers: Rec[]): Rec[] {
  return answers.filter((it) => (text(it, 'status') || 'draft') === 'draft').sort(oldestFirst)
}

/** Since when it waits: when it was heard, else when it was made, which the id of all else tells. */
export const since = (rec: Rec): Date => new Date(sinceWhen(rec))

/** A record that has not changed is the same object: when it was heard is read once. */
const read = new WeakMap<Rec, number>()

/** `since`, in milliseconds. */
export function sinceWhen(rec: Rec): number {
  const held = read.get(rec)
  if (held !== undefined) return held
  const heard = Date.parse(text(rec, 'at'))
  const at = Number.isNaN(heard) ? Number.parseInt(rec.r.replace('-', '').slice(0, 12), 16) || 0 : heard
  read.set(rec, at)
  return at
}

/** Whole days from then to now. */
export function daysSince(then: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - then.getTime()) / DAY))
}

/** How many came by which channel, and since when the oldest of each waits; the longest wait first. */
export function byChannel(views: Rec[], counts: (view: Rec) => boolean = () => true): { method: string; views: number; oldest: Date }[] {
  const channels: { [method: string]: { views: number; oldest: number } } = {}
  for (const view of views) {
    if (!counts(view)) continue
    const held = (channels[text(view, 'method')] ??= { views: 0, oldest: Infinity })
    held.views++
    held.oldest = Math.min(held.oldest, sinceWhen(view))
  }
  return Object.entries(channels)
    .sort(([, a], [, b]) => a.oldest - b.oldest)
    .map(([method, it]) => ({ method, views: it.views, oldest: new Date(it.oldest) }))
}

function oldestFirst(a: Rec, b: Rec): number {
  return sinceWhen(a) - sinceWhen(b) || (a.r < b.r ? -1 : 1)
}
