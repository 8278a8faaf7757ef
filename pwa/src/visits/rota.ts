/** The desk's view of visits: those that are to come, and what became of those that were. */
import type { Rec } from '../sync'
import { text, when } from '../ui/fields'

const DAY = 86_400_000
/** So far back the desk looks. */
export const DAYS_BACK = 28
/** So many weeks running one plan reaches at most: further ahead nobody knows who can go. */
export const WEEKS_AHEAD = 12

/** The same day of the week at the same hour, so many weeks running, by the calendar here: summer time moves no visit. */
export function weekly(first: Date, weeks: number): Date[] {
  return Array.from({ length: Math.min(Math.max(weeks, 1), WEEKS_AHEAD) }, (_, week) => {
    const at = new Date(first)
    at.setDate(first.getDate() + 7 * week)
    return at
  })
}

const plannedAt = (it: Rec): number => when(it, 'planned')?.getTime() ?? Infinity

/** Planned and not begun, the nearest first; those without a day last. */
export function toCome(visits: Rec[]): Rec[] {
  return visits.filter((it) => text(it, 'status') === 'planned').sort((a, b) => plannedAt(a) - plannedAt(b))
}

/** Begun and not ended, the longest first. */
export function runningNow(visits: Rec[]): Rec[] {
  return visits.filter((it) => text(it, 'status') === 'running').sort((a, b) => dayOfVisit(a) - dayOfVisit(b))
}

/** Those of the last four weeks that are over, the latest first: done, or missed since nobody went. */
export function over(visits: Rec[], now: Date): Rec[] {
  return visits
    .filter((it) => ['done', 'missed'].includes(text(it, 'status')) && dayOfVisit(it) > now.getTime() - DAYS_BACK * DAY)
    .sort((a, b) => dayOfVisit(b) - dayOfVisit(a))
}

/** When a visit was, as near as is known. */
function dayOfVisit(it: Rec): number {
  return (when(it, 'started') ?? when(it, 'planned'))?.getTime() ?? 0
}

/** How many views were written down in each of these visits. */
export function viewsIn(visits: Rec[], views: Rec[]): Map<string, number> {
  const count = new Map(visits.map((it) => [it.r, 0]))
  for (const it of views) {
    const visit = text(it, 'visit')
    const before = count.get(visit)
    if (before !== undefined) count.set(visit, before + 1)
  }
  return count
}
