/** One view while it is being written: what the screen holds, and how it becomes an op. */
import type { Change, HandedIn, Json } from '../sync'

/** How far what was said may travel: the person's own answer. Nothing of a draft holds it, it ends the draft. */
export type Share = 'words' | 'summary' | 'team'

export interface Draft {
  /** The id and the receipt are made when writing begins, so that a view is sealed once, whatever happens meanwhile. */
  r: string
  receipt: string
  words: string
  themes: string[]
  kind: string
  service: string
  method: string
  handling: 'open' | 'closed' | 'sensitive'
  speaker: string
  aware: string
  next: string
  asked: string
  times: number
}

export function newDraft(r: string, receipt: string): Draft {
  return {
    r, receipt, words: '', themes: [], kind: '', service: '', method: '', handling: 'open', speaker: '', aware: '', next: '', asked: '', times: 1,
  }
}

/** What the store gave back, as a draft; null where it holds none, or one that has been sealed already. */
export function readDraft(value: Json, handedIn: HandedIn[]): Draft | null {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return null
  if (typeof value.r !== 'string' || typeof value.receipt !== 'string') return null
  if (handedIn.some((it) => it.r === value.r)) return null
  const blank = newDraft(value.r, value.receipt)
  const kept = Object.fromEntries(Object.entries(blank).map(([key, otherwise]) => [key, typeof value[key] === typeof otherwise ? value[key] : otherwise]))
  return { ...blank, ...kept }
}

export function isBlank(draft: Draft): boolean {
  return draft.words.trim() === '' && draft.themes.length === 0
}

/** Characters as the record counts them. */
export function lengthOf(words: string): number {
  return [...words.trim().normalize('NFC')].length
}

export const WORDS_MAX = 8000

/** Ways of hearing in which nobody stands there to be asked: what was said lies in a box, on a form. */
export function isSlip(method: string): boolean {
  return method === 'box' || method === 'surv'
}

/** Ways of hearing in which many things are said in one sitting. */
export function isSitting(method: string): boolean {
  return isSlip(method) || method === 'grp' || method === 'meet' || method === 'event'
}

/** What is still owed before it can be sealed, the first thing first. */
export function owed(draft: Draft, service: string): 'words' | 'long' | 'service' | null {
  if (isBlank(draft)) return 'words'
  if (lengthOf(draft.words) > WORDS_MAX) return 'long'
  if (service === '') return 'service'
  return null
}

/**
 * The op that makes the view. What was not asked is left out: not said is not "no". Nobody is there to be asked about a
 * slip, or to take a receipt: it may be put in our own words, and no more.
 */
export function toChange(draft: Draft, visit: { r: string; service: string; method: string } | undefined, share: Share, script: number | null): Change {
  const words = draft.words.trim().normalize('NFC')
  const method = visit?.method ?? draft.method
  const set: { [field: string]: Json } = { service: visit?.service ?? draft.service, method, share: isSlip(method) ? 'summary' : share }
  if (visit) set.visit = visit.r
  if (words !== '') set.words = words
  if (!isSlip(method)) {
    set.receipt = draft.receipt
    if (script !== null) set.consent = script
  }
  if (draft.handling !== 'open') set.handling = draft.handling
  if (draft.times > 1) set.times = draft.times
  for (const field of ['kind', 'speaker', 'aware', 'next', 'asked'] as const) if (draft[field] !== '') set[field] = draft[field]
  return { c: 'view', r: draft.r, set, ...(draft.themes.length > 0 ? { add: { themes: draft.themes } } : {}) }
}

/** What may be kept beside the sealed op, to show it as handed in: never a word of it. */
export function toAbout(draft: Draft, service: string, visit: { r: string } | undefined): { [field: string]: Json } {
  return { service, themes: draft.themes, ...(visit ? { visit: visit.r } : {}), ...(draft.kind === '' ? {} : { kind: draft.kind }) }
}
