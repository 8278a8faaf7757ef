/**
 * The PIN: all that is kept here is locked with one key, and the PIN alone gives it. The key itself lies on no disk.
 *
 * A PIN is short, so it is made slow: Argon2id (RFC 9106) with 32 MiB and three passes, about half a second on a cheap
 * phone. That, and the waiting after wrong tries, holds up whoever has the phone in hand. Whoever copies its disk and
 * tries on machines of their own is held up by the first alone: six digits fall in days. So nothing that anybody said
 * lies under the PIN but what is not yet sealed; what is sealed does not open here with any PIN.
 */
import { fromUtf8, type Bytes } from './bytes'
import { dropBox, newDropKeys, type DropKeys } from './drop'
import { lock, lockJson, unlock, unlockJson } from './lock'
import { asidePlace, type Aside, type AsideItem, type Ready } from './ready'
import { place } from './row'
import type { Keepsake, Life, Row, Segment, Store } from './store'
import { fetched, trouble } from './trouble'
import type { Json } from './types'
import type { World } from './world'

export interface Pin {
  salt: Bytes
  /** What it was made slow by: KiB and passes. */
  cost: { memory: number; passes: number }
  /** The key of everything, locked with what the PIN gives. */
  lock: Bytes
  drop: DropKeys
  /** Wrong tries since it was last said right. */
  wrong: number
  /** No try before then, in milliseconds. */
  until: number
}

export const DIGITS = 6
/** With this many wrong tries in a row all that is kept here is erased, but what is sealed and not handed in. */
export const ERASES_AFTER = 12
/** From this many tries left on it is said what would be lost. */
export const WARNS_BEFORE = 5

const FREE = 4
const SHORTEST_WAIT = 30_000
const LONGEST_WAIT = 15 * 60_000

const COST: Pin['cost'] = { memory: 32 * 1024, passes: 3 }
const PLACE = 'pin'
const KEEPSAKES: Keepsake[] = ['draft', 'pocket', 'owed']

/** Why a PIN will not do; null where it will. */
export type Weakness = 'short' | 'letters' | 'row' | 'year'

/** The PINs that are tried first (one digit over and over, a row of digits, a pair or three repeated, a year) are not taken. */
export function weakness(pin: string): Weakness | null {
  if (!/^\d*$/.test(pin)) return 'letters'
  if (pin.length < DIGITS) return 'short'
  const steps = new Set(Array.from(pin.slice(1), (digit, at) => (Number(digit) - Number(pin[at]) + 10) % 10))
  if (steps.size === 1) return 'row'
  if ([2, 3].some((length) => pin === pin.slice(0, length).repeat(Math.ceil(pin.length / length)).slice(0, pin.length))) return 'row'
  // A date of birth, as six or eight digits, is known to whoever knows the person; of these the ones with a whole year.
  return /^(\d\d)?(\d\d)?(19|20)\d\d$|^(19|20)\d\d(\d\d)(\d\d)?$/.test(pin) ? 'year' : null
}

/** How the PIN of this phone stands; null where it has none. */
export interface Tries {
  wrong: number
  /** How many are left before all is erased. */
  left: number
  /** No try before then. */
  until: Date | null
}

/** What is lost where the PIN is forgotten: what is sealed goes all the same. */
export interface Stake {
  /** A view was begun and is not finished. */
  draft: boolean
  /** Changes that no seal keeps, and that have not gone. */
  plain: number
}

export async function atStake(store: Store): Promise<Stake> {
  const [draft, aside, lives] = [await store.single('draft'), await store.single('aside'), await store.lives()]
  const waiting = (await allRows(store, lives)).filter((row) => row.form === 'plain' && row.body && row.n > (lives.find((it) => it.life === row.life)?.acked ?? 0))
  return { draft: draft !== null || Boolean(aside?.items.length), plain: waiting.length }
}

export async function pinTries(store: Store, world: World): Promise<Tries | null> {
  const pin = await store.single('pin')
  return pin && triesOf(pin, world.now())
}

function triesOf({ wrong, until }: Pin, now: number): Tries {
  // A clock that was put back since must not hold its owner off for longer than was meant.
  const waits = until > now && until <= now + LONGEST_WAIT
  return { wrong, left: ERASES_AFTER - wrong, until: waits ? new Date(until) : null }
}

/**
 * Gives the phone its first PIN: all that is kept is locked anew, under a key that the PIN alone gives, and that is what
 * resolves. The old key is gone with the same transaction. Whoever calls has let go of the store, and holds the line.
 */
