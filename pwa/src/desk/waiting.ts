/** What waits at a desk, for how long: what makes not answering visible. */
import type { Rec } from '../sync'
import { object, part, set, text } from '../ui/fields'
import { reviewOf } from './triage'

const DECIDED = ['decided', 'done']
const DAY = 86_400_000

/** Said, and nothing decided: every view that is in no decided matter; what was set aside is not waited for. */
export function undecided(views: Rec[], matters: Rec[]): Rec[] {
  const decided = new Set(matters.filter((it) => DECIDED.includes(text(it, 'status'))).map((it) => it.r))
  return views.filter((it) => reviewOf(it) !== 'set_aside' && !set(it, 'matters').some((id) => decided.has(id))).sort(oldestFirst)
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
export function since(rec: Rec): Date {
  const heard = Date.parse(text(rec, 'at'))
  return new Date(Number.isNaN(heard) ? Number.parseInt(rec.r.replace('-', '').slice(0, 12), 16) || 0 : heard)
}

/** Whole days from then to now. */
export function daysSince(then: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - then.getTime()) / DAY))
}

/** How many came by which channel, and since when the oldest of each waits; the longest wait first. */
export function byChannel(views: Rec[]): { method: string; views: number; oldest: Date }[] {
  const channels: { [method: string]: { views: number; oldest: Date } } = {}
  for (const view of views) {
    const at = since(view)
    const held = (channels[text(view, 'method')] ??= { views: 0, oldest: at })
    held.views++
    if (at < held.oldest) held.oldest = at
  }
  return Object.entries(channels)
    .map(([method, it]) => ({ method, ...it }))
    .sort((a, b) => a.oldest.getTime() - b.oldest.getTime())
}

function oldestFirst(a: Rec, b: Rec): number {
  return since(a).getTime() - since(b).getTime() || (a.r < b.r ? -1 : 1)
}
