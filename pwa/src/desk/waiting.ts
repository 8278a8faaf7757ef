/** What waits at a desk, for how long: what makes not answering visible. */
import type { Rec } from '../sync'
import { object, part, set, text } from '../ui/fields'
import type { Sum } from './summing'
import { reviewOf } from './triage'

const DECIDED = ['decided', 'done']
const DAY = 86_400_000

/** Said, and nothing decided: every view that is in no decided matter; what was set aside is not waited for. */
export function undecided(views: Rec[], matters: Rec[]): Rec[] {
  return byAge(views.filter(isUndecided(matters)))
}

export function isUndecided(matters: Rec[]): (view: Rec) => boolean {
  const decided = new Set(matters.filter((it) => DECIDED.includes(text(it, 'status'))).map((it) => it.r))
  return (view) => {
    if (reviewOf(view) === 'set_aside') return false
    const { matters: of } = view.f
    return !Array.isArray(of) || !of.some((id) => decided.has(id as string))
  }
}

/** Accepted, and in no matter. */
export function withoutMatter(views: Rec[]): Rec[] {
  return byAge(views.filter((it) => reviewOf(it) === 'accepted' && set(it, 'matters').length === 0))
}

/** Open, and nobody's. */
export function withoutPerson(matters: Rec[]): Rec[] {
  const open = (it: Rec): boolean => !['done', 'parked'].includes(text(it, 'status')) && text(it, 'merged_into') === ''
  return byAge(matters.filter((it) => open(it) && text(it, 'owner') === ''))
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
  return byAge(answers.filter((it) => (text(it, 'status') || 'draft') === 'draft'))
}

/** Since when it waits: when it was heard, else when it was made, which the id of all else tells. */
export const since = (rec: Rec): Date => new Date(sinceWhen(rec))

/** `since`, in milliseconds. */
export function sinceWhen(rec: Rec): number {
  const heard = Date.parse(text(rec, 'at'))
  return Number.isNaN(heard) ? Number.parseInt(rec.r.replace('-', '').slice(0, 12), 16) || 0 : heard
}

/** Whole days from then to now. */
export function daysSince(then: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - then.getTime()) / DAY))
}

/** How many wait, and since when the oldest of them does. */
export interface Waits {
  n: number
  oldest: Date
}

/** How many came by which channel, and since when the oldest of each waits; the longest wait first. */
export class Channels implements Sum<(Waits & { method: string })[]> {
  readonly #by: { [method: string]: Count } = {}

  take(view: Rec, since = sinceWhen(view)): void {
    const count = (this.#by[text(view, 'method')] ??= new Count())
    count.add(since)
  }

  total(): (Waits & { method: string })[] {
    return Object.entries(this.#by)
      .map(([method, count]) => ({ method, ...count.waits }))
      .sort((a, b) => a.oldest.getTime() - b.oldest.getTime())
  }
}

/** What a desk's first page says of all views: how many nobody has looked at, and how many wait, by which channel. */
export class AtDesk implements Sum<{ fresh: Waits; waits: Waits; channels: ReturnType<Channels['total']> }> {
  readonly #waits: (view: Rec) => boolean
  readonly #fresh = new Count()
  readonly #all = new Count()
  readonly #channels = new Channels()

  constructor(matters: Rec[]) {
    this.#waits = isUndecided(matters)
  }

  take(view: Rec): void {
    const since = sinceWhen(view)
    if (reviewOf(view) === 'new') this.#fresh.add(since)
    if (!this.#waits(view)) return
    this.#all.add(since)
    this.#channels.take(view, since)
  }

  total(): { fresh: Waits; waits: Waits; channels: ReturnType<Channels['total']> } {
    return { fresh: this.#fresh.waits, waits: this.#all.waits, channels: this.#channels.total() }
  }
}

class Count {
  #n = 0
  #oldest = Infinity

  add(since: number): void {
    this.#n++
    this.#oldest = Math.min(this.#oldest, since)
  }

  get waits(): Waits {
    return { n: this.#n, oldest: new Date(this.#oldest) }
  }
}

/** The oldest first. */
function byAge(recs: Rec[]): Rec[] {
  return recs
    .map((rec) => ({ rec, since: sinceWhen(rec) }))
    .sort((a, b) => a.since - b.since || (a.rec.r < b.rec.r ? -1 : 1))
    .map(({ rec }) => rec)
}
