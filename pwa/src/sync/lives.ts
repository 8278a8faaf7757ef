/**
 * The identities that this browser has had. One is live. One that was revoked, erased or copied may still hold things
 * that nobody else has: they are handed in under its own key, and then nothing of it is left (protocol sections 6, 8).
 */
import { fromUtf8 } from './bytes'
import { Tokens } from './identity'
import { unlock } from './lock'
import { place } from './outbox'
import { sealedOp } from './seal'
import { MOST } from './session'
import type { Life, Row, Store } from './store'
import { handOver } from './twin'
import { isTrouble } from './trouble'
import type { Ack } from './wire'
import type { World } from './world'

const KEEP_TRYING = 35 * 86_400_000

/** Texts of plain ops that are no longer on disk, by number. */
export type Unlocked = Map<number, string>

/** The life that the screens speak for: the last one, unless it is over. */
export function current(lives: Life[]): Life | null {
  const last = lives.at(-1)
  return last && !isOver(last) ? last : null
}

export function isOver(life: Life): boolean {
  return life.state === 'ended' || life.state === 'left'
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
    await tx.objectStore('segments').clear()
    await tx.objectStore('single').clear()
    for (const row of await tx.objectStore('outbox').getAll()) {
      const goes = row.life === life.life && row.n > life.acked && row.form === 'sealed' && row.body
      if (goes) await tx.objectStore('outbox').put({ ...row, label: null, held: 0, laid: false })
      else if (row.life === life.life) await tx.objectStore('outbox').delete([row.life, row.n])
    }
    await tx.objectStore('lives').put({ ...life, me: null, state: 'ended', since: world.now() })
  })
  return texts
}

/** Its owner asks: erases everything but what has not been handed in. */
export async function leave(store: Store, world: World, life: Life): Promise<void> {
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.objectStore('segments').clear()
    await tx.objectStore('single').delete('reading')
    await tx.objectStore('single').delete('draft')
    const fresh = (await tx.objectStore('lives').get(life.life)) ?? life
    for (const row of await tx.objectStore('outbox').getAll()) {
      if (row.life !== life.life) continue
      if (row.n > fresh.acked && row.body) await tx.objectStore('outbox').put({ ...row, label: null, held: 0, laid: false })
      else await tx.objectStore('outbox').delete([row.life, row.n])
    }
    await tx.objectStore('lives').put({ ...fresh, me: null, state: 'left', since: world.now() })
  })
}

/**
 * Hands in what a life that no longer reads still holds. Resolves true when there is nothing more to do for it; what
 * is left is tried again later.
 */
export async function handInRest(store: Store, world: World, life: Life, key: CryptoKey | null, unlocked: Unlocked): Promise<boolean> {
  if (isOver(life) && life.since + KEEP_TRYING < world.now()) {
    await forgetLife(store, life)
    return true
  }
  const rows = new Map((await store.rows(life.life, life.acked + 1)).map((row) => [row.n, row]))
  const going = [...rows.values()].filter((row) => row.body && (life.state !== 'copied' || row.form === 'sealed'))
  const last = Math.max(0, ...going.map((row) => row.n), ...unlocked.keys())
  if (last > 0) {
    const tokens = new Tokens(world, life.keys, life.device)
    const hello = restHello(world, life, going.length)
    const frames = restFrames(life, rows, last, key, unlocked)
    const done = (ack: Ack, upTo: number): Promise<void> => answered(store, life, ack, upTo)
    try {
      if (!(await handOver(world, tokens, hello, frames, done))) return false
    } catch (cause) {
      if (isTrouble(cause)) return false
      throw cause
    }
  }
  if (isOver(life)) await forgetLife(store, life)
  else if ((await store.rows(life.life, life.acked + 1)).every((row) => !row.body) && (await store.lives()).at(-1)?.life !== life.life) await forgetLife(store, life)
  return true
}

function restHello(world: World, life: Life, ops: number): { [key: string]: unknown } {
  const holds = { ops, oldest: null, persisted: false, trouble: life.state }
  const hello = { app: world.app, schema: 1, epoch: null, now: new Date(world.now()).toISOString(), holds }
  return life.state === 'copied' ? { ...hello, copied: true } : hello
}

/** Numbers follow each other from the first that the server may lack; what is not held any more goes as a void. */
async function* restFrames(life: Life, rows: Map<number, Row>, last: number, key: CryptoKey | null, unlocked: Unlocked): AsyncGenerator<{ ops: string[]; last: number }> {
  let ops: string[] = []
  let bytes = 0
  for (let n = life.acked + 1; n <= last; n++) {
    const row = rows.get(n)
    const held = row?.body && row.form === 'sealed' ? sealedOp(n, row.key, row.body) : (unlocked.get(n) ?? (row && key && (await unlockedText(row, key))))
    const text = held || JSON.stringify({ n, void: true })
    if (ops.length === MOST.ops || (ops.length && bytes + text.length * 3 > MOST.bytes)) {
      yield { ops, last: n - 1 }
      ops = []
      bytes = 0
    }
    ops.push(text)
    bytes += text.length + 1
  }
  if (ops.length) yield { ops, last }
}

/** What was answered is with the server, in its records or its quarantine; a copied plain op goes under the new key. */
async function answered(store: Store, life: Life, ack: Ack, upTo: number): Promise<void> {
  await store.write(['outbox'], 'strict', async (tx) => {
    const answers = new Set(ack.results.map((result) => result.n))
    for (const row of await tx.objectStore('outbox').getAll(IDBKeyRange.bound([life.life, 0], [life.life, upTo]))) {
      const here = life.state === 'copied' ? row.form === 'sealed' && answers.has(row.n) : row.n <= ack.acked || answers.has(row.n)
      if (here) await tx.objectStore('outbox').delete([row.life, row.n])
    }
  })
}

/** Removes a life, and with the last one everything. */
async function forgetLife(store: Store, life: Life): Promise<void> {
  await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
    await tx.objectStore('outbox').delete(IDBKeyRange.bound([life.life, 0], [life.life, Infinity]))
    await tx.objectStore('lives').delete(life.life)
    if ((await tx.objectStore('lives').count()) > 0) return
    await tx.objectStore('segments').clear()
    await tx.objectStore('single').clear()
  })
}

export async function unlockedText(row: Row, key: CryptoKey): Promise<string | null> {
  if (!row.body || row.form !== 'plain') return null
  return unlock(key, place(row.life, row.n), row.body).then(fromUtf8, () => null)
}
