/** A change that is claimed is not one that is confirmed, and one that listeners deny is neither: three states, kept apart. */
import type { Rec } from '../sync'
import { text } from '../ui/fields'
import { dayOf } from '../ui/dates'

/** The study's kinds of change, as a screen offers them. */
export const outcomes = ['location', 'opening', 'equipment', 'attitude', 'new_service', 'information', 'place', 'policy', 'staffing', 'process', 'involvement', 'none'] as const
export const anyways = ['no', 'hastened', 'yes'] as const

export interface Claim {
  state: 'none' | 'claimed' | 'confirmed' | 'denied'
  /** What listeners have said since it was claimed, in their own word. */
  fair: number
  notTrue: number
  /** Visits that look whether it is there, the latest last. */
  checks: Rec[]
  /** Whether anything besides the claim says that it is there. */
  evidence: boolean
}

/** Where the change of a matter stands. `answers` are the ids of its answers. */
export function claimOf(matter: Rec, answers: Set<string>, tellings: Rec[], visits: Rec[]): Claim {
  const [claimed, confirmed] = [text(matter, 'claimed'), text(matter, 'confirmed')]
  const since = (day: string, verdict: string): number =>
    tellings.filter((it) => answers.has(text(it, 'answer')) && text(it, 'verdict') === verdict && localDay(text(it, 'at')) >= day).length
  const checks = visits.filter((it) => text(it, 'purpose') === 'check' && text(it, 'matter') === matter.r).sort((a, b) => (dayHeld(a) < dayHeld(b) ? -1 : 1))
  const fair = since(claimed, 'fair')
  const notTrue = since(confirmed > claimed ? confirmed : claimed, 'not_true')
  const seen = checks.some((it) => text(it, 'status') === 'done' && dayHeld(it) >= claimed)
  const state = claimed === '' && confirmed === '' ? 'none' : notTrue > 0 ? 'denied' : confirmed !== '' ? 'confirmed' : 'claimed'
  return { state, fair, notTrue, checks, evidence: fair > 0 || seen }
}

/** When a visit was, or is to be. */
export const dayHeld = (visit: Rec): string => localDay(text(visit, 'started') || text(visit, 'planned'))

function localDay(instant: string): string {
  const time = new Date(instant)
  return Number.isNaN(time.getTime()) ? '' : dayOf(time)
}
