/**
 * What lies open on a phone under a PIN, so that it can be written on while it is locked: whom to call, the themes, the
 * services, and where the running visit is. No name of the member, no count, no time, nothing that anybody said.
 */
import type { Bytes } from './bytes'
import type { Store } from './store'
import type { Json, Me, Rec } from './types'

/** A running visit as it lies open: where and how, not since when nor with how many. */
export interface Begun {
  r: string
  service: string
  method: string
}

export interface Ready {
  /** Who writes, without a name. */
  me: Me
  records: Rec[]
  visit: Begun | null
}

/** What was dropped while the PIN was unsaid and is no op, each for `asidePlace` of its number; sealed to the slot's key. */
export interface Aside {
  /** The number of the next; each change uses one up, so that it tells whether anything has changed. */
  next: number
  items: { at: number; box: Bytes }[]
}

/** What an item of it holds: a view that was being written, or people who were counted in a visit. */
export type AsideItem = { draft: Json } | { taps: { visit: string; set: { [field: string]: Json } } }

export const asidePlace = (at: number): string => `aside/${at}`

/** Of each collection what a locked phone needs: no settings that name a person. */
const OPEN: { [collection: string]: readonly string[] } = {
  dat: ['name', 'term', 'lines', 'script', 'capture_locked', 'hold_minutes'],
  theme: ['code', 'name', 'short', 'sign', 'parent', 'active'],
  service: ['name', 'kind', 'active'],
}

export const readyCollections = Object.keys(OPEN)

export function readyOf(me: Me, records: Rec[], visit: Begun | null): Ready {
  const open = records.flatMap((it): Rec[] => {
    const fields = OPEN[it.c]
    if (!fields) return []
    const f = Object.fromEntries(fields.flatMap((name) => (it.f[name] === undefined ? [] : [[name, it.f[name]]])))
    return [{ c: it.c, r: it.r, v: it.v, f, k: {} }]
  })
  return { me: { ...me, name: '' }, records: open, visit }
}

/** Stores it where there is a PIN, and nowhere else: without one, nothing has to lie open. */
export async function keepReady(store: Store, ready: Ready): Promise<void> {
  await store.write(['single'], 'relaxed', async (tx) => {
    if (await tx.get('single', 'pin')) await tx.put('single', ready, 'ready')
  })
}
