/**
 * A volunteer's visits. What is sealed cannot be read again on the phone, so what a running visit needs to show (where,
 * how, since when, how many) is kept beside each op in its `about`; it holds nothing that anybody said.
 */
import type { Change, Earshot, HandedIn, Json, Rec } from '../sync'
import { dayOf } from '../ui/dates'
import { text } from '../ui/fields'
import type { Known } from '../ui/known.svelte'

export interface Visit {
  r: string
  service: string
  method: string
  status: string
  started: Date | null
  planned: Date | null
  ended: Date | null
  spoken: number
  declined: number
  /** To see whether a change that was claimed is there; then `note` says which. */
  check: boolean
  note: string
}

/** Every visit of this member, as the server has it with what was done here since laid over it. */
export function visitsOf(records: Rec[], handedIn: HandedIn[], member: string): Visit[] {
  const fields = new Map<string, { [field: string]: Json }>()
  const settled = new Set<string>()
  for (const rec of records) {
    if (rec.f.by !== undefined && rec.f.by !== member) continue
    fields.set(rec.r, { ...rec.f })
    if (!rec.pending && rec.v > 0) settled.add(rec.r)
  }
  for (const item of [...handedIn].sort((a, b) => a.n - b.n)) {
    if (item.c !== 'visit') continue
    // What the server has sent back is newer than what was kept here beside the op that it acked.
    if (settled.has(item.r) && (item.fate === 'team' || item.fate === 'safe')) continue
    fields.set(item.r, { ...fields.get(item.r), ...item.about })
  }
  return [...fields].map(([r, f]) => read(r, f))
}

/** The visit that is running now, the latest where several are. */
export function runningVisit(visits: Visit[]): Visit | undefined {
  return visits
    .filter((it) => it.status === 'running')
    .sort((a, b) => (a.started?.getTime() ?? 0) - (b.started?.getTime() ?? 0))
    .at(-1)
}

function read(r: string, f: { [field: string]: Json }): Visit {
  const text = (name: string): string => (typeof f[name] === 'string' ? f[name] : '')
  const number = (name: string): number => (typeof f[name] === 'number' ? f[name] : 0)
  const time = (name: string): Date | null => (text(name) === '' ? null : new Date(text(name)))
  return {
    r,
    service: text('service'),
    method: text('method') || 'conv',
    status: text('status') || 'planned',
    started: time('started'),
    planned: time('planned'),
    ended: time('ended'),
    spoken: number('spoken'),
    declined: number('declined'),
    check: text('purpose') === 'check',
    note: text('note'),
  }
}

/** Visits that are still to come, today's and later ones, the nearest first. */
export function plannedVisits(visits: Visit[], now: Date): Visit[] {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime()
  return visits
    .filter((it) => it.status === 'planned' && (it.planned?.getTime() ?? today) >= today)
    .sort((a, b) => (a.planned?.getTime() ?? today) - (b.planned?.getTime() ?? today))
}

/** The visit that is planned at a service for today, the nearest where several are. */
export function plannedToday(visits: Visit[], service: string | undefined, now: Date): Visit | undefined {
  return plannedVisits(visits, now).find((it) => it.service === service && it.planned?.toDateString() === now.toDateString())
}

/** Where the next visit most likely is: where one is planned today, else where the last one was, else the first of these. */
export function likelyPlace(visits: Visit[], services: string[], now: Date): string | undefined {
  const next = plannedVisits(visits, now)[0]
  if (next && (next.planned ?? now).toDateString() === now.toDateString()) return next.service
  const last = visits.filter((it) => it.started !== null).sort((a, b) => (b.started?.getTime() ?? 0) - (a.started?.getTime() ?? 0))[0]
  return last && services.includes(last.service) ? last.service : services[0]
}

/** How many views were written down on this phone in a visit, those aside that were taken back. */
export function heardIn(visit: Visit, handedIn: HandedIn[]): number {
  const withdrawn = new Set(handedIn.filter((it) => it.c === 'view' && it.does === 'withdraw').map((it) => it.r))
  return handedIn.filter((it) => it.c === 'view' && it.does === 'make' && it.about.visit === visit.r && !withdrawn.has(it.r)).length
}