export async function choosePin(store: Store, world: World, pin: string, ready: Ready): Promise<CryptoKey> {
  const raw = world.random(new Uint8Array(32))
  const key = await lockKey(raw)
  const wrapped = await wrap(world, pin, raw)
  const made: Pin = { ...wrapped, drop: await newDropKeys(key, world.random), wrong: 0, until: 0 }
  for (;;) {
    const before = await store.lock()
    const held = await everythingOf(store)
    const again = before && (await relocked(world, held, before, key))
    const stored = await store.write(['lives', 'outbox', 'segments', 'single'], 'strict', async (tx) => {
      // Another tab has kept something meanwhile: that has to be locked anew too.
      const fresh = { lives: await tx.all('lives'), rows: await tx.all('outbox'), segments: await tx.all('segments') }
      if (!sameBytes(boxesOf(held), boxesOf(fresh))) return false
      // They stand in the same order; what is known of an op by now, that it went say, is kept.
      for (const [at, { me }] of again?.lives.entries() ?? []) await tx.put('lives', { ...(fresh.lives[at] as Life), me })
      for (const [at, { label, body }] of again?.rows.entries() ?? []) await tx.put('outbox', { ...(fresh.rows[at] as Row), label, body })
      for (const segment of again?.segments ?? []) await tx.put('segments', segment)
      for (const [name, box] of again?.keepsakes ?? []) await tx.put('single', box, name)
      await tx.put('single', made, 'pin')
      await tx.put('single', ready, 'ready')
      await tx.delete('single', 'lock')
      return true
    })
    if (stored) return key
  }
}

/** Another PIN for the same key: what is kept stays as it is. Throws as `sayPin` does where the old one is wrong. */
export async function changePin(store: Store, world: World, old: string, pin: string): Promise<void> {
  const raw = await rawLock(store, world, old)
  const wrapped = await wrap(world, pin, raw)
  await store.write(['single'], 'strict', async (tx) => {
    const held = (await tx.get('single', 'pin')) as Pin | undefined
    if (held) await tx.put('single', { ...held, ...wrapped, wrong: 0, until: 0 }, 'pin')
  })
}

/**
 * Gives the key to whoever says the PIN, once what was dropped meanwhile is taken in. Throws a `Trouble`: `pin_wrong`,
 * `pin_wait` for a try that comes too soon, `pin_none` where there is none, `pin_erases` for the wrong try that was one
 * too many: then whoever calls erases (`leave`).
 */
export async function sayPin(store: Store, world: World, pin: string): Promise<CryptoKey> {
  const key = await lockKey(await rawLock(store, world, pin))
  await takeIn(store, world, key)
  return key
}

async function rawLock(store: Store, world: World, pin: string): Promise<Bytes> {
  // Where it can't be had, no try is used up.
  await fetched(import('./argon'))
  // A try counts before it is made: whoever kills the page in the middle of it has not had it for nothing.
  const tried = await store.write(['single'], 'strict', async (tx) => {
    const held = (await tx.get('single', 'pin')) as Pin | undefined
    if (!held) throw trouble('pin_none')
    const now = world.now()
    if (triesOf(held, now).until) throw trouble('pin_wait')
    const wrong = held.wrong + 1
    const wait = wrong < FREE ? 0 : Math.min(LONGEST_WAIT, SHORTEST_WAIT * 2 ** (wrong - FREE))
    const counted: Pin = { ...held, wrong, until: wait && now + wait }
    await tx.put('single', counted, 'pin')
    return counted
  })
  const raw = await unlock(await pinKey(pin, tried), PLACE, tried.lock).catch(() => null)
  if (!raw) throw trouble(tried.wrong >= ERASES_AFTER ? 'pin_erases' : 'pin_wrong')
  await store.write(['single'], 'strict', async (tx) => {
    const held = (await tx.get('single', 'pin')) as Pin | undefined
    if (held) await tx.put('single', { ...held, wrong: 0, until: 0 }, 'pin')
  })
  return raw
}

async function wrap(world: World, pin: string, raw: Bytes): Promise<Pick<Pin, 'salt' | 'cost' | 'lock'>> {
  const salt = world.random(new Uint8Array(16))
  return { salt, cost: COST, lock: await lock(await pinKey(pin, { salt, cost: COST }), PLACE, raw, world.random) }
}

async function pinKey(pin: string, { salt, cost }: Pick<Pin, 'salt' | 'cost'>): Promise<CryptoKey> {
  const { argon2id } = await fetched(import('./argon'))
  const hash = await argon2id({ password: pin, salt, memorySize: cost.memory, iterations: cost.passes, parallelism: 1, hashLength: 32, outputType: 'binary' })
  return lockKey(new Uint8Array(hash))
}

function lockKey(raw: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
}

// Locking everything anew

interface Everything {
  lives: Life[]
  rows: Row[]
  segments: Segment[]
  keepsakes: (readonly [Keepsake, Bytes])[]
}

