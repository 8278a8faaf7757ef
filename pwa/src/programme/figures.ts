/** What the server counts of a period, and what a reader is told of it in words. null is a count that is not said. */
import type { Asked } from '../sync/asking'

export type Count = number | null

export interface Totals {
  visits: number
  minutes: number
  spoken: Count
  declined: Count
  views: Count
  out: number
  of: number
  first: number
  answer: number | null
}
export interface ServiceFigures {
  service: string
  visits: number
  minutes: number
  spoken: Count
  views: Count
  last?: string
  visited: number[]
  heard?: number[]
}
export interface ThemeFigures {
  theme: string
  views: Count
  before: Count
  heard?: number[]
}
export interface Step {
  step: 'said' | 'looked' | 'joined' | 'decided' | 'answered' | 'told'
  n: Count
  half: number | null
  slow: number | null
  waiting: Count
  oldest?: string
}
export interface Named {
  name: string
  n: Count
}
export interface Volunteer {
  member: string
  visits: number
  minutes: number
  spoken: number
  views: number
}
export interface Figures {
  from: string
  to: string
  over: boolean
  now: Totals
  before: Totals
  weeks: string[]
  services: ServiceFigures[]
  themes: ThemeFigures[]
  kinds: Named[]
  methods: Named[]
  volunteers?: Volunteer[]
  loop: Step[]
  decisions: Named[]
  outcomes: Named[]
  claimed: number
  confirmed: number
}

/** What is called how, by id. */
export interface Names {
  [id: string]: string
}
/** A service as a picture of silence shows it. */
export interface Place {
  id: string
  name: string
  active: boolean
}

/** The themes that a reader is told of, the most raised first: those with a name, of which anything was said. */
export const raised = (figures: Figures, names: Names): ThemeFigures[] =>
  figures.themes.filter((it) => it.theme in names && (it.views !== 0 || (it.before ?? 0) > 0)).sort((a, b) => (b.views ?? 0) - (a.views ?? 0))

export const figuresIn = (asked: Asked): Figures => asked as unknown as Figures

/** How many months are counted together. */
export type Length = 1 | 3 | 12

/** A run of whole months: `last` is year × 12 + month, January 0. */
export interface Period {
  length: Length
  last: number
}

const monthOf = (day: Date): number => day.getUTCFullYear() * 12 + day.getUTCMonth()
const monthText = (month: number): string => `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`
const startOf = (month: number): Date => new Date(Date.UTC(Math.floor(month / 12), month % 12, 1))

/** The month, calendar quarter or year that a day lies in. */
export function periodAt(length: Length, day: Date): Period {
  return { length, last: (Math.floor(monthOf(day) / length) + 1) * length - 1 }
}

/** The period of another length that ends in the same month, or holds it; of one that is not over, the present one. */
export const lengthened = ({ last }: Period, length: Length, now: Date): Period => periodAt(length, startOf(Math.min(last, monthOf(now))))

export const moved = ({ length, last }: Period, by: -1 | 1): Period => ({ length, last: last + by * length })

/** Whether the period after this one has not begun. */
export const isLatest = (period: Period, now: Date): boolean => period.last >= periodAt(period.length, now).last

export function pathOf({ length, last }: Period): string {
  return `/v1/reports/programme?from=${monthText(last - length + 1)}&to=${monthText(last)}`
}

/** `September 2026`, `July to September 2026`, `2026`. */
export function sayPeriod({ length, last }: Period, language: string, fromTo: (words: { from: string; to: string }) => string): string {
  const form = (month: number, options: Intl.DateTimeFormatOptions): string => startOf(month).toLocaleDateString(language, { timeZone: 'UTC', ...options })
  if (length === 12) return String(Math.floor(last / 12))
  const to = form(last, { month: 'long', year: 'numeric' })
  return length === 1 ? to : fromTo({ from: form(last - length + 1, { month: 'long' }), to })
}

/** Whole days from a day until now. */
export const daysSince = (day: string, now: Date): number => Math.max(0, Math.floor((Date.parse(now.toISOString().slice(0, 10)) - Date.parse(day)) / 86_400_000))

/** After so many days without anybody a service is called quiet. */
export const QUIET_DAYS = 28

/** How strong a week is drawn: 0 nobody was there, 1 somebody was there and nobody was heard, 2 to 4 the views against the most of any week. */
export function strength(heard: number, visited: number, most: number): number {
  if (heard === 0) return visited > 0 ? 1 : 0
  return 2 + Math.min(2, Math.floor((3 * (heard - 1)) / Math.max(1, most)))
}

/** A change is called one where it is by a quarter, and of five or more: below that it is chance. */
export function trend(now: Count, before: Count): 'new' | 'rising' | 'falling' | 'steady' | '' {
  if (now === null || before === null) return ''
  if (before === 0) return now >= 5 ? 'new' : ''
  const by = now - before
  if (Math.abs(by) < 5 || Math.abs(by) < before / 4) return 'steady'
  return by > 0 ? 'rising' : 'falling'
}

/** The corners of a line over the weeks, four at a time, in a box of 100 by 24. */
export function lineOf(weeks: number[]): string {
  const sums = weeks.map((_, i) => weeks.slice(Math.max(0, i - 3), i + 1).reduce((a, b) => a + b, 0))
  const most = Math.max(1, ...sums)
  return sums.map((it, i) => `${((100 * i) / Math.max(1, sums.length - 1)).toFixed(1)},${(22 - (20 * it) / most).toFixed(1)}`).join(' ')
}

/** The step at which most wait, of those after which somebody has something to do. */
export function mostWaiting(loop: Step[]): Step | undefined {
  return loop.filter((it) => (it.waiting ?? 0) > 0 && it.step !== 'told').sort((a, b) => (b.waiting ?? 0) - (a.waiting ?? 0))[0]
}

export const percent = (n: number, of: number): number => (of === 0 ? 0 : Math.round((100 * n) / of))
