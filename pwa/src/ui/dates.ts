/** Days and times as people say them. The present is passed in, so that tests and the preview own it. */
import { m } from '../paraglide/messages.js'

const DAY = 86_400_000

/** The Monday (UTC) of the week that a day lies in, as `YYYY-MM-DD`: how weeks are named everywhere. */
export function mondayOf(day: Date): string {
  const monday = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate()))
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7))
  return monday.toISOString().slice(0, 10)
}

/** `This week`, `Last week`, else `Week of 9 November`. */
export function sayWeek(week: string, now: Date): string {
  const weeks = Math.round((Date.parse(mondayOf(now)) - Date.parse(week)) / (7 * DAY))
  if (weeks === 0) return m.ui_this_week()
  if (weeks === 1) return m.ui_last_week()
  return m.ui_week_of({ day: sayDay(new Date(week), now) })
}

/** `9 November`, with the year where it is not this one. */
export function sayDay(day: Date, now: Date): string {
  return form(day.getFullYear() === now.getFullYear() ? undefined : 'numeric').format(day)
}

/** Making one takes as long as drawing a row of a list: each is made once, since the page's language stays. */
const forms: { [year: string]: Intl.DateTimeFormat } = {}
function form(year: 'numeric' | undefined): Intl.DateTimeFormat {
  return (forms[String(year)] ??= new Intl.DateTimeFormat(m.ui_language(), { day: 'numeric', month: 'long', year }))
}

/** `today, morning`, `yesterday, evening`, else the day: as exact as a reader needs. */
export function sayHeard(at: Date, now: Date): string {
  const hour = at.getHours()
  const part = m.ui_part_of_day({ code: hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening' })
  const days = daysBetween(at, now)
  if (days === 0) return m.ui_heard_today({ part })
  if (days === 1) return m.ui_heard_yesterday({ part })
  return sayDay(at, now)
}

/** `just now`, `20 min ago`, `2 h ago`, `3 days ago`. */
export function sayAgo(at: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - at.getTime()) / 60_000))
  if (minutes < 1) return m.ui_just_now()
  if (minutes < 60) return m.ui_minutes_ago({ n: minutes })
  if (minutes < 24 * 60) return m.ui_hours_ago({ n: Math.floor(minutes / 60) })
  return m.ui_days_ago({ n: Math.floor(minutes / 1440) })
}

/** `just begun`, `25 min`, `1 h 10 min`. */
export function sayLength(from: Date, now: Date): string {
  const minutes = Math.max(0, Math.floor((now.getTime() - from.getTime()) / 60_000))
  if (minutes < 1) return m.ui_just_begun()
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  if (hours === 0) return m.ui_minutes({ n: rest })
  return rest === 0 ? m.ui_hours({ n: hours }) : m.ui_hours_minutes({ hours, minutes: rest })
}

/** `3:41`: what is left of a hold. */
export function sayLeft(until: Date, now: Date): string {
  const seconds = Math.max(0, Math.ceil((until.getTime() - now.getTime()) / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** `7 pm`, `5:30 pm`, from `19:00`, `17:30`. */
export function sayHour(clock: string): string {
  const match = /^(\d{1,2}):(\d{2})$/.exec(clock)
  if (!match) return clock
  const hours = Number(match[1])
  const hour = `${hours % 12 === 0 ? 12 : hours % 12}${match[2] === '00' ? '' : `:${match[2]}`}`
  return hours < 12 ? m.ui_before_noon({ hour }) : m.ui_after_noon({ hour })
}

/** `Today, 5:30 pm`, `Tomorrow, 9 am`, `Thursday 26 November, 2 pm`. */
export function sayWhen(at: Date, now: Date): string {
  const days = daysBetween(now, at)
  const day = days === 0 ? m.ui_today() : days === 1 ? m.ui_tomorrow() : at.toLocaleDateString(m.ui_language(), { weekday: 'long', day: 'numeric', month: 'long' })
  return m.ui_day_at({ day, time: sayHour(`${at.getHours()}:${String(at.getMinutes()).padStart(2, '0')}`) })
}

/** Whole days between two moments, counted by the calendar here. */
function daysBetween(from: Date, to: Date): number {
  const start = (it: Date): number => new Date(it.getFullYear(), it.getMonth(), it.getDate()).getTime()
  return Math.round((start(to) - start(from)) / DAY)
}

/** A day as a date field holds it, by the calendar here. */
export function dayOf(date: Date): string {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`
}
