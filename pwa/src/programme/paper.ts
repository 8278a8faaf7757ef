/**
 * The committee's paper: what is kept of a quarter, and what of it has changed since.
 *
 * Numbers and decisions are kept as they stood. Words are not: they are read from the matters and answers that they
 * stand in, so that what is taken out there, or taken back by whoever said it, goes from each paper too.
 */
import { m } from '../paraglide/messages.js'
import type { Json, Rec } from '../sync'
import type { Known } from '../ui/known.svelte'
import { log, object, part, set, text } from '../ui/fields'
import { percent, periodAt, QUIET_DAYS, daysSince, raised, type Figures, type Names, type Period, type Place } from './figures'

/** A matter that the committee is asked to decide, with the sentence that was chosen of it then. */
export interface Asked {
  matter: string
  quote: string
}
export interface Decided extends Asked {
  decision: string
  body: string
  on: string
  again: string
}
/** What a decision of the quarter before had come to. */
export interface Became {
  matter: string
  decision: string
  came: Came
}
export type Came = 'confirmed' | 'claimed' | 'reopened' | 'no' | 'later' | 'waiting'

/** What a paper holds, under the name `content`. */
export interface Content {
  figures: Figures
  services: Place[]
  themes: Names
  asked: Asked[]
  decided: Decided[]
  before: Became[]
  answers: string[]
}

export const placesOf = (known: Known): Place[] => known.services.map((it) => ({ id: it.r, name: known.service(it.r), active: it.f.active !== false }))
export const themesOf = (known: Known): Names => Object.fromEntries(known.tiles.map((it) => [it.r, text(it, 'name')]))

/** The last quarters that are over, the newest first. */
export function endedQuarters(now: Date, n: number): Period[] {
  const { last } = periodAt(3, now)
  return Array.from({ length: n }, (_, i) => ({ length: 3, last: last - 3 * (i + 1) }))
}

/** The first and the last day of a period, as a paper holds them. */
export function daysOf({ length, last }: Period): { from: string; to: string } {
  const day = (month: number, of: number): string => new Date(Date.UTC(Math.floor(month / 12), month % 12, of)).toISOString().slice(0, 10)
  return { from: day(last - length + 1, 1), to: day(last + 1, 0) }
}

export const quarterOf = (paper: Rec): Period => periodAt(3, new Date(text(paper, 'from')))

/** What is about staff is for the desk and the board alone, and a paper is handed round. */
const goesIn = (matter: Rec): boolean => text(matter, 'handling') !== 'sensitive' && text(matter, 'merged_into') === ''
const isDecided = (matter: Rec): boolean => text(matter, 'status') === 'decided' || text(matter, 'status') === 'done'
const decidedOn = (matter: Rec): string => part(matter.f.decided_by, 'on')
const asked = (matter: Rec): Asked => ({ matter: matter.r, quote: log(matter, 'said')[0]?.id ?? '' })
const decided = (matter: Rec): Decided => ({ ...asked(matter), decision: text(matter, 'decision'), body: part(matter.f.decided_by, 'body'), on: decidedOn(matter), again: text(matter, 'again') })
/** What is decided for all services stands first. */
const byLevel = (a: Rec, b: Rec): number => Number(text(b, 'level') === 'dat') - Number(text(a, 'level') === 'dat')

function cameOf(matter: Rec): Came {
  if (!isDecided(matter)) return 'reopened'
  if (text(matter, 'confirmed') !== '') return 'confirmed'
  if (text(matter, 'claimed') !== '') return 'claimed'
  const decision = text(matter, 'decision')
  return decision === 'no' || decision === 'later' ? decision : 'waiting'
}

/** Puts a quarter's paper together. */
export function contentOf(period: Period, figures: Figures, records: { matters: Rec[]; answers: Rec[]; services: Place[]; themes: Names }): Content {
  const matters = records.matters.filter(goesIn)
  const { from, to } = daysOf(period)
  const previous = daysOf({ ...period, last: period.last - period.length })
  const within = (day: string, a: string, b: string): boolean => day >= a && day.slice(0, 10) <= b
  const known = new Set(matters.map((it) => it.r))
  return {
    figures,
    services: records.services,
    themes: records.themes,
    asked: matters.filter((it) => text(it, 'status') === 'with_dat').sort((a, b) => byLevel(a, b) || (a.r < b.r ? -1 : 1)).map(asked),
    decided: matters.filter((it) => isDecided(it) && within(decidedOn(it), from, to)).sort((a, b) => byLevel(a, b) || (decidedOn(a) < decidedOn(b) ? 1 : -1)).map(decided),
    before: matters.filter((it) => text(it, 'decision') !== '' && within(decidedOn(it), previous.from, previous.to)).sort(byLevel).map((it) => ({ matter: it.r, decision: text(it, 'decision'), came: cameOf(it) })),
    answers: records.answers.filter((it) => text(it, 'status') === 'published' && within(text(it, 'published'), from, to) && known.has(text(it, 'matter'))).sort((a, b) => (text(a, 'published') < text(b, 'published') ? 1 : -1)).map((it) => it.r),
  }
}

/** What a record of a paper holds; null where this app cannot read it. */
export function contentIn(paper: Rec): Content | null {
  const it = object(paper.f.content)
  const whole = Array.isArray(it.services) && Array.isArray(it.asked) && Array.isArray(it.decided) && Array.isArray(it.before) && Array.isArray(it.answers) && 'loop' in object(it.figures)
  return whole ? (it as unknown as Content) : null
}

