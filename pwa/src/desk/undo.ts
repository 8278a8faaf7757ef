/** What takes a change back, worked out from the record as it was before it. */
import type { Change, Json, Rec } from '../sync'
import { handlings } from '../ui/codes'

/** Records that only the desk makes: one that was just made, and that nobody has touched since, may go again. */
const MAY_GO = ['matter', 'ask', 'answer', 'visit']
/** What the server fills in by itself where such a record is made. */
const FILLED: { [field: string]: Json[] } = { status: ['raised', 'asked', 'draft', 'planned'], handling: [...handlings], purpose: ['listen'], spoken: [0], declined: [0] }

/**
 * Null where nothing takes it back: what was erased is erased; an entry of a log stays; a step of a matter, an ask or
 * an answer goes back by a step of its own, with its reason.
 */
export function inverse(change: Change, before: Rec | undefined): Change | null {
  const { c, r } = change
  if (change.withdraw || change.redact || change.receipt !== undefined) return null
  if (change.set && 'status' in change.set) return null
  if (Object.values(change.add ?? {}).flat().some((it) => typeof it === 'object')) return null
  if (!before) return MAY_GO.includes(c) ? { c, r, withdraw: true } : null
  const held = (field: string): Json[] => {
    const value = before.f[field]
    return Array.isArray(value) ? value : []
  }
  const back: Change = { c, r }
  const fields = Object.keys({ ...change.set, ...change.settle })
  if (fields.length > 0) back.set = Object.fromEntries(fields.map((field) => [field, before.f[field] ?? null]))
  const added = lists(change.add, (field, it) => !held(field).includes(it))
  const removed = lists(change.remove, (field, it) => held(field).includes(it))
  if (added) back.remove = added
  if (removed) back.add = removed
  return back.set || back.remove || back.add ? back : null
}

/**
 * Whether the record still says what the change made of it: what somebody has changed since is not undone over their
 * head. One that the change made goes again only where nothing was added to it.
 */
export function stands(change: Change, back: Change, now: Rec | undefined): boolean {
  if (!now) return false
  const said = { ...change.set, ...change.settle }
  if (!Object.entries(said).every(([field, value]) => JSON.stringify(now.f[field] ?? null) === JSON.stringify(value))) return false
  if (back.withdraw !== true || now.v === 0) return true
  return Object.keys(now.f).every((field) => field in said || field in (change.add ?? {}) || FILLED[field]?.includes(now.f[field] ?? null))
}

function lists(of: Change['add'], keep: (field: string, it: Json) => boolean): { [field: string]: Json[] } | null {
  const kept = Object.entries(of ?? {}).map(([field, values]) => [field, values.filter((it) => keep(field, it))] as const)
  const some = kept.filter(([, values]) => values.length > 0)
  return some.length > 0 ? Object.fromEntries(some) : null
}
