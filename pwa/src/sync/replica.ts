/**
 * What the server has let this device read: records live in memory, and on disk in segments, a page of the server as
 * one locked value, stored with its cursor in one transaction.
 *
 * Promises: a page is stored only onto the cursor that it follows; what was withdrawn, redacted or is no longer
 * allowed is off the disk in the transaction that stores the news, older copies in other segments too.
 */
import { fromUtf8, toUtf8 } from './bytes'
import { equal } from './canonical'
import { Held, type Copy, type Written } from './held'
import type { Kinds } from './kinds'
import { lock, unlock } from './lock'
import { NOTHING_READ, type Reading, type Segment, type Store, type Tx } from './store'
import type { Changes, Departed, WireRecord } from './wire'
import type { World } from './world'

/** A segment smaller than this is merged with its likes, once there are so many of them. */
const SMALL = 64 * 1024
const MANY = 32
/** How many segments are read from disk at a time, so that a first paint need not wait for all. */
const AT_ONCE = 8

/** What a page has done, told to the other tabs and to the screen. */
export interface Stored {
  put: number[]
  gone: number[]
  touched: Touched[]
  /** A first read has ended with this page. */
  ended: boolean
}

/** A record by its place, whatever else of it is known. */
export interface Touched {
  c: string
  r: string
}

/** Told what was read from disk; null: what was there before is no more. */
export type Step = (read: Touched[] | null) => void

const placeOf = (segment: number): string => `segment/${segment}`
const isDeparted = (it: WireRecord | Departed): it is Departed => 'departed' in it

export class Replica {
  readonly #store: Store
  readonly #world: World
  readonly #kinds: Kinds
  readonly #lock: CryptoKey
  readonly #held = new Held()
  #reading: Reading = NOTHING_READ
  /** False once a segment was taken over from another tab: older copies are not known then. */
  #exact = false
  /** A segment could not be read: what it held has to be read from the server again. */
  #broken = false
  #loading: Promise<void> = Promise.resolve()

  constructor(store: Store, world: World, kinds: Kinds, key: CryptoKey) {
    this.#store = store
    this.#world = world
    this.#kinds = kinds
    this.#lock = key
  }

  get reading(): Reading {
    return this.#reading
  }

  get(c: string, r: string): Copy | undefined {
    return this.#held.get(c, r)
  }

  collection(c: string): Iterable<Copy> {
    return this.#held.collection(c)
  }

  /** The version to base a change on: 0 where the record was never received. */
  version(c: string, r: string): number {
    return this.get(c, r)?.v ?? 0
  }

  // From disk

  /** Resolves when nothing is being read: until then a record that is held may be missing here. */
  get loaded(): Promise<void> {
    return this.#loading.catch(() => undefined)
  }

  /** Reads everything that is held; `step` is told on the way what was read, or null where all is read anew. */
  load(step: Step = () => undefined): Promise<void> {
    this.#loading = this.#load(step)
    return this.#loading
  }

  async #load(step: Step): Promise<void> {
    for (;;) {
      const before = await this.#store.reading()
      this.#clear()
      step(null)
      const ids = await this.#store.segmentIds()
      for (let i = 0; i < ids.length; i += AT_ONCE) {
        const some = ids.slice(i, i + AT_ONCE)
        const read: Touched[] = []
        await this.#index(await this.#store.segments(some[0] ?? 0, some.at(-1) ?? 0), read)
        step(read)
      }
      this.#reading = await this.#store.reading()
      // Another tab may have rewritten segments while they were read.
      if (this.#reading.cursor === before.cursor) break
    }
    this.#exact = true
  }