/** Modules of a member's training that have run out by a day, where the team lets that stop new visits. */
export function lapsed(trainings: Rec[], dat: Rec | undefined, member: string, now: Date): string[] {
  if (dat?.f.training_blocks !== true) return []
  const latest = new Map<string, string>()
  for (const { f } of trainings) {
    if (f.member !== undefined && f.member !== member) continue
    const [module, expires] = [String(f.module ?? ''), typeof f.expires === 'string' ? f.expires : '9999-12-31']
    if (expires > (latest.get(module) ?? '')) latest.set(module, expires)
  }
  const today = dayOf(now)
  return [...latest].filter(([, expires]) => expires < today).map(([module]) => module)
}

/** Starts a visit; a planned one goes on under its own id. */
export async function startVisit(earshot: Earshot, visit: { r?: string | undefined; service: string; method: string }, now: Date): Promise<void> {
  const begun = { method: visit.method, status: 'running', started: now.toISOString() }
  const made = { service: visit.service, ...begun, spoken: 0, declined: 0 }
  const change: Change = visit.r ? { c: 'visit', r: visit.r, set: begun } : { c: 'visit', r: earshot.newId('visit'), set: made }
  await earshot.save([change], { about: made })
}

/** Ends a visit; what was seen in one that checks goes with it, and is not kept beside it. */
export async function endVisit(earshot: Earshot, visit: Visit, now: Date, saw = ''): Promise<void> {
  const set = { status: 'done', ended: now.toISOString() }
  await earshot.save([{ c: 'visit', r: visit.r, set: saw === '' ? set : { ...set, note: saw } }], { about: { ...about(visit), ...set } })
}

/**
 * The two counters of a running visit. Each tap is stored as soon as the one before it is; taps that come meanwhile
 * go together as one.
 */
export class Counters {
  readonly #earshot: Earshot
  readonly #visit: () => Visit
  #wanted: { spoken?: number; declined?: number } = {}
  #storing = false

  constructor(earshot: Earshot, visit: () => Visit) {
    this.#earshot = earshot
    this.#visit = visit
  }

  async put(counts: { spoken?: number; declined?: number }): Promise<void> {
    this.#wanted = { ...this.#wanted, ...counts }
    if (this.#storing) return
    this.#storing = true
    try {
      while (Object.keys(this.#wanted).length > 0) {
        const set = this.#wanted
        this.#wanted = {}
        const visit = this.#visit()
        await this.#earshot.save([{ c: 'visit', r: visit.r, set: { ...set } }], { about: { ...about(visit), ...set } })
      }
    } finally {
      this.#storing = false
    }
  }
}

/** What is kept beside an op about a visit: nothing that anybody said. */
export function about(visit: Visit): { [field: string]: Json } {
  return {
    service: visit.service,
    method: visit.method,
    status: visit.status,
    started: visit.started?.toISOString() ?? null,
    spoken: visit.spoken,
    declined: visit.declined,
  }
}

/** Counts somebody who said no to having anything written down: the visit's tally, and nothing else of them. */
export async function countDeclined(earshot: Earshot, visit: Visit): Promise<void> {
  const set = { declined: visit.declined + 1 }
  await earshot.save([{ c: 'visit', r: visit.r, set }], { about: { ...about(visit), ...set }, finishes: true })
}

/** How this member mostly hears people at a service, the likeliest first. */
export function methodsAt(known: Known, service: string | undefined): string[] {
  const role = known.me?.role
  if (role === 'manager') return ['door', 'front']
  const kind = text(known.services.find((it) => it.r === service), 'kind')
  const first = kind === 'needle_exchange' ? 'nxc' : kind === 'group' || kind === 'peer_led' ? 'grp' : 'conv'
  const all = role === 'outreach' ? ['conv', 'kw', 'nxc', 'grp', 'event', 'meet', 'box', 'surv'] : ['conv', 'nxc', 'grp', 'event', 'meet', 'box', 'kw', 'surv']
  return [first, ...all.filter((it) => it !== first)]
}