async function everythingOf(store: Store): Promise<Everything> {
  const lives = await store.lives()
  const rows = await allRows(store, lives)
  const segments = await store.segments(0, Infinity)
  const keepsakes = await Promise.all(KEEPSAKES.map(async (name) => [name, await store.single(name)] as const))
  return { lives, rows, segments, keepsakes: keepsakes.flatMap(([name, box]) => (box ? [[name, box] as const] : [])) }
}

async function allRows(store: Store, lives: Life[]): Promise<Row[]> {
  return (await Promise.all(lives.map((it) => store.rows(it.life)))).flat()
}

/** What can be read with the one key, locked with the other; what can't be read any more is left as it is. */
async function relocked(world: World, { lives, rows, segments, keepsakes }: Everything, before: CryptoKey, after: CryptoKey): Promise<Everything> {
  const anew = async (where: string, box: Bytes | null): Promise<Bytes | null> => {
    const plain = box && (await unlock(before, where, box).catch(() => null))
    return plain ? lock(after, where, plain, world.random) : box
  }
  return {
    lives: await Promise.all(lives.map(async (it) => ({ ...it, me: await anew('me', it.me) }))),
    rows: await Promise.all(rows.map((row) => relockedRow(row, anew))),
    segments: await Promise.all(segments.map(async (it) => ({ ...it, box: (await anew(`segment/${it.id}`, it.box)) ?? it.box }))),
    keepsakes: await Promise.all(keepsakes.map(async ([name, box]) => [name, (await anew(name, box)) ?? box] as const)),
  }
}

async function relockedRow(row: Row, anew: (where: string, box: Bytes | null) => Promise<Bytes | null>): Promise<Row> {
  const where = place(row.life, row.n)
  return { ...row, label: await anew(`${where}/label`, row.label), body: row.form === 'plain' ? await anew(where, row.body) : row.body }
}

function boxesOf({ lives, rows, segments }: Pick<Everything, 'lives' | 'rows' | 'segments'>): (Bytes | null)[] {
  return [...lives.map((it) => it.me), ...rows.flatMap((it) => [it.label, it.body]), ...segments.map((it) => it.box)]
}

function sameBytes(some: (Bytes | null)[], others: (Bytes | null)[]): boolean {
  const same = (a: Bytes | null, b: Bytes | null): boolean => a === b || (a !== null && b !== null && a.length === b.length && a.every((it, at) => it === b[at]))
  return some.length === others.length && some.every((it, at) => same(it, others[at] ?? null))
}

// Taking in what was dropped

/** What was dropped through the slot is locked with the key itself, and what is no op is owed from then on. */
async function takeIn(store: Store, world: World, key: CryptoKey): Promise<void> {
  const pin = await store.single('pin')
  if (!pin) return
  const open = await dropBox(pin.drop, key)
  /** Null for what is locked with the key already. */
  const taken = async (where: string, box: Bytes | null): Promise<Bytes | null> => {
    if (!box || (await unlock(key, where, box).then(() => true, () => false))) return null
    const plain = await open(where, box).catch(() => null)
    return plain && lock(key, where, plain, world.random)
  }
  for (;;) {
    const dropped: Row[] = []
    for (const row of await allRows(store, await store.lives())) {
      const again = await relockedRow(row, async (where, box) => (await taken(where, box)) ?? box)
      if (again.label !== row.label || again.body !== row.body) dropped.push(again)
    }
    const aside = await store.single('aside')
    const owed = aside && (await owedWith(store, world, key, await asideItems(aside.items, open)))
    const stored = await store.write(['outbox', 'single'], 'strict', async (tx) => {
      const fresh = (await tx.get('single', 'aside')) as Aside | undefined
      if ((fresh?.next ?? 0) !== (aside?.next ?? 0)) return false
      for (const row of dropped) {
        const now = await tx.get('outbox', [row.life, row.n])
        // Emptied meanwhile, by a withdrawal, it stays empty.
        if (now?.body) await tx.put('outbox', { ...now, label: now.label && row.label, body: row.body })
      }
      await tx.delete('single', 'aside')
      if (owed) await tx.put('single', owed, 'owed')
      return true
    })
    if (stored) return
  }
}

async function asideItems(items: Aside['items'], open: (where: string, box: Bytes) => Promise<Bytes>): Promise<AsideItem[]> {
  const read = items.map(({ at, box }) => open(asidePlace(at), box).then((it) => JSON.parse(fromUtf8(it)) as AsideItem, () => null))
  return (await Promise.all(read)).filter((it) => it !== null)
}

/** What was owed before and still has not found its place, and this. */
async function owedWith(store: Store, world: World, key: CryptoKey, items: AsideItem[]): Promise<Bytes | null> {
  const box = await store.single('owed')
  const before = box ? await unlockJson(key, 'owed', box).catch(() => null) : null
  const all = [...(Array.isArray(before) ? before : []), ...(items as unknown as Json[])]
  return all.length ? lockJson(key, 'owed', all, world.random) : box
}
