/** How an identity of this browser ends: what is erased at once, and what stays until it is handed in (rest.ts). */
import { fromUtf8 } from './bytes'
import { hourOf } from './lives'
import { unlock } from './lock'
import { place } from './row'
import type { Life, Row, Store } from './store'
import type { World } from './world'

/** Texts of plain ops that are no longer on disk, by number. */
export type Unlocked = Map<number, string>

/**
 * A revoked device: erases at once everything but its sealed ops and its key. Gives the plain ops that had not gone,
 * out of reach of the disk already, to be tried once.
 */
export async function wipe(store: Store, world: World, life: Life, key: CryptoKey | null): Promise<Unlocked> {
  const texts: Unlocked = new Map()
  for (const row of await store.rows(life.life, life.acked + 1)) {
    const text = key && (await unlockedText(row, key))
    if (text !== null) texts.set(row.n, text)
  }
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.clear('segments')
    await tx.clear('single')
    for (const row of await tx.all('outbox')) {
      const goes = row.life === life.life && row.n > life.acked && row.form === 'sealed' && row.body
      if (goes) await tx.put('outbox', { ...row, label: null, held: 0, latest: 0, laid: false })
      else if (row.life === life.life) await tx.delete('outbox', [row.life, row.n])
    }
    await tx.put('lives', { ...life, me: null, state: 'ended', since: hourOf(world.now()) })
  })
  return texts
}

/**
 * Its owner asks: erases everything but what has not been handed in. With no PIN said, that is what is sealed; else what
 * is locked stays readable for as long as it has to be handed in.
 */
export async function leave(store: Store, world: World, life: Life): Promise<void> {
  const key = await store.lock()
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.clear('segments')
    await tx.clear('single')
    if (key) await tx.put('single', key, 'lock')
    const fresh = (await tx.get('lives', life.life)) ?? life
    for (const row of await tx.all('outbox')) {
      if (row.life !== life.life) continue
      if (row.n > fresh.acked && row.body) await tx.put('outbox', { ...row, label: null, held: 0, latest: 0, laid: false })
      else await tx.delete('outbox', [row.life, row.n])
    }
    await tx.put('lives', { ...fresh, me: null, state: 'left', since: hourOf(world.now()) })
  })
}

/** Removes a life, and with the last one everything but that it was revoked. */
export async function forgetLife(store: Store, life: Life): Promise<void> {
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.delete('outbox', tx.between<'outbox'>([life.life, 0], [life.life, Infinity]))
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
