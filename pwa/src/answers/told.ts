/** Which answers are still to be told, and what a device remembers of having told them. */
import type { Visit } from '../home/visits'
import type { HandedIn, Rec } from '../sync'
import { set, text } from '../ui/fields'

/** Published answers, the newest first. */
export function published(answers: Rec[]): Rec[] {
  return answers
    .filter((it) => text(it, 'status') === 'published')
    .sort((a, b) => (text(a, 'published') < text(b, 'published') ? 1 : -1))
}

/** How often this member told each answer: by the records, and by what is still sealed here. */
export function toldBy(tellings: Rec[], handedIn: HandedIn[], member: string): Map<string, number> {
  const answerOf = new Map<string, string>()
  for (const it of tellings) if (text(it, 'by') === member || text(it, 'by') === '') answerOf.set(it.r, text(it, 'answer'))
  for (const it of handedIn) if (it.c === 'telling' && typeof it.about.answer === 'string') answerOf.set(it.r, it.about.answer)
  const times = new Map<string, number>()
  for (const answer of answerOf.values()) times.set(answer, (times.get(answer) ?? 0) + 1)
  return times
}

/** Answers that concern one of these services and that this member has told nobody yet. */
export function toTakeBack(answers: Rec[], tellings: Rec[], handedIn: HandedIn[], member: string, services: string[]): Rec[] {
  const told = toldBy(tellings, handedIn, member)
  return published(answers).filter((it) => {
    const at = set(it, 'services')
    return !told.has(it.r) && (at.length === 0 || at.some((service) => services.includes(service)))
  })
}

/** Whether an answer came after this member's last visit to one of its services; where they never were, all are new. */
export function isNew(answer: Rec, visits: Visit[]): boolean {
  const services = set(answer, 'services')
  const there = visits.filter((it) => it.status === 'done' && it.started !== null && (services.length === 0 || services.includes(it.service)))
  const last = Math.max(0, ...there.map((it) => it.started?.getTime() ?? 0))
  return Date.parse(text(answer, 'published')) > last
}

/** How many answers were told at a visit's service on this phone since the visit began. */
export function toldIn(visit: Visit, handedIn: HandedIn[]): number {
  const begun = Math.min(...handedIn.filter((it) => it.c === 'visit' && it.r === visit.r).map((it) => it.n))
  return handedIn.filter((it) => it.c === 'telling' && it.does === 'make' && it.n > begun && it.about.service === visit.service).length
}