  /** Before this tab writes: everything has to be known exactly as it stands on disk. */
  async loadForWriting(step: Step): Promise<void> {
    const stored = await this.#store.reading()
    if (!this.#exact || stored.cursor !== this.#reading.cursor || stored.epoch !== this.#reading.epoch) await this.load(step)
    this.#reading = await this.#store.reading()
    if (!this.#broken) return
    await this.reset(this.#reading.epoch ?? '')
    step(null)
  }

  /** Takes over what another tab has stored. */
  async follow(put: number[], gone: number[]): Promise<Touched[]> {
    this.#exact = false
    this.#held.forgetSums()
    const again = new Set([...put, ...gone])
    const touched: Touched[] = this.#held.all((copy) => again.has(copy.segment))
    for (const { c, r } of touched) this.#held.remove(c, r)
    for (const id of again) this.#held.forgetSegment(id)
    for (const id of [...put].sort((a, b) => a - b)) await this.#index(await this.#store.segments(id, id), touched)
    this.#reading = await this.#store.reading()
    return touched
  }

  async #index(segments: Segment[], touched: Touched[]): Promise<void> {
    for (const segment of segments) {
      this.#held.sizes.set(segment.id, segment.box.length)
      for (const record of await this.#open(segment)) {
        if ((this.#held.get(record.c, record.r)?.segment ?? 0) > segment.id) continue
        this.#held.place(record, segment.id)
        touched.push(record)
      }
    }
  }

  async #open(segment: Segment): Promise<WireRecord[]> {
    try {
      return JSON.parse(fromUtf8(await unlock(this.#lock, placeOf(segment.id), segment.box))) as WireRecord[]
    } catch {
      this.#broken = true
      return []
    }
  }

  // From the server

  /**
   * Stores a page with its cursor. `also` runs in the same transaction, for what the news does to this device's own
   * ops. Gives null, and stores nothing, where the page does not follow the cursor that is held.
   */
  async store(page: Changes, epoch: string, also: (tx: Tx) => Promise<void>): Promise<Stored | null> {
    if ((page.after ?? null) !== this.#reading.cursor) return null
    const leaving = this.#leaving(page)
    const coming = page.records.filter((it): it is WireRecord => !isDeparted(it))
    const written = await this.#write(coming, leaving)
    const ended = !page.more && !this.#reading.whole
    const reading: Reading = { ...this.#reading, epoch, cursor: page.cursor, whole: this.#reading.whole || !page.more }
    const stored = await this.#store.write(['segments', 'single', 'outbox'], 'relaxed', async (tx) => {
      const now = (await tx.get('single', 'reading')) as Reading | undefined
      if ((now?.cursor ?? null) !== (page.after ?? null)) return false
      for (const segment of written.put) await tx.put('segments', segment)
      for (const id of written.gone) await tx.delete('segments', id)
      await tx.put('single', reading, 'reading')
      await also(tx)
      return true
    })
    if (!stored) return null
    this.#reading = reading
    for (const { c, r } of leaving) this.#held.remove(c, r)
    this.#held.settle(written)
    return { put: written.put.map((it) => it.id), gone: written.gone, touched: [...leaving, ...coming], ended }
  }

  /** Forgets every record and the cursor. */
  async reset(epoch: string): Promise<Stored> {
    const gone = [...this.#held.sizes.keys()]
    const touched = this.#held.all()
    const reading: Reading = { ...NOTHING_READ, epoch, again: this.#reading.again }
    await this.#store.write(['segments', 'single'], 'strict', async (tx) => {
      await tx.clear('segments')
      await tx.put('single', reading, 'reading')
    })
    this.#clear()
    this.#reading = reading
    return { put: [], gone, touched, ended: false }
  }

  /** Merges small segments into one; gives null where there is nothing to do. */
  async merge(): Promise<Stored | null> {
    const small = new Set([...this.#held.sizes].filter(([, size]) => size < SMALL).map(([id]) => id))
    if (small.size < MANY) return null
    const records = this.#held.all((copy) => small.has(copy.segment))
    const id = this.#held.nextSegment
    const put = records.length ? [await this.#seal(id, records)] : []
    const cursor = this.#reading.cursor
    const stored = await this.#store.write(['segments', 'single'], 'relaxed', async (tx) => {
      const now = (await tx.get('single', 'reading')) as Reading | undefined
      if ((now?.cursor ?? null) !== cursor) return false
      for (const segment of put) await tx.put('segments', segment)
      for (const old of small) await tx.delete('segments', old)
      return true
    })
    if (!stored) return null
    const gone = [...small]
    this.#held.settle({ put, gone, placed: new Map(put.length ? [[id, records]] : []) })
    return { put: put.map((it) => it.id), gone, touched: [], ended: false }
  }

  /** The audiences whose sum is not the server's. */
  async astray(sums: { [audience: string]: string }): Promise<string[]> {
    const own = await this.#held.sums()
    return Object.keys(sums).filter((audience) => own && own.of(audience) !== sums[audience])
  }

  /** Notes that an audience is read again; false where that was done within a day. */
  async readAgain(audience: string): Promise<boolean> {
    const now = this.#world.now()
    if ((this.#reading.again[audience] ?? -Infinity) > now - 86_400_000) return false
    const again = { ...this.#reading.again, [audience]: now }
    await this.#store.write(['single'], 'relaxed', async (tx) => {
      const held = ((await tx.get('single', 'reading')) as Reading | undefined) ?? NOTHING_READ
      await tx.put('single', { ...held, again }, 'reading')
    })
    this.#reading = { ...this.#reading, again }
    return true
  }

  // Segments

  /** Records that a page takes away. `dropped` comes first: what the page brings of them is held again. */
  #leaving({ dropped, records }: Changes): Set<Copy> {
    const leaving = new Set(dropped.length ? this.#held.all((copy) => copy.a.some((audience) => dropped.includes(audience))) : [])
    for (const it of records) {
      const held = isDeparted(it) && this.#held.get(it.c, it.r)
      if (held) leaving.add(held)
    }
    return leaving
  }

  /** Whether an older copy says anything that the newer one no longer lets this reader know. */
  #takesAway(older: WireRecord, newer: WireRecord): boolean {
    if (older.a.some((audience) => !newer.a.includes(audience))) return true
    for (const [field, value] of Object.entries(older.f)) {
      const now = newer.f[field]
      if (now === undefined) return true
      if (!equal(value, now) && this.#holdsWords(older.c, field)) return true
    }
    for (const [field, losers] of Object.entries(older.k)) {
      if (!this.#holdsWords(older.c, field)) continue
      const left = newer.k[field] ?? []
      if (losers.some((loser) => !left.some((it) => equal(it.value, loser.value)))) return true
    }
    return false
  }

  /** Fields whose older values may have had to go: whatever can be redacted, and what is not known here. */
  #holdsWords(c: string, field: string): boolean {
    const kind = this.#kinds.field(c, field)
    return !kind || kind.redactable === true || kind.kind === 'log' || kind.kind === 'narrow'
  }

  async #write(coming: WireRecord[], leaving: Set<Copy>): Promise<Written> {
    const without = new Set(leaving)
    // Segments that hold something which may no longer be on the disk are written anew.
    const wanted = new Set(leaving)
    for (const record of coming) {
      const held = this.#held.get(record.c, record.r)
      if (!held) continue
      without.add(held)
      if (this.#takesAway(held, record)) wanted.add(held)
    }
    const tainted = this.#held.segmentsOf(wanted)
    const placed = new Map<number, WireRecord[]>(Array.from(tainted, (id) => [id, []]))
    if (tainted.size) for (const copy of this.#held.all((it) => !without.has(it))) placed.get(copy.segment)?.push(copy)
    if (coming.length) placed.set(this.#held.nextSegment, coming)
    const written: Written = { put: [], gone: [], placed }
    for (const [id, records] of placed) {
      if (records.length) written.put.push(await this.#seal(id, records))
      else written.gone.push(id)
    }
    return written
  }

  async #seal(id: number, records: WireRecord[]): Promise<Segment> {
    const plain = toUtf8(JSON.stringify(records.map(({ c, r, v, a, f, k }) => ({ c, r, v, a, f, k }))))
    return { id, box: await lock(this.#lock, placeOf(id), plain, this.#world.random) }
  }

  #clear(): void {
    this.#held.clear()
    this.#broken = false
    this.#reading = NOTHING_READ
  }
}
