/** All that happened with a matter, in order, by whom: put together from the records that this reader has. */
import type { Rec } from '../sync'
import { mondayOf } from '../ui/dates'
import { log, part, text } from '../ui/fields'
import { since } from './waiting'

export interface Happened {
  what: 'raised' | 'heard' | 'note' | 'asked' | 'decided' | 'claimed' | 'confirmed' | 'published' | 'told' | 'denied' | 'check' | 'merged'
  key: string
  /** Null where it has just been done here: an entry's time is the server's. */
  at: Date | null
  by: string[]
  /** The records that it is about, of one kind. */
  of: Rec[]
  said: string
}

export interface Told {
  matter: Rec
  /** What was merged into it. */
  merged: Rec[]
  views: Rec[]
  asks: Rec[]
  answers: Rec[]
  tellings: Rec[]
  checks: Rec[]
}

export function happened({ matter, merged, views, asks, answers, tellings, checks }: Told): Happened[] {
  const day = (field: string): Date | null => dated(text(matter, field))
  const all: Happened[] = [one('raised', matter, since(matter), text(matter, 'title'))]
  for (const it of log(matter, 'notes')) all.push({ what: 'note', key: it.id, at: instant(it.at), by: [it.by], of: [], said: it.text })
  // Week by week: what came in together is told together.
  for (const [week, of] of groups(views, (it) => text(it, 'week') || mondayOf(since(it)))) {
    const times = of.map((it) => instant(text(it, 'at'))?.getTime() ?? Date.parse(week))
    all.push({ what: 'heard', key: `heard:${week}`, at: new Date(Math.max(...times)), by: people(of), of, said: '' })
  }
  for (const it of asks) all.push(one('asked', it, since(it), text(it, 'question')))
  for (const it of answers) {
    const at = instant(text(it, 'published'))
    if (at) all.push(one('published', it, at, text(it, 'did')))
  }
  const denied = tellings.filter((it) => text(it, 'verdict') === 'not_true')
  for (const it of denied) all.push({ ...one('denied', it, instant(text(it, 'at')), ''), by: people([it]) })
  for (const [key, of] of groups(tellings.filter((it) => !denied.includes(it)), (it) => text(it, 'at').slice(0, 10))) {
    all.push({ what: 'told', key: `told:${key}`, at: instant(text(of.at(-1), 'at')), by: people(of), of, said: '' })
  }
  for (const it of checks) all.push({ ...one('check', it, instant(text(it, 'started') || text(it, 'planned')), text(it, 'note')), by: people([it]) })
  for (const it of merged) all.push(one('merged', it, since(it), text(it, 'title')))
  const decided = dated(part(matter.f.decided_by, 'on'))
  if (decided && text(matter, 'decision') !== '' && ['decided', 'done'].includes(text(matter, 'status'))) {
    all.push({ ...one('decided', matter, decided, text(matter, 'reason')), by: [part(matter.f.decided_by, 'body')] })
  }
  for (const what of ['claimed', 'confirmed'] as const) {
    const at = day(what)
    if (at) all.push(one(what, matter, at, what === 'claimed' ? text(matter, 'changed') : ''))
  }
  // What has no time yet was done last.
  return all.sort((a, b) => (a.at?.getTime() ?? Infinity) - (b.at?.getTime() ?? Infinity) || (a.key < b.key ? -1 : 1))
}

function one(what: Happened['what'], rec: Rec, at: Date | null, said: string): Happened {
  return { what, key: `${what}:${rec.r}`, at, by: [], of: [rec], said }
}

function people(of: Rec[]): string[] {
  return [...new Set(of.map((it) => text(it, 'by')))].filter((it) => it !== '')
}

function groups(of: Rec[], key: (it: Rec) => string): [string, Rec[]][] {
  const all: { [key: string]: Rec[] } = {}
  for (const it of of) (all[key(it)] ??= []).push(it)
  return Object.entries(all)
}

function instant(said: string): Date | null {
  const time = Date.parse(said)
  return Number.isNaN(time) ? null : new Date(time)
}

/** A day without a time stands at its noon, between what came before and after it. */
function dated(day: string): Date | null {
  return instant(day === '' ? '' : `${day}T12:00:00`)
}
