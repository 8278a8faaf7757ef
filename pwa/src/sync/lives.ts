/**
 * The identities that this browser has had. One is live. One that was revoked, erased or copied may still hold things
 * that nobody else has: they are handed in under its own key (rest.ts), and then nothing of it is left (protocol
 * sections 6, 8).
 */
import { fromUtf8 } from './bytes'
import { unlock } from './lock'
import { place } from './row'
import type { Life, LifeState, Row, Store } from './store'
import type { Me } from './types'
import type { World } from './world'

/** The hour of a time, both in milliseconds: all that a disk is to tell of when somebody was where (no lock keeps it). */
export function hourOf(now: number): number {
  return now - (now % 3_600_000)
}

/** Texts of plain ops that are no longer on disk, by number. */
export type Unlocked = Map<number, string>

/** The life that the screens speak for: the last one, unless it is over. */
export function current(lives: Life[]): Life | null {
  const last = lives.at(-1)
  return last && !isOver(last) ? last : null
}

export function isOver(life: Pick<Life, 'state'>): boolean {
  return life.state === 'ended' || life.state === 'left'
}

/** A life that begins; `known` is one that the server had forgotten, and goes on under its own numbers. */
export function newLife(own: Pick<Life, 'device' | 'keys' | 'me' | 'intake'>, known: Life | null, before: Life[], now: number): Life {
  return {
    ...own,
    life: known?.life ?? Math.max(0, ...before.map((it) => it.life)) + 1,
    next: known?.next ?? 1,
    acked: known?.acked ?? 0,
    safe: known?.safe ?? 0,
    backed: known?.backed ?? false,
    state: 'live',
    since: hourOf(now),
    touched: hourOf(now),
  }
}

export async function turn(store: Store, life: Life, state: LifeState, now: number): Promise<void> {
  await store.write(['lives'], 'strict', async (tx) => {
    const fresh = await tx.get('lives', life.life)
    if (fresh) await tx.put('lives', { ...fresh, state, since: hourOf(now) })
  })
}

/** Who we are, with our name and role as our own record has them now. */
export function asRecorded(me: Me, own: { [field: string]: unknown } | undefined): Me {
  const name = typeof own?.name === 'string' ? own.name : me.name
  const role = typeof own?.role === 'string' ? (own.role as Me['role']) : me.role
  return { ...me, name, role }
}

/**
 * A revoked device: erases at once everything but its sealed ops and its key. Gives the plain ops that had not gone,
 * out of reach of the disk already, to be tried once.
 */
export async function wipe(store: Store, world: World, life: Life, key: CryptoKey): Promise<Unlocked> {
  const texts: Unlocked = new Map()
  for (const row of await store.rows(life.life, life.acked + 1)) {
    const text = row.form === 'plain' ? await unlockedText(row, key) : null
    if (text !== null) texts.set(row.n, text)
  }
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.clear('segments')
    await tx.clear('single')
    for (const row of await tx.all('outbox')) {
      const goes = row.life === life.life && row.n > life.acked && row.form === 'sealed' && row.body
      if (goes) await tx.put('outbox', { ...row, label: null, held: 0, laid: false })
      else if (row.life === life.life) await tx.delete('outbox', [row.life, row.n])
    }
    await tx.put('lives', { ...life, me: null, state: 'ended', since: hourOf(world.now()) })
  })
  return texts
}

/** Its owner asks: erases everything but what has not been handed in. */
export async function leave(store: Store, world: World, life: Life): Promise<void> {
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.clear('segments')
    await tx.delete('single', 'reading')
    await tx.delete('single', 'draft')
    await tx.delete('single', 'pocket')
    const fresh = (await tx.get('lives', life.life)) ?? life
    for (const row of await tx.all('outbox')) {
      if (row.life !== life.life) continue
      if (row.n > fresh.acked && row.body) await tx.put('outbox', { ...row, label: null, held: 0, laid: false })
      else await tx.delete('outbox', [row.life, row.n])
    }
    await tx.put('lives', { ...fresh, me: null, state: 'left', since: hourOf(world.now()) })
  })
}

/** Removes a life, and with the last one everything but that it was revoked. */
export async function forgetLife(store: Store, life: Life): Promise<void> {
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.delete('outbox', IDBKeyRange.bound([life.life, 0], [life.life, Infinity]))
    await tx.delete('lives', life.life)
    if ((await tx.count('lives')) > 0) return
    await tx.clear('segments')
    await tx.clear('single')
    if (life.state === 'ended') await tx.put('single', true, 'ended')
  })
}

export async function unlockedText(row: Row, key: CryptoKey): Promise<string | null> {
  if (!row.body || row.form !== 'plain') return null
  return unlock(key, place(row.life, row.n), row.body).then(fromUtf8, () => null)
}
