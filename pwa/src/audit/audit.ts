/** The audit as a page reads it: which rows are asked for, and the whole of it for whoever follows its chain. */
import type { Json } from '../sync'
import type { Asked } from '../sync/asking'
import type { Link } from '../sync/chain'
import { object, part } from '../ui/fields'

/** What an entry says was done; each has its words in messages/en/audit.json. */
export const DONE = ['made', 'changed', 'withdrawn', 'redacted', 'exported', 'imported', 'invited', 'link.sent', 'device.enrolled', 'device.revoked', 'quarantine.mended', 'quarantine.discarded'] as const

/** Which entries are wanted; '' leaves open. Days are by the calendar of the server, which is UTC. */
export interface Wanted {
  member: string
  what: string
  from: string
  to: string
}

export const ALL: Wanted = { member: '', what: '', from: '', to: '' }

export interface Entries {
  links: Link[]
  /** Where to go on; 0 at the end. */
  next: number
}

/** Ids and days only: an address is kept in many places. */
export function pathOf(wanted: Wanted, before = 0, limit = 100): string {
  const query = new URLSearchParams(Object.entries(wanted).filter(([, value]) => value !== ''))
  if (before > 0) query.set('before', String(before))
  query.set('limit', String(limit))
  return `/v1/audit?${query.toString()}`
}

export function entriesIn(answer: Asked): Entries {
  const rows = Array.isArray(answer.rows) ? answer.rows : []
  return { links: rows.map(linkIn), next: whole(answer.next) }
}

function linkIn(row: Json): Link {
  const { fields, num, seq, withheld } = object(row)
  return {
    num: whole(num),
    at: part(row, 'at'),
    device: part(row, 'device'),
    member: part(row, 'member'),
    what: part(row, 'what'),
    collection: part(row, 'collection'),
    record: part(row, 'record'),
    fields: Array.isArray(fields) ? fields.filter((it) => typeof it === 'string') : [],
    seq: whole(seq),
    withheld: withheld === true,
    before: part(row, 'before'),
    hash: part(row, 'hash'),
  }
}

const whole = (value: Json | undefined): number => (typeof value === 'number' ? value : 0)