export const asJson = (content: Content): Json => content as unknown as Json

/** The sentence that was chosen of a matter; '' where it, or who said it, has gone. */
export const quoteOf = ({ quote }: Asked, matter: Rec | undefined): string => log(matter, 'said').find((it) => it.id === quote)?.text ?? ''

/** The services of a matter, as they were called when the paper was made. */
export const placesIn = (content: Content, matter: Rec | undefined): string =>
  set(matter, 'services')
    .map((id) => content.services.find((it) => it.id === id)?.name ?? '')
    .filter((it) => it !== '')
    .join(', ')

/** So many letters of what is printed of one thing go by without a word: the space about it, the ends of its lines. */
const AROUND = 300

/**
 * The first of a list that fit into so many letters, and one at least: a page of A4 has room for some 5,000, and a
 * committee reads four.
 */
export function fitting<T>(list: T[], room: number, lettersOf: (it: T) => number): T[] {
  let left = room
  const end = list.findIndex((it, i) => (left -= lettersOf(it) + AROUND) < 0 && i > 0)
  return end < 0 ? list : list.slice(0, end)
}

/** A short account by fixed rules: only what the figures say, and nothing of what they withhold. */
export function inShort({ figures, services, themes, asked, decided }: Content, made: Date): string[] {
  const { now, before, loop } = figures
  const said: string[] = []
  said.push(now.visits === 0 ? m.paper_short_nobody() : m.paper_short_visits({ n: now.visits, hours: m.programme_hours({ n: Math.round(now.minutes / 60) }) }))
  if (now.spoken) said.push(m.paper_short_spoken({ n: now.spoken }))
  if (now.views !== null) said.push(before.views === null || before.views === 0 ? m.paper_short_views({ n: now.views }) : m.paper_short_views_before({ n: now.views, before: before.views }))
  const most = raised(figures, themes)[0]
  if (most?.views) said.push(m.paper_short_most({ theme: themes[most.theme] ?? '', n: most.views }))
  const answered = loop.find((it) => it.step === 'answered')
  if (now.views && answered?.n !== null && answered?.n !== undefined) said.push(m.paper_short_answered({ n: percent(answered.n, now.views) }))
  said.push(decided.length === 0 ? m.paper_short_none_decided() : m.paper_short_decided({ n: decided.length }))
  const last = Object.fromEntries(figures.services.map((it) => [it.service, it.last]))
  const silent = services.filter((it) => it.active && (last[it.id] === undefined || daysSince(last[it.id] ?? '', made) >= QUIET_DAYS))
  if (silent.length > 0) said.push(m.paper_short_silent({ n: silent.length }))
  said.push(asked.length === 0 ? m.paper_short_none_asked() : m.paper_short_asked({ n: asked.length }))
  return said
}

/** What is otherwise than in the paper, by now. */
export type Since =
  | { what: 'decided'; matter: string; decision: string }
  | { what: 'taken-back'; matter: string }
  | { what: 'changed'; matter: string; from: string; to: string }
  | { what: 'came'; matter: string; came: Came }
  | { what: 'gone'; n: number }
  | { what: 'quotes'; n: number }
  | { what: 'answers'; n: number }
  | { what: 'figure'; of: 'visits' | 'spoken' | 'views'; from: number; to: number }

/** `figures` are those of the same quarter as they are counted now, where they are known. */
export function since(content: Content, matters: Rec[], answers: Rec[], figures: Figures | undefined): Since[] {
  const at = Object.fromEntries(matters.map((it) => [it.r, it]))
  const all: Since[] = []
  for (const { matter } of content.asked) {
    const it = at[matter]
    if (it && isDecided(it)) all.push({ what: 'decided', matter, decision: text(it, 'decision') })
    else if (it && text(it, 'status') !== 'with_dat') all.push({ what: 'taken-back', matter })
  }
  for (const { matter, decision } of content.decided) {
    const it = at[matter]
    if (it && text(it, 'decision') !== decision) all.push({ what: 'changed', matter, from: decision, to: text(it, 'decision') })
  }
  for (const { matter, came } of content.before) {
    const it = at[matter]
    if (it && cameOf(it) !== came) all.push({ what: 'came', matter, came: cameOf(it) })
  }
  const named = [...content.asked, ...content.decided, ...content.before]
  const gone = new Set(named.filter((it) => !(it.matter in at)).map((it) => it.matter)).size
  if (gone > 0) all.push({ what: 'gone', n: gone })
  const quotes = [...content.asked, ...content.decided].filter((it) => it.quote !== '' && at[it.matter] && quoteOf(it, at[it.matter]) === '').length
  if (quotes > 0) all.push({ what: 'quotes', n: quotes })
  const published = new Set(answers.filter((it) => text(it, 'status') === 'published').map((it) => it.r))
  const fewer = content.answers.filter((it) => !published.has(it)).length
  if (fewer > 0) all.push({ what: 'answers', n: fewer })
  if (figures)
    for (const of of ['visits', 'spoken', 'views'] as const) {
      const [from, to] = [content.figures.now[of], figures.now[of]]
      if (from !== null && to !== null && from !== to) all.push({ what: 'figure', of, from, to })
    }
  return all
}
