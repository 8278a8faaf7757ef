/** Whom to call, by the hour: which of a DAT's lines are open now, and how to say when the others are. */
import { m } from '../paraglide/messages.js'
import { sayHour } from '../ui/dates'
import type { WayOut } from '../ui/known.svelte'

const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']

/** The days of a line as numbers from Monday 0; all seven where it names none, or names them in a way unknown here. */
export function daysOf(line: WayOut): number[] {
  const all = [0, 1, 2, 3, 4, 5, 6]
  const given = Array.isArray(line.days) ? line.days : typeof line.days === 'string' && line.days !== '' ? line.days.split(/[\s,]+/) : []
  const found = given.flatMap((it) => {
    if (typeof it === 'number') return it >= 1 && it <= 7 ? [it - 1] : []
    const [from, to] = String(it).toLowerCase().split('-').map((day) => week.indexOf(day.slice(0, 3)))
    if (from === undefined || from < 0) return []
    if (to === undefined || to < 0) return [from]
    return all.map((step) => (from + step) % 7).slice(0, ((to - from + 7) % 7) + 1)
  })
  return found.length > 0 ? [...new Set(found)].sort((a, b) => a - b) : all
}

/** Whether somebody answers now. Hours that end before they begin run past midnight. */
export function isOpen(line: WayOut, now: Date): boolean {
  const days = daysOf(line)
  const today = (now.getDay() + 6) % 7
  if (line.from === '' || line.to === '' || line.from === line.to) return days.includes(today)
  const clock = `${String(now.getHours()).padStart(2, '0')}:${String(now.getMinutes()).padStart(2, '0')}`
  if (line.from < line.to) return days.includes(today) && clock >= line.from && clock < line.to
  return (days.includes(today) && clock >= line.from) || (days.includes((today + 6) % 7) && clock < line.to)
}

/** `Until 5 pm today.`, `From 5 pm, Monday to Friday.`, `Day and night.` */
export function sayHours(line: WayOut, now: Date): string {
  const days = daysOf(line)
  const always = line.from === '' || line.to === '' || line.from === line.to
  if (always) return days.length === 7 ? m.risk_day_and_night() : m.risk_on_days({ days: sayDays(days) })
  if (isOpen(line, now)) return line.from < line.to ? m.risk_until_today({ to: sayHour(line.to) }) : m.risk_until({ to: sayHour(line.to) })
  const hours = { from: sayHour(line.from), to: sayHour(line.to) }
  return days.length === 7 ? m.risk_from_to_daily(hours) : m.risk_from_to({ ...hours, days: sayDays(days) })
}

function sayDays(days: number[]): string {
  const list = days.map((day) => m.risk_weekday({ code: String(day) }))
  const inARow = days.every((day, at) => at === 0 || day === (days[at - 1] ?? 0) + 1)
  if (days.length > 2 && inARow) return m.risk_days_in_a_row({ first: list[0] ?? '', last: list.at(-1) ?? '' })
  return list.length > 1 ? m.risk_days_some({ some: list.slice(0, -1).join(', '), last: list.at(-1) ?? '' }) : (list[0] ?? '')
}

/** The lines of one way out: those of this service before the DAT's own, open ones first. */
export function inOrder(lines: WayOut[], service: string, now: Date): WayOut[] {
  const rank = (line: WayOut): number => (isOpen(line, now) ? 0 : 2) + (line.service !== '' && line.service === service ? 0 : 1)
  return lines.filter((it) => it.service === '' || service === '' || it.service === service).sort((a, b) => rank(a) - rank(b))
}
