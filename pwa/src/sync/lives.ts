/**
 * The identities that this browser has had. One is live. One that was revoked, erased or copied may still hold things
 * that nobody else has: they are handed in under its own key (rest.ts), and then nothing of it is left (ending.ts;
 * protocol sections 6, 8).
 */
import type { Life, LifeState, Store } from './store'
import type { Me } from './types'

/** The hour of a time, both in milliseconds: all that a disk is to tell of when somebody was where (no lock keeps it). */
export function hourOf(now: number): number {
  return now - (now % 3_600_000)
}

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
